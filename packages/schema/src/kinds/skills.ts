import { printable } from "@stax/errors";
import * as z from "zod";
import { type FileEntry, type FileTree, sortTree } from "../file-tree.ts";
import { skillNamePattern } from "../name.ts";
import { readMarkdown } from "./front-matter.ts";
import { type ParseContext, treeKind } from "./kind.ts";
import { replaceBy } from "./merge-by.ts";

/** skillHeader is the front matter of SKILL.md. `allowed-tools` may be a list or one string (decision A28); bytes are kept either way. */
export const skillHeader = z.looseObject({
  name: z
    .string("is required")
    .regex(skillNamePattern, "must be two or more lower-case letters, digits and inner hyphens, e.g. fix-issue"),
  description: z.string("is required").min(1, "must not be empty"),
  "allowed-tools": z.union([z.array(z.string()), z.string()]).optional(),
  model: z.string().optional(),
  "user-invocable": z.boolean().optional(),
  "argument-hint": z.string().optional(),
  priority: z.number().optional(),
  tags: z.array(z.string()).optional(),
});

/** SkillHeader is what a SKILL.md says of itself. */
export interface SkillHeader extends z.output<typeof skillHeader> {}

/** Skill is one directory of the skills layer. */
export interface Skill {
  /** Of the directory: the key of merges and of the runtimes' folders. */
  readonly name: string;
  readonly header: SkillHeader;
  /** The Markdown of SKILL.md after its front matter. */
  readonly body: string;
  /** All files, paths relative to the skill's directory. */
  readonly tree: FileTree;
}

/** Skills are directories with a SKILL.md, and whatever lies beside the directories. */
export interface Skills {
  readonly skills: readonly Skill[];
  /** Files directly under `skills/`: kept, never rendered. */
  readonly assets: FileTree;
}

/** Skills: one directory each, with SKILL.md and anything beside it. */
export const skills = treeKind({
  mediaType: "application/vnd.stax.skills.v1.tar+gzip",
  description: "Skills: one directory each, with SKILL.md and anything beside it",
  title: "skills.tar.gz",
  source: "directory",
  allowedIn: ["agent", "package"],
  maxSize: 64 * 1024 * 1024,
  mayFlatten: true,
  schema: skillHeader,
  parse: parseSkills,
  files: ({ skills, assets }: Skills) => sortTree([...skills.flatMap(skillFiles), ...assets]),
  items: ({ skills }: Skills) => skills.map(({ name }) => name),
  merge: (base: Skills, override: Skills): Skills => ({
    skills: replaceBy(base.skills, override.skills, ({ name }) => name),
    assets: sortTree(replaceBy(base.assets, override.assets, ({ path }) => path)),
  }),
  annotate: ({ skills }: Skills) => ({ "dev.stax.skills.count": String(skills.length) }),
});

/** allowedTools reads `allowed-tools` as a list: commas part a string, or spaces outside parentheses (`Bash(git log:*) Read`). */
export function allowedTools(header: SkillHeader): readonly string[] {
  const value = header["allowed-tools"];
  if (value === undefined) return [];
  return typeof value === "string" ? (value.match(/[^\s,(]+(?:\([^)]*\))?/g) ?? []) : value;
}

const skillFiles = ({ name, tree }: Skill): FileTree => tree.map((file) => ({ ...file, path: `${name}/${file.path}` }));

async function parseSkills(tree: FileTree, context: ParseContext): Promise<Skills> {
  const directories = new Map<string, FileEntry[]>();
  const assets: FileEntry[] = [];
  for (const file of tree) {
    const slash = file.path.indexOf("/");
    if (slash < 0) {
      assets.push(file);
      context.report({
        code: "skill-file-outside",
        severity: "warning",
        layer: "skills",
        path: file.path,
        message: "lies directly under skills/ and belongs to no skill",
        hint: "move it into a skill's directory",
      });
      continue;
    }
    const name = file.path.slice(0, slash);
    const files = directories.get(name) ?? [];
    directories.set(name, files);
    files.push({ ...file, path: file.path.slice(slash + 1) });
  }
  const skills = await Promise.all([...directories].map(([name, files]) => readSkill(name, files, context)));
  return { skills: skills.filter((skill) => skill !== undefined), assets };
}

async function readSkill(name: string, tree: FileTree, context: ParseContext): Promise<Skill | undefined> {
  const file = tree.find(({ path }) => path === "SKILL.md");
  if (file === undefined) {
    context.report({
      code: "skill-md-missing",
      severity: "error",
      layer: "skills",
      path: name,
      message: "has no SKILL.md",
      hint: "add SKILL.md with name and description in its front matter",
    });
    return undefined;
  }
  const path = `${name}/SKILL.md`;
  const markdown = await readMarkdown({ ...file, path }, "skills", skillHeader, context);
  if (markdown === undefined) return undefined;
  const { header, body } = markdown;
  const warn = (code: string, message: string, hint: string) =>
    context.report({ code, severity: "warning", layer: "skills", path, message, hint });
  if (header.name !== name)
    warn(
      "skill-name-differs",
      `is named "${printable(header.name)}" in the directory "${printable(name)}"; runtimes disagree which one counts`,
      "give both the same name",
    );
  if (header.name.length > 64)
    warn(
      "skill-name-long",
      `has a name of ${header.name.length} characters`,
      "Codex and Copilot refuse names over 64 characters",
    );
  if (header.description.length > 1024)
    warn(
      "skill-description-long",
      `has a description of ${header.description.length} characters`,
      "Copilot refuses descriptions over 1,024 characters, others cut them",
    );
  if (typeof header["allowed-tools"] === "string")
    context.report({
      code: "skill-allowed-tools-string",
      severity: "info",
      layer: "skills",
      path,
      message:
        "writes allowed-tools as one string: Claude Code and the Agent Skills format read it, others want a YAML list",
    });
  return { name, header, body, tree };
}
