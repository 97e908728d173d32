import { type FileEntry, type Layers, layerKinds, nameFrom } from "@stax/schema";
import type { Found, Read, ReadContext } from "../contract.ts";
import { lenientMarkdown, stringField } from "./lenient-front-matter.ts";
import { firstSentence } from "./skills.ts";
import { textOf } from "./text-of.ts";

/** FoundSubagent is a subagent as a runtime's file tells it. */
export interface FoundSubagent {
  readonly from: string;
  readonly name: string;
  readonly description: string;
  readonly instructions: string;
  readonly model?: string | undefined;
}

/** subagentsLayer makes a subagents layer; a second one of a name is left. */
export function subagentsLayer(found: readonly FoundSubagent[], context: ReadContext): Layers {
  const agents = new Map<string, object>();
  for (const { from, name: given, description, instructions, model } of found) {
    const name = subagentName(given);
    if (agents.has(name)) {
      context.left(from, undefined, `is a second subagent of the name ${name}`);
      continue;
    }
    if (name !== given)
      context.changed(
        from,
        undefined,
        `the subagent is named ${name}: names hold up to 63 lower-case letters, digits and hyphens`,
      );
    agents.set(name, { description, instructions, ...(model !== undefined && { model }) });
  }
  return agents.size === 0
    ? {}
    : { subagents: layerKinds.subagents.schema.parse({ agents: Object.fromEntries(agents) }) };
}

/** MarkdownSubagents says how a runtime reads subagents in Markdown. */
export interface MarkdownSubagents {
  readonly suffix?: string;
  /** Fields that mean nothing to others: leaving them is no loss. The other ones that are not carried are reported. */
  readonly ignored?: readonly string[];
  /** The runtime takes no file without a name for a subagent; by default the file's own name is taken. */
  readonly named?: boolean;
}

/** readMarkdownSubagents reads subagents in Markdown with front matter. */
export const readMarkdownSubagents =
  (options: MarkdownSubagents = {}): Read<FileEntry> =>
  async (found, context) => {
    const agents: FoundSubagent[] = [];
    for (const file of found) {
      const agent = await markdownSubagent(file, options, context);
      if (agent !== undefined) agents.push(agent);
    }
    return { layers: subagentsLayer(agents, context) };
  };

const carried = ["name", "description", "model"];

async function markdownSubagent(
  file: Found<FileEntry>,
  { suffix = ".md", ignored = [], named = false }: MarkdownSubagents,
  context: ReadContext,
): Promise<FoundSubagent | undefined> {
  const { path } = file;
  const { fields, body, problem } = lenientMarkdown(await textOf(file, context));
  if (named && stringField(fields, "name") === undefined) {
    context.left(path, undefined, `is no subagent: ${context.runtime} reads none without a name`);
    return undefined;
  }
  if (problem !== undefined) context.changed(path, "front matter", `${problem}; it is read as the runtime reads it`);
  const name = stringField(fields, "name") ?? path.slice(path.lastIndexOf("/") + 1, -suffix.length);
  const given = stringField(fields, "description");
  if (given === undefined) context.changed(path, "description", "is missing; the first line takes its place");
  for (const field of Object.keys(fields))
    if (!carried.includes(field) && !ignored.includes(field))
      context.left(path, field, "a subagent of stax has no field for it");
  const model = stringField(fields, "model");
  return { from: path, name, description: given ?? firstSentence(body) ?? name, instructions: body, model };
}

/** subagentName makes a name that the format takes of a runtime's. */
export const subagentName = (name: string): string => nameFrom(name) ?? "subagent";
