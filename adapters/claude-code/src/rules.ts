import { type Context, leftOut, markdownFile, oneLine, type Part, portableGlobs, slugOf } from "@stax/materialize";
import type { FileEntry, Rule } from "@stax/schema";
import { readRules } from "./read.ts";

/**
 * ruleFiles writes each rule as `.claude/rules/<slug>.md`: `paths` for scope glob, none for always. Claude Code knows no rule that the
 * model picks by its description, so an auto rule is always on and says first when it applies.
 */
export const ruleFiles: Part<"rules", unknown, FileEntry> = {
  feature: "rules",
  fidelity: "native",
  keeps: ["scope", "globs", "body"],
  write: function* ({ rules }, context) {
    for (const rule of rules?.rules ?? []) {
      const file = ruleFile(rule, context);
      if (file !== undefined) yield { items: [rule.id], out: file, ...(rule.scope === "auto" && { keeps: autoKeeps }) };
    }
  },
  read: readRules,
};

const autoKeeps = ["scope", "globs", "body", "description"];

function ruleFile(rule: Rule, context: Context): FileEntry | undefined {
  const path = `.claude/rules/${slugOf(rule.id)}.md`;
  const item = context.item(rule.id);
  if (leftOut(rule, context)) return undefined;
  if (rule.scope === "auto") {
    item.lose("scope", "is always on: Claude Code does not choose rules by their description", {
      fidelity: "translated",
    });
    const when = rule.description === undefined ? "" : `Applies when: ${oneLine(rule.description)}\n\n`;
    return markdownFile(path, {}, when + rule.body);
  }
  if (rule.scope !== "glob") return asAuthored(rule, path) ?? markdownFile(path, {}, rule.body);
  const { globs, problems } = portableGlobs(rule.globs);
  for (const problem of problems) item.lose("globs", problem, { code: "rule-globs" });
  if (globs.length > 0) return markdownFile(path, { paths: globs }, rule.body);
  item.lose(undefined, "applies to no file, and without paths it would always be on");
  return undefined;
}

// A rule without front matter is its own file: the bytes stay as they are, and nobody has to hash them again.
function asAuthored({ file, body }: Rule, path: string): FileEntry | undefined {
  return Buffer.byteLength(body) === file.size && !body.startsWith("---") ? { ...file, path } : undefined;
}
