import {
  type FileEntry,
  fileEntry,
  type Layers,
  layerKinds,
  readEntry,
  skillHeader,
  skillNamePattern,
  sortTree,
  splitFrontMatter,
} from "@stax/schema";
import { parse } from "yaml";
import type { Found, Read, ReadContext } from "../contract.ts";
import { frontMatter } from "../markdown.ts";
import { lenientMarkdown, listField, stringField } from "./lenient-front-matter.ts";
import { findingsInto } from "./rules.ts";

const limit = 16 * 1024 * 1024;

/** readSkillTrees reads a directory of skills. Bytes stay as they are; a SKILL.md that only a lenient runtime takes is written anew. */
export const readSkillTrees =
  (directory: string): Read<FileEntry> =>
  async (found, context) => {
    const inside = found.filter(({ path }) => path.startsWith(`${directory}/`));
    const rest = found.filter(({ path }) => !path.startsWith(`${directory}/`));
    const { files, left } = await skillFilesOf(inside, directory, context);
    return { layers: await skillsLayer(files, context), rest: [...rest, ...left] };
  };

/** skillsLayer makes a skills layer of files below the names of skills. */
export async function skillsLayer(files: readonly FileEntry[], context: ReadContext): Promise<Layers> {
  if (files.length === 0) return {};
  return { skills: await layerKinds.skills.parse(sortTree(files), findingsInto(context)) };
}

async function skillFilesOf(
  found: readonly Found<FileEntry>[],
  directory: string,
  context: ReadContext,
): Promise<{ readonly files: readonly FileEntry[]; readonly left: readonly Found<FileEntry>[] }> {
  const skills = new Map<string, Found<FileEntry>[]>();
  const left: Found<FileEntry>[] = [];
  const heads = found
    .filter(({ path }) => path.endsWith("/SKILL.md"))
    .map(({ path }) => path.slice(0, -"/SKILL.md".length))
    .sort((a, b) => a.length - b.length);
  for (const file of found) {
    const root = heads.find((head) => file.path.startsWith(`${head}/`));
    if (root === undefined || root === directory) {
      left.push(file);
      context.left(file.path, undefined, "belongs to no skill: no SKILL.md is beside it or above it");
    } else skills.set(root, [...(skills.get(root) ?? []), file]);
  }
  const taken = new Set<string>();
  const files: FileEntry[] = [];
  for (const [root, members] of skills) {
    const name = nameOf(root, taken);
    if (name !== root.slice(directory.length + 1))
      context.changed(
        `${root}/SKILL.md`,
        undefined,
        `the skill is named ${name}: names hold lower-case letters, digits and hyphens`,
      );
    for (const { path, out } of members) {
      const inner = path.slice(root.length + 1);
      const entry = inner === "SKILL.md" ? await skillDocument(out, name, path, context) : out;
      files.push({ ...entry, path: `${name}/${inner}` });
    }
  }
  return { files, left };
}

function nameOf(root: string, taken: Set<string>): string {
  const plain = skillNameOf(root.slice(root.lastIndexOf("/") + 1));
  let name = plain;
  for (let number = 2; taken.has(name); number++) name = `${plain}-${number}`;
  taken.add(name);
  return name;
}

/** skillNameOf makes a name that the format takes of a directory's or a file's. */
export function skillNameOf(name: string): string {
  if (skillNamePattern.test(name)) return name;
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return skillNamePattern.test(plain) ? plain : plain === "" ? "unnamed-skill" : `${plain}-skill`;
}

/** skillDocument gives a SKILL.md that the format takes: the bytes where they are valid, else with its front matter written anew. */
export async function skillDocument(
  file: FileEntry,
  name: string,
  from: string,
  context: ReadContext,
): Promise<FileEntry> {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readEntry(file, limit));
  if (isValid(text)) return file;
  const { fields, body, problem } = lenientMarkdown(text);
  const description = stringField(fields, "description") ?? firstSentence(body) ?? name;
  const tools = listField(fields, "allowed-tools");
  const known = skillHeader.safeParse({ ...fields, name, description, ...(tools && { "allowed-tools": tools }) });
  const written = known.success ? known.data : { name, description, ...(tools && { "allowed-tools": tools }) };
  const missing = ["name", "description"].filter((field) => stringField(fields, field) === undefined);
  const invalid = missing.length > 0 ? `lacks ${missing.join(" and ")}` : "is no front matter of a skill";
  context.changed(from, "front matter", `${problem ?? invalid}; it is written anew`);
  return fileEntry(file.path, frontMatter(written) + body, { executable: file.executable });
}

function isValid(text: string): boolean {
  const parts = splitFrontMatter(text);
  if (parts === "unclosed" || parts.yaml === undefined) return false;
  try {
    return skillHeader.safeParse(parse(parts.yaml, { logLevel: "silent", maxAliasCount: 10 })).success;
  } catch {
    return false;
  }
}

/** firstSentence is what a runtime takes for a description where a file has none: the first line of its text. */
export function firstSentence(body: string): string | undefined {
  const line = body
    .split(/\r\n|\n|\r/)
    .map((text) => text.replace(/^#+\s*/, "").trim())
    .find((text) => text !== "" && !text.startsWith("---"));
  return line?.slice(0, 500);
}
