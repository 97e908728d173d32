/** MdcValue is what Cursor makes of a field. */
export type MdcValue = string | boolean | readonly string[];

/** Mdc is a rule file as Cursor reads it. */
export interface Mdc {
  readonly fields: Readonly<Record<string, MdcValue>>;
  readonly body: string;
}

const fence = "---";

/**
 * readMdc reads a rule file by the rules of Cursor's own parser, which is none of YAML: three dashes end the header wherever they stand, a
 * field is what is before the first colon of a line, quotes around a value are taken off and nothing in it is unescaped.
 */
export function readMdc(text: string): Mdc | undefined {
  if (!text.trimStart().startsWith(fence)) return undefined;
  const [header, ...body] = text.trimStart().split(fence).filter(Boolean);
  if (header === undefined || body.length === 0) return undefined;
  return { fields: readFields(header.trim().split("\n")), body: body.join(fence).trim() };
}

/**
 * mdcPartsOf parts a rule file where Cursor parts it. The body keeps what Cursor takes off it: white space at its ends, and more than three
 * dashes in a row.
 */
export function mdcPartsOf(text: string): { readonly header: string; readonly body: string } {
  const rest = text.trimStart();
  const start = afterFences(rest, 0);
  const end = rest.indexOf(fence, start);
  if (end < 0) return { header: "", body: text };
  return { header: rest.slice(start, end), body: rest.slice(afterFences(rest, end)).replace(/^[ \t]*\r?\n/, "") };
}

function afterFences(text: string, from: number): number {
  let at = from;
  while (text.startsWith(fence, at)) at += fence.length;
  return at;
}

function readFields(lines: readonly string[]): Readonly<Record<string, MdcValue>> {
  const fields = new Map<string, MdcValue>();
  let list: string[] | undefined;
  let nested = false;
  for (const line of lines.map((one) => one.replace(/\r$/, ""))) {
    const item = /^\s+-\s+(.*)$/.exec(line)?.[1];
    if (list !== undefined && item !== undefined) {
      list.push(unquoted(item.trim()));
      continue;
    }
    // What stands below `metadata:` is about environments, of which a rule of ours says nothing.
    if (nested && /^(?: {2}|\t)/.test(line)) continue;
    nested = false;
    list = undefined;
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const [name, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    if (name === "metadata" && value === "") nested = true;
    else if (name === "globs" && value === "") {
      list = [];
      fields.set(name, list);
    } else fields.set(name, readScalar(value));
  }
  return Object.fromEntries(fields);
}

const unquoted = (text: string): string =>
  (text.startsWith('"') && text.endsWith('"')) || (text.startsWith("'") && text.endsWith("'"))
    ? text.slice(1, -1)
    : text;

const readScalar = (text: string): string | boolean =>
  text === "true" ? true : text === "false" ? false : unquoted(text);

/** globsOf splits the value of `globs` as Cursor does: at commas outside braces. */
export function globsOf(value: MdcValue | undefined): readonly string[] {
  if (typeof value !== "string")
    return typeof value === "object" ? value.map((glob) => glob.trim()).filter(Boolean) : [];
  const globs = [""];
  let depth = 0;
  for (const char of value) {
    if (char === "," && depth === 0) globs.push("");
    else globs.push(`${globs.pop() ?? ""}${char}`);
    if (char === "{") depth += 1;
    if (char === "}" && depth > 0) depth -= 1;
  }
  return globs.map((glob) => glob.trim()).filter(Boolean);
}

/** applicationOf says when Cursor applies a rule, by its fields. */
export function applicationOf({ fields }: Mdc): "always" | "glob" | "auto" | "manual" {
  if (fields.alwaysApply === true) return "always";
  if (globsOf(fields.globs).length > 0) return "glob";
  return typeof fields.description === "string" && fields.description.trim() !== "" ? "auto" : "manual";
}

/**
 * mdcValue writes a value so that Cursor reads it back, and a YAML parser too wherever both can. `undefined` where Cursor's parser has no
 * way to read it: a line break or three dashes, which would end the field or the header.
 */
export function mdcValue(value: string): string | undefined {
  if (/\n/.test(value) || value.includes(fence)) return undefined;
  const forms = [
    ...(/["\\\p{Cc}\u2028\u2029]/u.test(value) ? [] : [`"${value}"`]),
    ...(/['\p{Cc}\u2028\u2029]/u.test(value) ? [] : [`'${value}'`]),
    ...(/^[\p{L}\p{N}](?:(?!: | #)[^\p{Cc}\u2028\u2029])*$/u.test(value) && !value.endsWith(":") ? [value] : []),
    `"${value}"`,
  ];
  return forms.find((form) => readScalar(form.trim()) === value);
}

/** writeMdc writes a rule file. Every value is one that {@link mdcValue} made, or a flag. */
export function writeMdc(fields: Readonly<Record<string, string | boolean | undefined>>, body: string): string {
  const lines = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\n`]));
  return `${fence}\n${lines.join("")}${fence}\n${body}`;
}
