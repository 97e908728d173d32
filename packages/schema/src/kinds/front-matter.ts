import { type Diagnostic, printable } from "@stax/errors";
import { type Document, isMap, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type * as z from "zod";
import { checkDocument, type Field, type Positions } from "../check-document.ts";
import { type FileEntry, readEntry } from "../file-tree.ts";
import type { ParseContext } from "./kind.ts";
import { plainYaml } from "./plain-yaml.ts";

/** Markdown is a file with its front matter taken apart. `text` is the whole file; `body` what follows the front matter. */
export interface Markdown<Header> {
  readonly file: FileEntry;
  readonly header: Header;
  readonly body: string;
  readonly text: string;
}

const fence = /^\ufeff?---[ \t]*(?:\r\n|\n|\r)/;
const closing = /(?:^|\r\n|\n|\r)---[ \t]*(?:\r\n|\n|\r|$)/;

/** Largest Markdown file that is read whole, bytes. Larger ones are an error of the kinds that must understand theirs. */
export const markdownLimit = 16 * 1024 * 1024;

/** splitFrontMatter parts `---` front matter from the body, or tells that the front matter is not closed. */
export function splitFrontMatter(
  text: string,
): { readonly yaml: string | undefined; readonly body: string } | "unclosed" {
  const open = fence.exec(text);
  if (open === null) return { yaml: undefined, body: text.startsWith("\ufeff") ? text.slice(1) : text };
  const rest = text.slice(open[0].length);
  const close = closing.exec(rest);
  if (close === null) return "unclosed";
  return { yaml: rest.slice(0, close.index), body: rest.slice(close.index + close[0].length) };
}

/** readText reads a Markdown file as text; a file that is no UTF-8 is reported (its bytes are packed as they are). */
export async function readText(
  file: FileEntry,
  layer: string,
  context: ParseContext,
  severity: "warning" | "error" = "warning",
): Promise<string | undefined> {
  if (file.size > markdownLimit) {
    context.report({
      code: "markdown-too-large",
      severity: "error",
      layer,
      path: file.path,
      message: `holds ${file.size} bytes; a Markdown file may hold ${markdownLimit}`,
    });
    return undefined;
  }
  const bytes = await readEntry(file, markdownLimit);
  try {
    return strictUtf8.decode(bytes);
  } catch {
    context.report({
      code: "text-not-utf8",
      severity,
      layer,
      path: file.path,
      message: "is not valid UTF-8",
      hint: "save the file as UTF-8",
    });
    return lossyUtf8.decode(bytes);
  }
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossyUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** readMarkdown reads a file and checks its front matter against a schema. `undefined` where an error was reported. */
export async function readMarkdown<Header>(
  file: FileEntry,
  layer: string,
  schema: z.ZodType<Header>,
  context: ParseContext,
): Promise<Markdown<Header> | undefined> {
  const text = await readText(file, layer, context);
  if (text === undefined) return undefined;
  const report = (finding: Omit<Diagnostic, "path" | "layer">) =>
    context.report({ ...finding, path: file.path, layer });
  const parts = splitFrontMatter(text);
  if (parts === "unclosed") {
    report({
      code: "front-matter-unclosed",
      severity: "error",
      message: "front matter opens with --- but never closes",
      line: 1,
      column: 1,
      hint: "add a line with --- after the front matter",
    });
    return undefined;
  }
  const parsed = parts.yaml === undefined ? emptyHeader : parseHeader(parts.yaml, report);
  if (parsed === undefined) return undefined;
  const header = checkDocument(schema, parsed.value, { positions: parsed.positions, unknown: "keep", report });
  return header === undefined ? undefined : { file, header, body: parts.body, text };
}

const emptyHeader = { value: {}, positions: () => undefined };

interface Header {
  readonly value: unknown;
  readonly positions: Positions;
}

function parseHeader(yaml: string, report: (finding: Omit<Diagnostic, "path" | "layer">) => void): Header | undefined {
  const plain = plainYaml(yaml);
  // Where a field stands is asked only if there is something to say of it.
  if (plain !== undefined) return { value: plain, positions: (field) => positionsIn(yaml)(field) };
  const { document, counter } = documentOf(yaml);
  const yamlErrors = document.errors.map(({ message, pos }) => ({ message, at: pos[0] }));
  const problem = firstOf([...unresolvedAliases(document), ...yamlErrors]);
  if (problem !== undefined) {
    const { line, col } = counter.linePos(problem.at);
    // Line 1 of the file is the opening fence.
    report({
      code: "front-matter-invalid",
      severity: "error",
      message: `front matter is no valid YAML: ${printable(problem.message)}`,
      line: line + 1,
      column: col,
      hint: quotedForm(yaml, line),
    });
    return undefined;
  }
  return headerOf(document, counter, report);
}

function documentOf(yaml: string): { readonly document: Document; readonly counter: LineCounter } {
  const counter = new LineCounter();
  const options = { uniqueKeys: true, prettyErrors: false, strict: true, merge: false, version: "1.2" } as const;
  return { document: parseDocument(yaml, { lineCounter: counter, ...options }), counter };
}

function positionsIn(yaml: string): Positions {
  const { document, counter } = documentOf(yaml);
  return positionsOf(document, counter, 1);
}

// One slip of an author often breaks what follows, too; the first problem is the one to mend.
const firstOf = (problems: readonly YamlProblem[]): YamlProblem | undefined =>
  [...problems].sort((a, b) => a.at - b.at)[0];

interface YamlProblem {
  readonly message: string;
  /** Offset in the YAML. */
  readonly at: number;
}

// `globs: *.ts` reads as an alias; the library finds out only when it makes values, and then names no place.
function unresolvedAliases(document: Document): readonly YamlProblem[] {
  const found: YamlProblem[] = [];
  visit(document, {
    Alias: (_, node) => {
      if (node.resolve(document) === undefined)
        found.push({ message: `*${node.source} refers to an anchor that is not there`, at: node.range?.[0] ?? 0 });
    },
  });
  return found;
}

function headerOf(
  document: Document,
  counter: LineCounter,
  report: (finding: Omit<Diagnostic, "path" | "layer">) => void,
): Header | undefined {
  if (document.contents === null) return emptyHeader;
  if (!isMap(document.contents)) {
    report({
      code: "front-matter-invalid",
      severity: "error",
      message: "front matter must be a list of `key: value` lines",
      line: 2,
      column: 1,
    });
    return undefined;
  }
  try {
    return { value: document.toJS({ maxAliasCount: 100 }), positions: positionsOf(document, counter, 1) };
  } catch (cause) {
    report({
      code: "front-matter-invalid",
      severity: "error",
      message: `front matter cannot be read: ${printable(String(cause instanceof Error ? cause.message : cause))}`,
      line: 1,
      column: 1,
    });
    return undefined;
  }
}

/** positionsOf finds the line and column of a field in a YAML or JSON document. `offset` lines stand before the document. */
export function positionsOf(document: Document, counter: LineCounter, offset = 0): Positions {
  return (field) => {
    // A field that is missing is shown at the nearest thing around it that is there.
    for (let length = field.length; length >= 0; length--) {
      const start = keyStart(document, field.slice(0, length));
      if (start === undefined) continue;
      const { line, col } = counter.linePos(start);
      return { line: line + offset, column: col };
    }
    return undefined;
  };
}

function keyStart(document: Document, field: Field): number | undefined {
  if (field.length === 0) return rangeOf(document.contents);
  const parent: unknown = field.length === 1 ? document.contents : document.getIn(field.slice(0, -1), true);
  if (!isMap(parent)) return rangeOf(document.getIn(field, true));
  const pair = parent.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(field.at(-1)));
  return rangeOf(pair?.key);
}

function rangeOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0];
}

// Most real rule files are written by hand as `globs: **/*.go` or `description: a: b`, which YAML reads as an alias or a nested map.
function quotedForm(yaml: string, line: number): string | undefined {
  const source = yaml.split(/\r\n|\n|\r/)[line - 1];
  const match = source === undefined ? null : /^\s*(?:- )?([\w.-]+):\s+(\S.*?)\s*$/.exec(source);
  const [, key, value] = match ?? [];
  if (key === undefined || value === undefined || /^["'[{|>]/.test(value)) return undefined;
  return `quote the value: ${printable(`${key}: ${key === "globs" ? listForm(value) : JSON.stringify(value)}`)}`;
}

/** listForm writes a comma-separated value as the YAML list that was meant; commas in braces part nothing. */
export const listForm = (value: string): string => {
  const items = value.match(/(?:\{[^}]*\}|[^,{])+/g)?.map((item) => item.trim()) ?? [];
  return `[${items
    .filter((item) => item !== "")
    .map((item) => JSON.stringify(item))
    .join(", ")}]`;
};
