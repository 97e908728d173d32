import {
  type Found,
  type FoundSubagent,
  isObject,
  type Json,
  type JsonObject,
  type Read,
  type ReadContext,
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
/** placeOf is where opencode looks for a directory of its own. */
export const placeOf = (directory: string, scope: ReadContext["scope"]): string =>
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

/** without leaves fields out. */
export const without = (entry: JsonObject, fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(entry).filter(([key]) => !fields.includes(key)));

/** resolved gives an agent with its prompt's file read, its older settings of tools as a permission, and without what names a variable or file of the user's. */
export async function resolved(
  entry: JsonObject,
  path: string,
  name: string,
  context: ReadContext,
): Promise<JsonObject> {
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
