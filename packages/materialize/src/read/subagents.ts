import { type FileEntry, type Layers, layerKinds, namePattern, readEntry } from "@stax/schema";
import type { Found, Read, ReadContext } from "../contract.ts";
import { lenientMarkdown, stringField } from "./lenient-front-matter.ts";
import { firstSentence } from "./skills.ts";

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
  const agents: Record<string, object> = {};
  for (const { from, name: given, description, instructions, model } of found) {
    const name = subagentName(given);
    if (name !== given)
      context.changed(
        from,
        undefined,
        `the subagent is named ${name}: names hold lower-case letters, digits and hyphens`,
      );
    if (Object.hasOwn(agents, name)) {
      context.left(from, undefined, `is a second subagent of the name ${name}`);
      continue;
    }
    agents[name] = { description, instructions, ...(model !== undefined && { model }) };
  }
  return Object.keys(agents).length === 0 ? {} : { subagents: layerKinds.subagents.schema.parse({ agents }) };
}

/** readMarkdownSubagents reads subagents in Markdown with front matter. `known`: the fields that are carried or mean nothing to others; the rest is reported. */
export const readMarkdownSubagents =
  ({
    suffix = ".md",
    ignored = [],
  }: {
    readonly suffix?: string;
    readonly ignored?: readonly string[];
  } = {}): Read<FileEntry> =>
  async (found, context) => {
    const agents: FoundSubagent[] = [];
    for (const { path, out } of found) agents.push(await markdownSubagent({ path, out }, suffix, ignored, context));
    return { layers: subagentsLayer(agents, context) };
  };

async function markdownSubagent(
  { path, out }: Found<FileEntry>,
  suffix: string,
  ignored: readonly string[],
  context: ReadContext,
): Promise<FoundSubagent> {
  const text = new TextDecoder().decode(await readEntry(out, 2 ** 24));
  const { fields, body, problem } = lenientMarkdown(text);
  if (problem !== undefined) context.changed(path, "front matter", `${problem}; it is read as the runtime reads it`);
  const name = stringField(fields, "name") ?? path.slice(path.lastIndexOf("/") + 1, -suffix.length);
  const given = stringField(fields, "description");
  if (given === undefined) context.changed(path, "description", "is missing; the first line takes its place");
  for (const field of Object.keys(fields))
    if (!["name", "description", "model", ...ignored].includes(field))
      context.left(path, field, "a subagent of stax has no field for it");
  const model = stringField(fields, "model");
  return { from: path, name, description: given ?? firstSentence(body) ?? name, instructions: body, model };
}

function subagentName(name: string): string {
  if (namePattern.test(name)) return name;
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return plain === "" ? "subagent" : plain;
}
