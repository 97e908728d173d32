import { splitFrontMatter } from "@stax/schema";
import { parse } from "yaml";

/** LenientMarkdown is a Markdown file taken apart as leniently as runtimes do. */
export interface LenientMarkdown {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** Why a strict reader would refuse the front matter. */
  readonly problem?: string;
}

/**
 * lenientMarkdown reads front matter as runtimes do (decision O11): YAML where it is YAML; else one `key: value` a line, with list items
 * below a key. Most rule files in the wild hold a bare glob that starts with an asterisk, which is no YAML.
 */
export function lenientMarkdown(text: string): LenientMarkdown {
  const parts = splitFrontMatter(text);
  if (parts === "unclosed") return { fields: {}, body: text, problem: "front matter opens with --- but never closes" };
  const { yaml, body } = parts;
  if (yaml === undefined) return { fields: {}, body };
  const strict = parsedYaml(yaml);
  if (strict !== undefined) return { fields: strict, body };
  return { fields: lineByLine(yaml), body, problem: "front matter is no valid YAML" };
}

function parsedYaml(yaml: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parse(yaml, { maxAliasCount: 10, logLevel: "silent" });
    if (value === null || value === undefined) return {};
    return typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined; // neither null nor a list
  } catch {
    return undefined;
  }
}

function lineByLine(yaml: string): Record<string, unknown> {
  const fields = new Map<string, string | string[]>();
  let last: string | undefined;
  for (const line of yaml.split(/\r\n|\n|\r/)) {
    const pair = /^([\w.-]+)\s*:(.*)$/.exec(line);
    const item = /^\s*-\s+(.*)$/.exec(line);
    if (pair?.[1] !== undefined) {
      last = pair[1];
      fields.set(last, unquoted(pair[2] ?? ""));
    } else if (last !== undefined && item?.[1] !== undefined) {
      const known = fields.get(last);
      fields.set(last, [...(Array.isArray(known) ? known : []), unquoted(item[1])]);
    } else if (last !== undefined && /^\s+\S/.test(line)) {
      const known = fields.get(last);
      if (typeof known === "string") fields.set(last, `${known} ${line.trim()}`.trim());
    }
  }
  return Object.fromEntries(
    [...fields].map(([key, value]) => [key, typeof value === "string" ? scalar(value) : value]),
  );
}

function unquoted(text: string): string {
  const plain = text.trim();
  const quoted = /^"([^"]*)"$|^'([^']*)'$/.exec(plain);
  return quoted?.[1] ?? quoted?.[2] ?? plain;
}

const scalar = (text: string): string | boolean => (text === "true" ? true : text === "false" ? false : text);

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
  const items = value.trim().replace(/^\[(.*)\]$/s, "$1");
  return (items.match(/(?:\{[^}]*\}|[^,{])+/g) ?? []).map(unquoted).filter((item) => item !== "");
}
