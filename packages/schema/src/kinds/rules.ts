import { printable } from "@stax/errors";
import * as z from "zod";
import { compareBytes, type FileEntry, type FileTree, sortTree } from "../file-tree.ts";
import { listForm, readMarkdown } from "./front-matter.ts";
import { type ParseContext, treeKind } from "./kind.ts";
import { mergeTrees, replaceBy } from "./merge-by.ts";

export const ruleScopes = ["always", "glob", "auto", "manual"] as const;
export const severities = ["info", "warn", "error"] as const;
/** The priority of a rule that names none; lower comes first. */
export const defaultPriority = 100;

/** ruleHeader is the front matter of a rule; what it leaves out has the format's defaults. */
export const ruleHeader = z.looseObject({
  id: z.string().min(1, "must not be empty").optional(),
  scope: z
    .enum(ruleScopes, {
      error: (issue) => `scope ${JSON.stringify(issue.input)} is not one of ${ruleScopes.join(", ")}`,
    })
    .default("always"),
  globs: z
    .array(z.string().min(1, "must not be empty"), {
      error: ({ input }) =>
        typeof input === "string" ? `must be a list: globs: ${printable(listForm(input))}` : undefined,
    })
    .default([]),
  priority: z.number().default(defaultPriority),
  severity: z.enum(severities).default("warn"),
  description: z.string().optional(),
  tags: z.array(z.string()).default([]),
  triggers: z.array(z.string()).default([]),
});

/** Rule is one rule file, understood. `id` defaults to the archive path. */
export interface Rule {
  readonly id: string;
  readonly scope: (typeof ruleScopes)[number];
  /** gitignore syntax. */
  readonly globs: readonly string[];
  readonly priority: number;
  readonly severity: (typeof severities)[number];
  readonly description?: string;
  readonly tags: readonly string[];
  readonly triggers: readonly string[];
  /** The Markdown after the front matter. */
  readonly body: string;
  /** The file as authored. */
  readonly file: FileEntry;
  /** Front matter that the format does not know. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** Rules are rule files, and the other files that lie beside them. */
export interface Rules {
  readonly rules: readonly Rule[];
  /** Files that are no Markdown: kept, never rendered as rules. */
  readonly assets: FileTree;
}

/** Behavioural rules: one Markdown file each, scoped by front matter. */
export const rules = treeKind({
  mediaType: "application/vnd.stax.rules.v1.tar+gzip",
  description: "Behavioural rules: one Markdown file each, scoped by front matter",
  title: "rules.tar.gz",
  source: "directory",
  allowedIn: ["agent", "package"],
  maxSize: 16 * 1024 * 1024,
  mayFlatten: true,
  schema: ruleHeader,
  parse: parseRules,
  files: ({ rules, assets }: Rules) => sortTree([...rules.map(({ file }) => file), ...assets]),
  items: ({ rules }: Rules) => rules.map(({ id }) => id),
  merge: (base: Rules, override: Rules): Rules => ({
    rules: replaceBy(base.rules, override.rules, ({ id }) => id),
    assets: mergeTrees(base.assets, override.assets),
  }),
  annotate: ({ rules }: Rules) => ({ "dev.stax.rules.count": String(rules.length) }),
});

const order = { always: 0, glob: 1, auto: 2, manual: 3 } as const;

/** orderRules puts rules as a consumer reads them: always, glob, auto, manual; within each by priority, then by path bytes. */
export function orderRules(rules: readonly Rule[]): readonly Rule[] {
  return [...rules].sort((a, b) => order[a.scope] - order[b.scope] || byPriority(a, b));
}

const byPriority = (a: Rule, b: Rule): number => a.priority - b.priority || compareBytes(a.file.path, b.file.path);

async function parseRules(tree: FileTree, context: ParseContext): Promise<Rules> {
  const rules: Rule[] = [];
  const assets: FileEntry[] = [];
  for (const file of tree) {
    if (!file.path.endsWith(".md")) {
      assets.push(file);
      context.report({
        code: "rule-not-markdown",
        severity: "warning",
        layer: "rules",
        path: file.path,
        message: "is no .md file: it is packed as an asset and not read as a rule",
      });
      continue;
    }
    const rule = await readRule(file, context);
    if (rule !== undefined) rules.push(rule);
  }
  reportDuplicates(rules, context);
  // Canonical order within one artifact: priority, then path. Merging appends by precedence and so keeps it.
  return { rules: rules.sort(byPriority), assets };
}

async function readRule(file: FileEntry, context: ParseContext): Promise<Rule | undefined> {
  const markdown = await readMarkdown(file, "rules", ruleHeader, context);
  if (markdown === undefined) return undefined;
  const { id = file.path, scope, globs, priority, severity, description, tags, triggers, ...extra } = markdown.header;
  const warn = (code: string, message: string, hint: string) =>
    context.report({ code, severity: "warning", layer: "rules", path: file.path, message, hint });
  if (scope === "glob" && globs.length === 0)
    warn("rule-globs-missing", "has scope glob but no globs: it applies to nothing", "add globs or use scope: always");
  if (scope === "auto" && description === undefined)
    warn(
      "rule-description-missing",
      "has scope auto but no description: a runtime cannot tell when it applies",
      "add a description",
    );
  return {
    id,
    scope,
    globs,
    priority,
    severity,
    ...(description === undefined ? {} : { description }),
    tags,
    triggers,
    body: markdown.body,
    file,
    extra,
  };
}

function reportDuplicates(rules: readonly Rule[], context: ParseContext): void {
  const first = new Map<string, string>();
  for (const { id, file } of rules) {
    const other = first.get(id);
    if (other === undefined) first.set(id, file.path);
    else
      context.report({
        code: "rule-id-duplicate",
        severity: "error",
        layer: "rules",
        path: file.path,
        message: `has the id "${id}", which ${other} has too`,
        hint: "give each rule an id of its own",
      });
  }
}
