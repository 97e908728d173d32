import {
  type Context,
  markdownFile,
  oneLine,
  type Part,
  portableGlobs,
  ruleGlobs,
  ruleSections,
  type Section,
  slugOf,
} from "@stax/materialize";
import type { FileEntry, Layers, Rule } from "@stax/schema";
import type { GithubCopilotOptions } from "./options.ts";
import { readInstructions } from "./read.ts";

const sections = ruleSections();

/** embeddedRules puts rules that always apply into the root instructions; without path instructions, all of them. */
export const embeddedRules: Part<"rules", GithubCopilotOptions, Section> = {
  ...sections,
  write: (layers, context) => {
    const { rules } = layers;
    if (rules === undefined) return [];
    if (context.options.writePathInstructions === false) return sections.write(layers, context);
    const embedded = rules.rules.filter(({ scope }) => scope === "always" || scope === "manual");
    return sections.write({ ...layers, rules: { ...rules, rules: embedded } }, context);
  },
};

/**
 * pathInstructions writes rules for some files as `.github/instructions/<slug>.instructions.md`. Copilot chooses none by its description:
 * an auto rule applies to all files and says first when it is meant (decision B17).
 */
export const pathInstructions: Part<"rules", GithubCopilotOptions, FileEntry> = {
  feature: "rules",
  fidelity: "translated",
  keeps: ["scope", "globs", "description", "body"],
  write: function* ({ rules }, context) {
    for (const rule of rules?.rules ?? []) {
      if (rule.scope !== "glob" && rule.scope !== "auto") continue;
      const item = context.item(rule.id);
      const applied = rule.scope === "auto" ? applyToAll(rule, item) : applyToSome(rule, item);
      if (applied === undefined) continue;
      const { applyTo, body } = applied;
      const directory = context.scope === "user" ? ".copilot/instructions" : ".github/instructions";
      const path = `${directory}/${slugOf(rule.id)}.instructions.md`;
      yield { items: [rule.id], out: markdownFile(path, { applyTo, description: rule.description }, body) };
    }
  },
  read: readInstructions,
};

/** alwaysApplied lists the rules with a file of their own that Copilot puts into every prompt all the same: patterns that match all count as none. */
export function alwaysApplied({ rules }: Layers): ReadonlySet<string> {
  const matchesAll = (glob: string): boolean => glob === "**" || glob === "**/*";
  const always = ({ scope, globs }: Rule): boolean =>
    scope === "auto" || (scope === "glob" && portableGlobs(globs).globs.some(matchesAll));
  return new Set((rules?.rules ?? []).filter(always).map(({ id }) => id));
}

interface Applied {
  readonly applyTo: string;
  readonly body: string;
}

function applyToAll({ description, body }: Rule, item: Context): Applied {
  item.lose("scope", "applies to all files: Copilot does not choose instructions by their description", {
    fidelity: "translated",
  });
  // Both match all files; what is written tells a rule with a condition from one without when it is read back.
  if (description === undefined) return { applyTo: "**/*", body };
  return { applyTo: "**", body: `Applies when: ${oneLine(description)}\n\n${body}` };
}

function applyToSome({ globs: patterns, body }: Rule, item: Context): Applied | undefined {
  const written = ruleGlobs(patterns, item).filter((glob) => {
    const holds = isWhole(glob);
    if (!holds)
      item.lose("globs", `the pattern ${JSON.stringify(glob)} cannot stand in Copilot's comma-separated list`, {
        code: "rule-globs",
      });
    return holds;
  });
  if (written.length > 0) return { applyTo: written.join(","), body };
  item.lose(undefined, "applies to no file, and without applyTo it would always apply");
  return undefined;
}

// Commas separate patterns, except in braces; nothing escapes them.
function isWhole(glob: string): boolean {
  let depth = 0;
  for (const char of glob) {
    if (char === "{") depth += 1;
    if (char === "}") depth -= 1;
    if (depth < 0 || (char === "," && depth === 0)) return false;
  }
  return depth === 0 && glob.trim() === glob && !/\p{Cc}/u.test(glob);
}
