import {
  type Context,
  markdownFile,
  oneLine,
  type Part,
  ruleGlobs,
  ruleSections,
  type Section,
  slugOf,
} from "@stax/materialize";
import type { FileEntry, Rule } from "@stax/schema";
import { layoutOf } from "./layout.ts";
import type { WindsurfOptions } from "./options.ts";
import { readRules } from "./read.ts";

/** ruleFiles writes each rule as `<slug>.md` with the `trigger` that says when it applies; `globs` is a YAML list, the only form that every reader takes. */
export const ruleFiles: Part<"rules", WindsurfOptions, FileEntry> = {
  feature: "rules",
  fidelity: "translated",
  keeps: ["scope", "globs", "description", "body"],
  write: function* ({ rules }, context) {
    const directory = layoutOf(context.options) === "devin" ? ".devin/rules" : ".windsurf/rules";
    for (const rule of rules?.rules ?? []) {
      const header = headerOf(rule, context);
      if (header === undefined) continue;
      const out = markdownFile(`${directory}/${slugOf(rule.id)}.md`, header, rule.body);
      yield { items: [rule.id], out };
    }
  },
  read: readRules,
};

type Header = Readonly<Record<string, string | readonly string[] | undefined>>;

function headerOf(rule: Rule, context: Context): Header | undefined {
  const description = rule.description === undefined ? undefined : oneLine(rule.description);
  switch (rule.scope) {
    case "always":
      return { trigger: "always_on", description };
    case "manual":
      return { trigger: context.chosen(rule.id) ? "always_on" : "manual", description };
    case "auto":
      return { trigger: "model_decision", description: description ?? standIn(rule, context) };
    case "glob":
      return globHeader(rule, description, context.item(rule.id));
  }
}

function standIn(rule: Rule, context: Context): string {
  context.item(rule.id).lose("description", "is missing, so that the rule's id is what the model decides by", {
    fidelity: "translated",
  });
  return oneLine(rule.id.replace(/\.md$/, ""));
}

function globHeader(rule: Rule, description: string | undefined, item: Context): Header | undefined {
  const globs = ruleGlobs(rule.globs, item);
  if (globs.length > 0) return { trigger: "glob", globs, description };
  item.lose(undefined, "applies to no file");
  return undefined;
}

const sections = ruleSections();

/** embeddedRules puts rules into the one document of a user, or of the old Windsurf. */
export const embeddedRules = (scopes: "user" | "everywhere"): Part<"rules", WindsurfOptions, Section> => ({
  ...sections,
  write: (layers, context) => {
    if (scopes === "user" && context.scope !== "user") return [];
    if (context.options.writeRules !== false) return sections.write(layers, context);
    for (const { id } of layers.rules?.rules ?? [])
      context
        .item(id)
        .lose(undefined, "is not written because writeRules is false", { severity: "info", code: "output-off" });
    return [];
  },
});
