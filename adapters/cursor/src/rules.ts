import { type Context, oneLine, type Part, ruleGlobs, ruleSections, type Section, slugOf } from "@stax/materialize";
import { type FileEntry, fileEntry, type Rule } from "@stax/schema";
import { globsOf, mdcValue, readMdc, writeMdc } from "./mdc.ts";
import { readLegacyRules, readRules } from "./read.ts";

/** ruleFiles writes each rule as `.cursor/rules/<slug>.mdc`. Cursor knows all four scopes: always, by file, by description, by hand. */
export const ruleFiles: Part<"rules", unknown, FileEntry> = {
  feature: "rules",
  fidelity: "translated",
  keeps: ["scope", "globs", "description", "body"],
  write: function* ({ rules }, context) {
    for (const rule of rules?.rules ?? []) {
      const fields = fieldsOf(rule, context.item(rule.id), context.chosen(rule.id));
      if (fields === undefined) continue;
      const text = writeMdc(fields, rule.body);
      if (readMdc(text)?.body !== rule.body.trim())
        context.item(rule.id).lose("body", "holds rows of dashes, which Cursor shortens to three", {
          fidelity: "translated",
          severity: "info",
        });
      yield { items: [rule.id], out: fileEntry(`.cursor/rules/${slugOf(rule.id)}.mdc`, text) };
    }
  },
  read: readRules,
};

type Fields = Readonly<Record<string, string | boolean | undefined>>;

function fieldsOf(rule: Rule, item: Context, chosen: boolean): Fields | undefined {
  switch (chosen ? "always" : rule.scope) {
    case "always":
      return { description: descriptionOf(rule, item), alwaysApply: true };
    case "glob": {
      const globs = globsValue(rule, item);
      if (globs !== undefined) return { description: descriptionOf(rule, item), globs, alwaysApply: false };
      item.lose(undefined, "applies to no file, and without globs it would be another kind of rule");
      return undefined;
    }
    case "auto": {
      const description = descriptionOf(rule, item);
      if (description === undefined)
        item.lose("scope", "has no description by which Cursor could choose it, so that it applies by hand only", {
          fidelity: "translated",
        });
      return { description, alwaysApply: false };
    }
    case "manual":
      if (rule.description !== undefined)
        item.lose("description", "would make Cursor apply the rule by itself, and is left out of a manual rule");
      return { alwaysApply: false };
  }
}

function descriptionOf({ description }: Rule, item: Context): string | undefined {
  if (description === undefined || description.trim() === "") return undefined;
  const exact = mdcValue(description);
  if (exact !== undefined) return exact;
  item.lose("description", "is written on one line and without rows of dashes: Cursor's header holds nothing else", {
    fidelity: "translated",
  });
  return mdcValue(oneLine(description).replace(/-{3,}/g, "--"));
}

// One comma-separated string (decision R8): of a list in brackets Cursor would make patterns with brackets and quotes in them.
function globsValue({ globs: patterns }: Rule, item: Context): string | undefined {
  const written = ruleGlobs(patterns, item).filter((glob) => {
    const holds = isWhole(glob);
    if (!holds)
      item.lose("globs", `the pattern ${JSON.stringify(glob)} cannot stand in Cursor's comma-separated list`, {
        code: "rule-globs",
      });
    return holds;
  });
  return written.length === 0 ? undefined : mdcValue(written.join(","));
}

// A comma or a brace without its counterpart would split the pattern, or swallow the next one.
function isWhole(glob: string): boolean {
  const [first, second, ...rest] = globsOf(`${glob},x`);
  return mdcValue(glob) !== undefined && first === glob && second === "x" && rest.length === 0;
}

const sections = ruleSections();

/** legacyRules puts all rules into `.cursorrules`, which Cursor reads whole at every start; one that always applies is all of its text. */
export const legacyRules: Part<"rules", unknown, Section> = {
  ...sections,
  write: function* (layers, context) {
    context.note({
      code: "output-deprecated",
      severity: "warning",
      message:
        "legacyCursorrules puts all rules into .cursorrules: Cursor reads it for old projects only, and always as a whole",
      hint: "leave legacyCursorrules out to write .cursor/rules/*.mdc",
    });
    const pieces = [...sections.write(layers, context)];
    const [only] = pieces;
    const rule = layers.rules?.rules.find(({ id, scope }) => only?.items.includes(id) && scope === "always");
    if (pieces.length !== 1 || only?.out === undefined || rule === undefined) return yield* pieces;
    const { heading: _, headed: __, ...plain } = only.out;
    yield { ...only, out: plain };
  },
  read: readLegacyRules,
};
