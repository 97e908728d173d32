import {
  type Found,
  type FoundSubagent,
  firstSentence,
  isObject,
  type JsonObject,
  lenientMarkdown,
  type ReadContext,
  type Reader,
  stringField,
  subagentName,
  subagentsLayer,
  textOf,
} from "@stax/materialize";
import type { FileEntry } from "@stax/schema";
import { ownAgents } from "./own-agents.ts";
import { placeOf, resolved, without } from "./read-agents.ts";
import { withoutExpansions } from "./read-settings.ts";

type File = Found<FileEntry>;

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
