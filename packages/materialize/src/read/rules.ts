import {
  defaultPriority,
  type FileEntry,
  fileEntry,
  type Layers,
  layerKinds,
  type Rule,
  readEntry,
  sortTree,
} from "@stax/schema";
import type { ReadContext } from "../contract.ts";
import { markdownFile } from "../markdown.ts";
import { findingsInto } from "./findings-into.ts";
import { readLimit } from "./text-of.ts";

/** FoundRule is a rule as a runtime's file tells it. */
export interface FoundRule {
  /** Of the file that it is read from, for findings. */
  readonly from: string;
  /** In the rules folder: `go/errors.md`. */
  readonly path: string;
  readonly scope: Rule["scope"];
  readonly globs?: readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly body: string;
  /** The file as found: kept, byte for byte, where it has no front matter and the rule needs none. */
  readonly file?: FileEntry;
}

/** rulesLayer makes a rules layer of rules that were found. A second one of a path gets a number. */
export async function rulesLayer(found: readonly FoundRule[], context: ReadContext): Promise<Layers> {
  if (found.length === 0) return {};
  const taken = new Map<string, number>();
  const origins = new Map<string, string>();
  const files: FileEntry[] = [];
  for (const rule of found) {
    const path = free(rule.path.endsWith(".md") ? rule.path : `${rule.path}.md`, taken);
    if (path !== rule.path)
      context.changed(rule.from, undefined, `is named ${path}: a rule's file ends in .md, and has its name to itself`);
    origins.set(path, rule.from);
    files.push(await ruleFile(rule, path));
  }
  return {
    rules: await layerKinds.rules.parse(
      sortTree(files),
      findingsInto(context, (path) => origins.get(path)),
    ),
  };
}

/** `taken`: names in lower case, since file systems may not tell case apart, with the last number that was tried. */
function free(path: string, taken: Map<string, number>): string {
  const stem = path.slice(0, -".md".length);
  let name = path;
  let number = taken.get(path.toLowerCase()) ?? 1;
  while (taken.has(name.toLowerCase())) name = `${stem}-${++number}.md`;
  taken.set(path.toLowerCase(), number);
  taken.set(name.toLowerCase(), taken.get(name.toLowerCase()) ?? 1);
  return name;
}

async function ruleFile({ scope, globs = [], description, body, file }: FoundRule, path: string): Promise<FileEntry> {
  if (scope === "always" && description === undefined && file !== undefined) {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await readEntry(file, readLimit));
    if (text === body && !/^\ufeff?---/.test(text)) return { ...file, path };
  }
  const fields = {
    scope: scope === "always" ? undefined : scope,
    globs: globs.length === 0 ? undefined : globs,
    description,
  };
  const plain = Object.values(fields).every((field) => field === undefined);
  // A body that would be taken for front matter needs a header before it.
  return plain && body.startsWith("---")
    ? markdownFile(path, { priority: defaultPriority }, body)
    : plain
      ? fileEntry(path, body)
      : markdownFile(path, fields, body);
}
