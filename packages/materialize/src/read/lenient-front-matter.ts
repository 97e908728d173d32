import { splitFrontMatter } from "@stax/schema";
import { parse } from "yaml";

/** LenientMarkdown is a Markdown file taken apart as leniently as runtimes do. */
export interface LenientMarkdown {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** Why a strict reader would refuse the front matter. */
  readonly problem?: string;
}

// A YAML parser needs seconds for what people never write.
const longest = 64 * 1024;

/**
 * lenientMarkdown reads front matter as runtimes do (decision O11): YAML where it is YAML; else one `key: value` a line, with list items
 * below a key. Most rule files in the wild hold a bare glob that starts with an asterisk, which is no YAML.
 */
export function lenientMarkdown(text: string): LenientMarkdown {
  const parts = splitFrontMatter(text);
  if (parts === "unclosed")
    return { fields: {}, body: text.replace(/^\ufeff/, ""), problem: "front matter opens with --- but never closes" };
  const { yaml, body } = parts;
  if (yaml === undefined) return { fields: {}, body };
  if (yaml.length > longest)
    return { fields: {}, body, problem: `front matter holds more than ${longest} characters and is not read` };
  const strict = parsedYaml(yaml);
  if (strict !== undefined) return { fields: strict, body };
  return { fields: lineByLine(yaml), body, problem: "front matter is no valid YAML" };
}

function parsedYaml(yaml: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parse(yaml, { maxAliasCount: 10, logLevel: "error" });
    if (value === null || value === undefined) return {};
    return typeof value === "object" && !Array.isArray(value) ? plain(value) : undefined;
  } catch {
    return undefined;
  }
}

// What is no name of a field of anybody's, and would be more than a field in an object.
const plain = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== "__proto__"));

function lineByLine(yaml: string): Record<string, unknown> {
  const fields = new Map<string, Line>();
  let last: Line | undefined;
  for (const line of yaml.split(/\r\n|\n|\r/)) {
    const pair = /^([\w.-]+)[ \t]*:(.*)$/.exec(line);
    const item = /^[ \t]*-[ \t]+(.*)$/.exec(line);
    if (pair?.[1] !== undefined && pair[1] !== "__proto__") {
      last = { texts: [pair[2] ?? ""], items: [] };
      fields.set(pair[1], last);
    } else if (item?.[1] !== undefined) last?.items.push(unquoted(item[1]));
    else if (/^[ \t]+\S/.test(line)) last?.texts.push(line);
  }
  return Object.fromEntries([...fields].map(([key, line]) => [key, fieldOf(line)]));
}

interface Line {
  readonly texts: string[];
  readonly items: string[];
}

function fieldOf({ texts, items }: Line): string | boolean | readonly string[] {
  if (items.length > 0) return items;
  const text = texts
    .map((line) => line.trim())
    .join(" ")
    .trim();
  return text === "true" ? true : text === "false" ? false : unquoted(text);
}

function unquoted(text: string): string {
  const plainText = text.trim();
  const quoted = /^"([^"]*)"$|^'([^']*)'$/.exec(plainText);
  return quoted?.[1] ?? quoted?.[2] ?? plainText;
}

/** stringField is a field that holds text; `undefined` for none, for an empty one and for anything else. */
export function stringField(fields: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** listField is a field that holds a list, or one string with commas (those in braces part nothing); `undefined` for none. */
export function listField(fields: Readonly<Record<string, unknown>>, key: string): readonly string[] | undefined {
  const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (Array.isArray(value))
    return value.filter((item): item is string => typeof item === "string" && item.trim() !== "");
  if (typeof value !== "string" || value.trim() === "") return undefined;
  // A list that is no YAML: `[a, b]`. What holds further brackets without quotes is a glob like `[a-z].[jt]s`.
  const inner = /^\[(?:([^[\]]*)|(\s*["'].*["']\s*))\]$/s.exec(value.trim());
  return splitAtCommas(inner?.[1] ?? inner?.[2] ?? value)
    .map(unquoted)
    .filter((item) => item !== "");
}

function splitAtCommas(text: string): readonly string[] {
  const balanced = depthAfter(text) === 0;
  const items: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (balanced && text[at] === "{") depth += 1;
    else if (balanced && text[at] === "}") depth -= 1;
    else if (text[at] === "," && depth === 0) {
      items.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...items, text.slice(start)];
}

/** How many braces stay open; a brace that closes none makes it negative for good. */
function depthAfter(text: string): number {
  let depth = 0;
  for (const char of text) {
    if (char === "{") depth += 1;
    else if (char === "}") depth -= 1;
    if (depth < 0) return depth;
  }
  return depth;
}
