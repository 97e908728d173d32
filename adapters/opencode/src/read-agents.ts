import {
  type Found,
  type FoundSubagent,
  firstSentence,
  isObject,
  type Json,
  type JsonObject,
  lenientMarkdown,
  type Read,
  type ReadContext,
  type Reader,
  stringField,
  subagentName,
  subagentsLayer,
  textOf,
} from "@stax/materialize";
import { type FileEntry, namePattern } from "@stax/schema";
import { isModel } from "./model-name.ts";
import { ownAgents } from "./own-agents.ts";
import { permissionOf, permissionOfTools, together, withoutExpansions } from "./read-settings.ts";

/**
 * readAgents takes agents out of the configuration. One that only others call, with a prompt and a description, is a subagent, and what
 * else is set for it stays an option; the other agents are options as they are.
 */
export const readAgents: Read<JsonObject> = async (found, context) => {
  const agents: Record<string, JsonObject> = {};
  const subagents: FoundSubagent[] = [];
  const inFiles = filesOfAgents(context);
  let start: string | undefined;
  const rest: Found<JsonObject>[] = [];
  for (const { path, out } of found) {
    const { agent, mode, default_agent: first, ...others } = out;
    for (const [name, given] of [
      ...entriesOf(mode, path, "mode", context),
      ...entriesOf(agent, path, "agent", context),
    ]) {
      const entry = await resolved(
        mode !== undefined && has(mode, name) ? { ...given, mode: "primary" } : given,
        path,
        name,
        context,
      );
      const subagent = inFiles.has(name) ? undefined : subagentOf(name, entry, path);
      if (subagent !== undefined) subagents.push(subagent);
      const more =
        subagent === undefined
          ? entry
          : without(entry, ["mode", "description", "prompt", ...(subagent.model === undefined ? [] : ["model"])]);
      if (Object.keys(more).length > 0) agents[name] = more;
    }
    if (typeof first === "string" && agent === undefined && mode === undefined && inFiles.size === 0) start = first;
    rest.push({ path, out: first === undefined || start !== undefined ? others : { ...others, default_agent: first } });
  }
  return {
    rest,
    layers: subagentsLayer(subagents, context),
    options: {
      ...(start !== undefined && { agent: start }),
      ...(Object.keys(agents).length > 0 && { agent: agents }),
      ...(subagents.length > 0 && { writeAgents: true }),
    },
  };
};

type File = Found<FileEntry>;

const directories = ["agent", "agents"] as const;
const placeOf = (directory: string, scope: ReadContext["scope"]): string =>
  scope === "user" ? `.config/opencode/${directory}` : `.opencode/${directory}`;

const filesOfAgents = (context: ReadContext): ReadonlySet<string> =>
  new Set(
    directories.flatMap((directory) => {
      const place = placeOf(directory, context.scope);
      return context.find(`${place}/**/*.md`).map(({ path }) => path.slice(place.length + 1, -".md".length));
    }),
  );

function entriesOf(
  map: Json | undefined,
  path: string,
  key: string,
  context: ReadContext,
): readonly (readonly [string, JsonObject])[] {
  if (map === undefined) return [];
  if (!isObject(map)) context.left(path, key, "holds no agents");
  return Object.entries(isObject(map) ? map : {}).flatMap(([name, entry]) => {
    if (isObject(entry)) return [[name, entry] as const];
    context.left(path, `${key}.${name}`, "is no agent");
    return [];
  });
}

const has = (map: Json, name: string): boolean => isObject(map) && Object.hasOwn(map, name);

const without = (entry: JsonObject, fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(entry).filter(([key]) => !fields.includes(key)));

