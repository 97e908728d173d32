import type { FileEntry, Skill } from "@stax/schema";
import type { Context, Part } from "../contract.ts";
import { readKnowledge } from "../read/knowledge.ts";
import { readSkillTrees } from "../read/skills.ts";
import { knowledgeDirectory } from "./root-document.ts";

/** knowledgeTree places knowledge files as they are, with their manifest. */
export const knowledgeTree: Part<"knowledge", unknown, FileEntry> = {
  feature: "knowledge",
  fidelity: "native",
  write: function* ({ knowledge }) {
    for (const file of knowledge?.files ?? []) yield { items: [file.path], out: below(knowledgeDirectory, file) };
    if (knowledge?.manifest !== undefined) yield { items: [], out: below(knowledgeDirectory, knowledge.manifest) };
  },
  read: readKnowledge(knowledgeDirectory),
};

/** skillTrees places each skill's directory as it is. `ignored`: fields of SKILL.md that the runtime does not honour, with the reason. */
export const skillTrees = (
  directory: string,
  options: { readonly ignored?: Readonly<Record<string, string>>; readonly hooks?: boolean } = {},
): Part<"skills", unknown, FileEntry> => ({
  feature: "skills",
  fidelity: "native",
  write: function* ({ skills }, context) {
    for (const skill of skills?.skills ?? []) {
      const item = context.item(skill.name);
      if (options.hooks && !allowsHooks(skill, item)) continue;
      reportIgnored(skill, item, options.ignored ?? {});
      for (const file of skill.tree) yield { items: [skill.name], out: below(`${directory}/${skill.name}`, file) };
    }
  },
  read: readSkillTrees(directory),
});

/** below gives a file a path in a directory; its content stays closed. */
export const below = (directory: string, file: FileEntry): FileEntry => ({
  ...file,
  path: `${directory}/${file.path}`,
});

function allowsHooks({ header, name }: Skill, context: Context): boolean {
  if (header.hooks === undefined || context.allows("hooks", `skills/${name}/SKILL.md: hooks`)) return true;
  context.lose(undefined, "sets hooks, which run programs, and is omitted until they are allowed", {
    code: "capability-omitted",
    hint: "allow it with --allow-capability hooks",
  });
  return false;
}

const ours = /\$\{STAX_(?:SKILL_DIR|WORKSPACE)\}/;

function reportIgnored({ header, body }: Skill, context: Context, ignored: Readonly<Record<string, string>>): void {
  for (const [field, reason] of Object.entries(ignored))
    if (header[field] !== undefined)
      context.lose(field, reason, { severity: field === "tags" || field === "priority" ? "info" : "warning" });
  const variable = ours.exec(body)?.[0];
  if (variable !== undefined) context.lose("body", `uses ${variable}, which ${context.runtime} does not replace`);
}
