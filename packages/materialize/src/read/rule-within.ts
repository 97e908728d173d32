import type { ReadContext } from "../contract.ts";
import type { FoundRule } from "./rules.ts";

/** ruleWithin makes of a rule that lies in a directory of the project (`""` for its root) a rule for the files there, and says so. */
export function ruleWithin(rule: FoundRule, within: string, context: ReadContext): FoundRule {
  if (within === "") return rule;
  const { scope, globs = [], from } = rule;
  if (scope === "auto" || scope === "manual") {
    context.changed(from, undefined, `lies in ${within}/, and is carried as a rule for the whole project`);
    return rule;
  }
  context.changed(from, undefined, `is carried as a rule for files in ${within}/`);
  return {
    ...rule,
    scope: "glob",
    globs: scope === "always" ? [`${within}/**`] : globs.map((glob) => below(within, glob)),
  };
}

// A pattern without "/" in it is one for any depth.
const below = (within: string, glob: string): string =>
  `${within}/${glob.includes("/") ? glob.replace(/^\//, "") : `**/${glob}`}`;
