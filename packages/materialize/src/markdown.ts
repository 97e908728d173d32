import { type FileEntry, fileEntry } from "@stax/schema";
import { stringify } from "yaml";
import type { Section } from "./contract.ts";

/** rank orders the parts of a root document (shapes: "A composed root instruction file"). */
export const rank = {
  instructions: 1,
  prompt: 2,
  persona: 3,
  rules: 4,
  tools: 5,
  identity: 6,
  user: 7,
  heartbeat: 8,
  tree: 9,
  knowledge: 10,
} as const;

/**
 * frontMatter writes YAML front matter with every string quoted on one line: the only form that all the runtimes' parsers read alike.
 * Absent fields are left out; without any field the result is empty.
 */
export function frontMatter(fields: Readonly<Record<string, unknown>>): string {
  const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  if (Object.keys(present).length === 0) return "";
  return `---\n${withoutDashes(plainYaml(present) ?? wholeYaml(present))}---\n`;
}

// Claude Code 2.1 ends front matter at its first `---`, wherever that stands: in a text, the third dash is written as an escape.
const withoutDashes = (yaml: string): string =>
  yaml.includes("---") ? yaml.replace(/"(?:[^"\\]|\\.)*"/g, (text) => text.replaceAll("---", "--\\u002d")) : yaml;

/** wholeYaml writes any fields. */
export const wholeYaml = (fields: Readonly<Record<string, unknown>>): string =>
  stringify(fields, {
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "PLAIN",
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
    lineWidth: 0,
  });

// Words that a plain key would be taken for something else by.
const reserved = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/**
 * plainYaml writes the very bytes of {@link wholeYaml} for fields that are plain texts, numbers, switches and lists of texts, and
 * `undefined` for others: nearly all front matter is of that kind, and a thousand rules are written ten times as fast.
 */
export function plainYaml(fields: Readonly<Record<string, unknown>>): string | undefined {
  let yaml = "";
  for (const [key, value] of Object.entries(fields)) {
    if (!/^[a-zA-Z][a-zA-Z-]*$/.test(key) || reserved.test(key)) return undefined;
    if (isPlain(value)) yaml += `${key}: ${JSON.stringify(value)}\n`;
    else if (Array.isArray(value) && value.length > 0 && value.every(isPlain))
      yaml += `${key}:\n${value.map((item) => `  - ${JSON.stringify(item)}\n`).join("")}`;
    else return undefined;
  }
  return yaml;
}

// In these, JSON and YAML agree on every character.
const isPlain = (value: unknown): boolean =>
  typeof value === "boolean" ||
  (typeof value === "number" && Number.isSafeInteger(value) && !Object.is(value, -0)) ||
  (typeof value === "string" && /^[\x20-\x7e]*$/.test(value));

/** markdownFile writes a Markdown file with front matter. A body that would itself be taken for front matter is moved one line down. */
export function markdownFile(path: string, fields: Readonly<Record<string, unknown>>, body: string): FileEntry {
  const header = frontMatter(fields);
  return fileEntry(path, header === "" && body.startsWith("---") ? `\n${body}` : header + body);
}

/** JoinedDocument is a document made of its sections. */
export interface JoinedDocument {
  readonly entry: FileEntry;
  /** The bytes of one exact source. */
  readonly exact: boolean;
}

/** joinSections makes a document: one section gives its exact bytes, several come in order of rank with `## ` headings between them. */
export function joinSections(path: string, sections: readonly Section[]): JoinedDocument {
  const ordered = [...sections].sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1]);
  const [only] = ordered;
  if (only !== undefined && ordered.length === 1 && !only.headed)
    return only.file === undefined
      ? { entry: fileEntry(path, only.text), exact: false }
      : { entry: { ...only.file, path }, exact: true };
  return {
    entry: fileEntry(path, join(ordered.map((section, index) => withHeading(section, index === 0)))),
    exact: false,
  };
}

function withHeading({ heading, headed, text }: Section, first: boolean): string {
  const body = text.startsWith("\ufeff") ? text.slice(1) : text;
  if (heading === undefined || (!headed && (first || /^\s*#{1,6}\s/.test(body)))) return body;
  return `## ${heading}\n\n${body}`;
}

// What an author wrote stays as it is, white space included; only what is missing for a blank line between two parts is added. Only the
// end of what came before is looked at: a thousand rules are one document.
function join(parts: readonly string[]): string {
  const pieces: string[] = [];
  let end = "";
  for (const part of parts) {
    const gap = end === "" || /\n\r?\n$/.test(end) ? "" : end.endsWith("\n") ? "\n" : "\n\n";
    pieces.push(gap, part);
    end = (end + gap + part.slice(-3)).slice(-3);
  }
  return pieces.join("");
}

/** oneLine puts foreign text on one line of a document. */
export const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();
