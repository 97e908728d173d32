import { parse } from "smol-toml";

/** Expression is one header or key of a TOML file, and where its lines stand. */
export interface Expression {
  readonly kind: "table" | "list" | "pair";
  /** From the root of the file. */
  readonly path: readonly string[];
  /** Start of its first line and end of its last one, the line break included. */
  readonly start: number;
  readonly end: number;
  /** Where a pair's value stands. */
  readonly value: readonly [number, number];
}

/**
 * scanToml finds the expressions of a TOML text. The text must be valid: a parser has said so. Only lines and nesting are looked at here;
 * keys are read by the parser.
 */
export function scanToml(text: string): readonly Expression[] {
  const expressions: Expression[] = [];
  let section: readonly string[] = [];
  let start = text.startsWith("\ufeff") ? 1 : 0;
  while (start < text.length) {
    const first = skip(text, start, /[ \t]*/y);
    const char = text[first];
    if (char === undefined || char === "\n" || char === "\r" || char === "#") {
      start = endOfLine(text, first);
      continue;
    }
    const found = char === "[" ? header(text, start, first) : pair(text, start, first, section);
    if (found.kind !== "pair") section = found.path;
    expressions.push(found);
    start = found.end;
  }
  return expressions;
}

function header(text: string, start: number, first: number): Expression {
  const list = text.startsWith("[[", first);
  const from = first + (list ? 2 : 1);
  const close = until(text, from, "]");
  return {
    kind: list ? "list" : "table",
    path: pathIn(`[${text.slice(from, close)}]`),
    start,
    end: endOfLine(text, close),
    value: [close, close],
  };
}

function pair(text: string, start: number, first: number, section: readonly string[]): Expression {
  const equals = until(text, first, "=");
  const from = skip(text, equals + 1, /[ \t]*/y);
  const to = endOfValue(text, from);
  const path = [...section, ...pathIn(`${text.slice(first, equals)}= 0`)];
  return { kind: "pair", path, start, end: endOfLine(text, to), value: [from, to] };
}

// The parser reads keys, with all their ways of quoting: a header or pair of its own gives nested tables of one member each.
function pathIn(line: string): readonly string[] {
  const bare = /^\[?([\w-]+(?:\.[\w-]+)*)(?:\]|\s*= 0)$/.exec(line)?.[1];
  if (bare !== undefined) return bare.split(".");
  const path: string[] = [];
  let node: unknown = parse(line);
  while (typeof node === "object" && node !== null) {
    const [entry] = Object.entries(node);
    if (entry === undefined) break;
    path.push(entry[0]);
    node = entry[1];
  }
  return path;
}

/** membersOf finds the members of a list in a text: where each stands, and whether a comma follows the last one. */
export function membersOf(
  text: string,
  [from, to]: readonly [number, number],
): { readonly members: readonly (readonly [number, number])[]; readonly comma: number | undefined } {
  const members: (readonly [number, number])[] = [];
  let comma: number | undefined;
  let at = from + 1;
  while (at < to - 1) {
    const char = text[at] ?? "";
    if (/\s/.test(char)) at++;
    else if (char === "#") at = skip(text, at, /[^\n]*/y);
    else if (char === ",") comma = at++;
    else {
      const end = endOfMember(text, at);
      members.push([at, end]);
      comma = undefined;
      at = end;
    }
  }
  return { members, comma };
}

function endOfMember(text: string, from: number): number {
  const char = text[from];
  if (char === '"' || char === "'") return endOfString(text, from);
  if (char === "[" || char === "{") return endOfBrackets(text, from);
  return skip(text, from, /[^\s,\]}#]*/y);
}

function endOfValue(text: string, from: number): number {
  const char = text[from];
  if (char === '"' || char === "'" || char === "[" || char === "{") return endOfMember(text, from);
  const rest = skip(text, from, /[^#\r\n]*/y);
  return from + text.slice(from, rest).trimEnd().length;
}

function endOfBrackets(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (char === '"' || char === "'") at = endOfString(text, at);
    else if (char === "#") at = skip(text, at, /[^\n]*/y);
    else {
      if (char === "[" || char === "{") depth++;
      if (char === "]" || char === "}") depth--;
      at++;
      if (depth === 0) return at;
    }
  }
  return at;
}

const strings: readonly RegExp[] = [
  /"""(?:\\[\s\S]|(?!"""(?!"))[^\\])*"""/y,
  /'''(?:(?!'''(?!'))[\s\S])*'''/y,
  /"(?:\\.|[^"\\])*"/y,
  /'[^']*'/y,
];

const endOfString = (text: string, from: number): number =>
  Math.max(
    from + 1,
    ...strings
      .slice(text.startsWith('"""', from) || text.startsWith("'''", from) ? 0 : 2)
      .map((of) => skip(text, from, of)),
  );

function until(text: string, from: number, end: string): number {
  let at = from;
  while (at < text.length && text[at] !== end) at = /["']/.test(text[at] ?? "") ? endOfString(text, at) : at + 1;
  return at;
}

function skip(text: string, from: number, pattern: RegExp): number {
  pattern.lastIndex = from;
  return from + (pattern.exec(text)?.[0].length ?? 0);
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end + 1;
}