/** An agent with its prompt's file read, its older settings of tools as a permission, and without what names a variable or file of the user's. */
async function resolved(entry: JsonObject, path: string, name: string, context: ReadContext): Promise<JsonObject> {
  const { tools, permission, prompt, ...others } = entry;
  const where = `agent.${name}`;
  const allowed = permission === undefined ? undefined : permissionOf(permission, path, `${where}.permission`, context);
  const all =
    tools === undefined ? allowed : together(permissionOfTools(tools, path, `${where}.tools`, context), allowed);
  const text = typeof prompt === "string" ? await promptOf(prompt, path, where, context) : prompt;
  const kept = Object.fromEntries(
    Object.keys(entry).flatMap((key): readonly (readonly [string, Json])[] => {
      if (key === "prompt") return text === undefined ? [] : [[key, text]];
      if (key === "permission") return all === undefined ? [] : [[key, all]];
      const value = others[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const whole = withoutExpansions(
    all !== undefined && permission === undefined ? { ...kept, permission: all } : kept,
    path,
    where,
    context,
  );
  return isObject(whole) ? whole : {};
}

const wholeFile = /^\s*\{file:([^}]*)\}\s*$/i;

async function promptOf(
  prompt: string,
  path: string,
  where: string,
  context: ReadContext,
): Promise<string | undefined> {
  const name = wholeFile.exec(prompt)?.[1]?.trim();
  if (name === undefined) return prompt;
  const file = /\.(?:md|txt|markdown)$/i.test(name) ? fileBeside(path, name, context) : undefined;
  if (file === undefined) {
    context.left(
      path,
      `${where}.prompt`,
      "is read from a file that is not carried: it is no .md or .txt file of the project",
    );
    return undefined;
  }
  context.changed(file.path, undefined, `its text is carried as the prompt of the agent`);
  return textOf(file, context);
}

function fileBeside(config: string, name: string, context: ReadContext): File | undefined {
  const parts = config.split("/").slice(0, -1);
  for (const part of name.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "." && part !== "") parts.push(part);
  }
  if (/^[~/]/.test(name) || name.includes("*")) return undefined;
  const [file] = context.find(parts.join("/"));
  return file === undefined ? undefined : { path: file.path, out: file };
}

function subagentOf(name: string, entry: JsonObject, from: string): FoundSubagent | undefined {
  const { mode, description, prompt, model } = entry;
  if (mode !== "subagent" || entry.disable === true || ownAgents.has(name) || !namePattern.test(name)) return undefined;
  if (typeof description !== "string" || description.trim() === "") return undefined;
  if (typeof prompt !== "string" || prompt.trim() === "") return undefined;
  return { from, name, description, instructions: prompt, model: isModel(model) ? model : undefined };
}

/** readAgentFiles reads `agent(s)/**`: what others may call is a subagent; what else is set for it, and agents of another kind, are options. */
export const readAgentFiles = (directory: "agent" | "agents" | "mode" | "modes"): Reader => ({
  claims: { project: `${placeOf(directory, "project")}/**/*.md`, user: `${placeOf(directory, "user")}/**/*.md` },
  read: async (found, context) => {
    const agents: Record<string, JsonObject> = {};
    const subagents: FoundSubagent[] = [];
    for (const file of found) {
      const { name, entry, body } = await agentAt(file, directory, context);
      const subagent = subagentIn(name, entry, body, file.path, context);
      if (subagent !== undefined) subagents.push(subagent);
      else context.changed(file.path, undefined, "is carried in the adapter's option agent: it is no subagent");
      const fields = await resolved(entry, file.path, name, context);
      const more =
        subagent === undefined ? { ...fields, prompt: body.trim() } : without(fields, ["mode", "description", "model"]);
      const kept = withoutExpansions(more, file.path, `agent.${name}`, context);
      if (isObject(kept) && Object.keys(kept).length > 0) {
        agents[subagent === undefined ? name : subagentName(name)] = kept;
        if (subagent !== undefined)
          context.changed(file.path, Object.keys(kept).join(", "), "is carried in the adapter's option agent");
      }
    }
    return {
      layers: subagentsLayer(subagents, context),
      options: {
        ...(Object.keys(agents).length > 0 && { agent: agents }),
        ...(subagents.length > 0 && { writeAgents: true }),
      },
    };
  },
});

async function agentAt(file: File, directory: string, context: ReadContext) {
  const { path } = file;
  const { fields, body, problem } = lenientMarkdown(await textOf(file, context));
  if (problem !== undefined)
    context.changed(path, "front matter", `${problem}; it is read line by line, as far as that goes`);
  const place = placeOf(directory, context.scope);
  const id = stringField(fields, "name") ?? path.slice(place.length + 1, -".md".length);
  const plain: unknown = JSON.parse(JSON.stringify(fields)); // what YAML has and JSON has not goes
  const { name: _, ...all } = plain as JsonObject; // an object stays one
  const entry = problem === undefined ? all : simple(all, path, context);
  const isMode = directory === "mode" || directory === "modes";
  return { name: id, entry: isMode ? { ...entry, mode: "primary" } : entry, body };
}

// Read line by line, a number is a text and a map is none.
function simple(entry: JsonObject, path: string, context: ReadContext): JsonObject {
  const kept = Object.entries(entry).filter(([key, value]) => {
    const isSimple = typeof value === "boolean" || ["description", "mode", "model"].includes(key);
    if (!isSimple) context.left(path, key, "cannot be told from front matter that is no YAML");
    return isSimple;
  });
  return Object.fromEntries(kept);
}

function subagentIn(
  name: string,
  entry: JsonObject,
  body: string,
  from: string,
  context: ReadContext,
): FoundSubagent | undefined {
  const { mode, model } = entry;
  if (mode === "primary" || entry.disable === true || ownAgents.has(name)) return undefined;
  if (mode !== "subagent")
    context.changed(from, "mode", "lets a person start with the agent too; it is carried as a subagent only");
  const given = stringField(entry, "description");
  if (given === undefined) context.changed(from, "description", "is missing; the first line takes its place");
  const description = given ?? firstSentence(body) ?? name;
  return { from, name, description, instructions: body, model: typeof model === "string" ? model : undefined };
}
