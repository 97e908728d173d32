import { markdownFile, type Scope } from "@stax/materialize";
import type { FileEntry, Skill } from "@stax/schema";
import { isModel } from "./model-name.ts";

/** skillDirectory is where skills are written. */
export const skillDirectory = ".agents/skills";

/** ours finds what opencode does not fill in. */
export const ours = /\$ARGUMENTS\[(\d+)\]|\$\{STAX_(SKILL_DIR|WORKSPACE)\}/g;

/** commandFile is a skill as a command of opencode, which fills in numbered arguments and knows a model. */
export function commandFile(
  { name, header, body }: Pick<Skill, "name" | "header" | "body">,
  path: string,
  scope: Scope,
): FileEntry {
  const fields = { description: header.description, ...(isModel(header.model) && { model: header.model }) };
  const filled = body.replace(ours, (_, index?: string, place?: string) => {
    if (index !== undefined) return `$${Number(index) + 1}`;
    return place === "WORKSPACE" ? "." : `${scope === "user" ? "~/" : ""}${skillDirectory}/${name}`;
  });
  return markdownFile(path, fields, filled);
}
