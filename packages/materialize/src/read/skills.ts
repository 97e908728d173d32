import {
  compareBytes,
  type FileEntry,
  fileEntry,
  type Layers,
  layerKinds,
  readMarkdown,
  skillHeader,
  skillNamePattern,
  sortTree,
} from "@stax/schema";
import type { Found, Read, ReadContext } from "../contract.ts";
import { frontMatter } from "../markdown.ts";
import { parentOf } from "../path.ts";
import { findingsInto } from "./findings-into.ts";
import { lenientMarkdown, stringField } from "./lenient-front-matter.ts";
import { textOf } from "./text-of.ts";

/** readSkillTrees reads a directory of skills. Bytes stay as they are; a SKILL.md that only a lenient runtime takes is written anew. */
export const readSkillTrees =
  (directory: string): Read<FileEntry> =>
  async (found, context) => {
    const inside = found.filter(({ path }) => path.startsWith(`${directory}/`));
    const rest = found.filter(({ path }) => !path.startsWith(`${directory}/`));
    const { skills, left } = skillsIn(inside, directory);
    for (const { path } of left)
      context.left(path, undefined, "belongs to no skill: no SKILL.md is beside it or above it");
    const files: FileEntry[] = [];
    const origins = new Map<string, string>();
    for (const [root, name] of namesOf([...skills.keys()], directory, context)) {
      origins.set(name, root);
      for (const file of skills.get(root) ?? []) files.push(await skillFile(file, root, name, context));
    }
    const from = (path: string) => `${origins.get(path.split("/")[0] ?? "") ?? directory}${path.replace(/^[^/]*/, "")}`;
    return { layers: await skillsLayer(files, context, from), rest: [...rest, ...left] };
  };

/** skillsLayer makes a skills layer of files below the names of skills. `from` tells which file a finding is about. */
export async function skillsLayer(
  files: readonly FileEntry[],
  context: ReadContext,
  from?: (path: string) => string | undefined,
): Promise<Layers> {
  if (files.length === 0) return {};
  return { skills: await layerKinds.skills.parse(sortTree(files), findingsInto(context, from)) };
}

type Files = readonly Found<FileEntry>[];

/** Files by the outermost directory with a SKILL.md: one that lies further down is part of the skill around it. */
function skillsIn(
  found: Files,
  directory: string,
): { readonly skills: ReadonlyMap<string, Files>; readonly left: Files } {
  const heads = new Set(found.filter(({ path }) => path.endsWith("/SKILL.md")).map(({ path }) => parentOf(path)));
  heads.delete(directory);
  const skills = new Map<string, Found<FileEntry>[]>();
  const left: Found<FileEntry>[] = [];
  for (const file of found) {
    const root = outermost(file.path, directory, heads);
    const members = root === undefined ? left : (skills.get(root) ?? []);
    members.push(file);
    if (root !== undefined) skills.set(root, members);
  }
  return { skills, left };
}

function outermost(path: string, directory: string, heads: ReadonlySet<string>): string | undefined {
  for (let at = path.indexOf("/", directory.length + 1); at >= 0; at = path.indexOf("/", at + 1))
    if (heads.has(path.slice(0, at))) return path.slice(0, at);
  return undefined;
}

/** A name for each skill: what is a name already stays one, whatever others would become. */
function namesOf(
  roots: readonly string[],
  directory: string,
  context: ReadContext,
): readonly (readonly [root: string, name: string])[] {
  const own = (root: string) => root.slice(directory.length + 1);
  const ordered = [...roots].sort(
    (a, b) =>
      Number(skillNamePattern.test(own(b))) - Number(skillNamePattern.test(own(a))) ||
      a.split("/").length - b.split("/").length ||
      compareBytes(a, b),
  );
  const taken = new Set<string>();
  return ordered.map((root) => {
    const name = free(skillNameOf(root.slice(root.lastIndexOf("/") + 1)), taken);
    if (name !== own(root))
      context.changed(
        `${root}/SKILL.md`,
        undefined,
        `the skill is named ${name}: names hold lower-case letters, digits and hyphens, and each is there once`,
      );
    return [root, name] as const;
  });
}

function free(plain: string, taken: Set<string>): string {
  let name = plain;
  for (let number = 2; taken.has(name); number++) name = `${plain}-${number}`;
  taken.add(name);
  return name;
}

/** skillNameOf makes a name that the format takes of a directory's or a file's. */
export function skillNameOf(name: string): string {
  if (skillNamePattern.test(name)) return name;
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return skillNamePattern.test(plain) ? plain : plain === "" ? "unnamed-skill" : `${plain}-skill`;
}

async function skillFile(
  { path, out }: Found<FileEntry>,
  root: string,
  name: string,
  context: ReadContext,
): Promise<FileEntry> {
  const inner = path.slice(root.length + 1);
  const entry = inner === "SKILL.md" ? await skillDocument(out, name, path, context) : out;
  return { ...entry, path: `${name}/${inner}` };
}

/** skillDocument gives a SKILL.md that the format takes: the bytes where they are valid, else with its front matter written anew. */
export async function skillDocument(
  file: FileEntry,
  name: string,
  from: string,
  context: ReadContext,
): Promise<FileEntry> {
  if (await isValid(file)) return file;
  const { fields, body, problem } = lenientMarkdown(await textOf({ path: from, out: file }, context));
  const description = stringField(fields, "description") ?? firstSentence(body) ?? name;
  const missing = ["name", "description"].filter((field) => stringField(fields, field) === undefined);
  const written = withoutInvalid({ ...fields, name, description }, (field) =>
    context.left(from, field, "is no value that a skill can have"),
  );
  const invalid = missing.length > 0 ? `lacks ${missing.join(" and ")}` : "is no front matter of a skill";
  context.changed(from, "front matter", `${problem ?? invalid}; it is written anew`);
  return fileEntry(file.path, frontMatter(written) + body, { executable: file.executable });
}

function withoutInvalid(fields: Record<string, unknown>, left: (field: string) => void): Record<string, unknown> {
  const checked = skillHeader.safeParse(fields);
  const invalid = new Set(checked.error?.issues.map(({ path: [field] }) => String(field)));
  for (const field of invalid) left(field);
  return Object.fromEntries(Object.entries(fields).filter(([field]) => !invalid.has(field)));
}

async function isValid(file: FileEntry): Promise<boolean> {
  let errors = 0;
  const read = await readMarkdown(file, "skills", skillHeader, {
    report: ({ severity, code }) => {
      if (severity === "error" || code === "text-not-utf8") errors += 1;
    },
  });
  return read !== undefined && errors === 0;
}

/** firstSentence is what a runtime takes for a description where a file has none: the first line of its text. */
export function firstSentence(body: string): string | undefined {
  const line = body
    .split(/\r\n|\n|\r/, 1000)
    .map((text) => text.replace(/^#+\s*/, "").trim())
    .find((text) => text !== "" && !text.startsWith("---"));
  return line?.slice(0, 500);
}
