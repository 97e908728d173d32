import {
  type Found,
  frontMatter,
  isObject,
  type JsonObject,
  lenientMarkdown,
  type ReadContext,
  type Reader,
  readLimit,
  skillDocument,
  skillNameOf,
  skillsLayer,
  textOf,
} from "@stax/materialize";
import { type FileEntry, fileEntry, type Layers, readEntry, readMarkdown, skillHeader } from "@stax/schema";
import { commandFile } from "./command-file.ts";

/** readCommands makes skills of `command(s)/**`, but for those that were made of a skill that is there. */
export const readCommands = (name: "command" | "commands"): Reader => ({
  claims: { project: `.opencode/${name}/**/*.md`, user: `.config/opencode/${name}/**/*.md` },
  read: async (found, context) => {
    const files: FileEntry[] = [];
    const origins = new Map<string, string>();
    for (const file of found) {
      if (await isMade(file, context)) continue;
      const stem = file.path.slice(file.path.indexOf(`/${name}/`) + name.length + 2, -".md".length);
      const skill = free(skillNameOf(stem.replaceAll("/", "-")), origins);
      context.changed(file.path, undefined, `the command is carried as the skill ${skill}`);
      const text = withArguments(await textOf(file, context), file.path, context);
      const document = await skillDocument(fileEntry("SKILL.md", text), skill, file.path, context);
      files.push({ ...document, path: `${skill}/SKILL.md` });
      origins.set(skill, file.path);
    }
    return { layers: await skillsLayer(files, context, (path) => origins.get(path.split("/")[0] ?? "")) };
  },
});

/** readJsonCommands makes skills of the commands in configuration files. */
export async function readJsonCommands(found: readonly Found<JsonObject>[], context: ReadContext): Promise<Layers> {
  const files: FileEntry[] = [];
  const origins = new Map<string, string>();
  for (const { path, out } of found) {
    const { command = {} } = out;
    if (!isObject(command)) context.left(path, "command", "holds no commands");
    for (const [name, entry] of isObject(command) ? Object.entries(command) : []) {
      const template = isObject(entry) ? entry.template : undefined;
      if (!isObject(entry) || typeof template !== "string" || /\{(?:env|file):/i.test(template)) {
        context.left(path, `command.${name}`, "has no template that can be carried");
        continue;
      }
      const { template: _, description = name, ...fields } = entry;
      const skill = free(skillNameOf(name.replaceAll("/", "-")), origins);
      context.changed(path, `command.${name}`, `is carried as the skill ${skill}`);
      const text = frontMatter({ name: skill, description: String(description), ...fields });
      const body = withArguments(template, path, context);
      const document = await skillDocument(fileEntry("SKILL.md", text + body), skill, path, context);
      files.push({ ...document, path: `${skill}/SKILL.md` });
      origins.set(skill, path);
    }
  }
  return skillsLayer(files, context, (path) => origins.get(path.split("/")[0] ?? ""));
}

/** opencode's `$1` is `$ARGUMENTS[0]` to others; what it runs or puts in, other runtimes may not. */
function withArguments(text: string, path: string, context: ReadContext): string {
  const { body } = lenientMarkdown(text);
  if (/!`[^`]+`/.test(body))
    context.changed(path, "!`…`", "is run by opencode when a command is used; in a skill it is text");
  const head = text.slice(0, text.length - body.length);
  return head + body.replace(/\$([1-9])(?!\d)/g, (_, digit) => `$ARGUMENTS[${Number(digit) - 1}]`);
}

/** Whether a command is what stax writes for the skill of its name. */
async function isMade({ path, out }: Found<FileEntry>, context: ReadContext): Promise<boolean> {
  const name = path.slice(path.lastIndexOf("/") + 1, -".md".length);
  const [source] = context.find(`.agents/skills/${name}/SKILL.md`);
  if (source === undefined || source.size > readLimit) return false;
  const read = await readMarkdown(source, "skills", skillHeader, { report: () => undefined });
  if (read === undefined) return false;
  const made = commandFile({ name, header: read.header, body: read.body }, path, context.scope);
  const [first, second] = await Promise.all([readEntry(made, readLimit), readEntry(out, readLimit)]);
  return Buffer.compare(first, second) === 0;
}

function free(name: string, taken: ReadonlyMap<string, unknown>): string {
  let chosen = name;
  for (let number = 2; taken.has(chosen); number++) chosen = `${name}-${number}`;
  return chosen;
}
