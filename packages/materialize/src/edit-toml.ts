import { printable } from "@stax/errors";
import { type FileEntry, fileEntry } from "@stax/schema";
import { parse, stringify, TomlDate, TomlError } from "smol-toml";
import type { ConfigFile } from "./config-file.ts";
import type { Json, JsonObject } from "./contract.ts";
import { digestOfJson, type Key } from "./keys.ts";
import { type Expression, membersOf, scanToml } from "./scan-toml.ts";

/** openTomlFile reads a person's TOML file for edits. The result is a reason where it cannot be edited safely. */
export function openTomlFile(bytes: Uint8Array): ConfigFile | string {
  try {
    return new TomlFile(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    if (!(error instanceof TomlError)) return "is no valid UTF-8";
    const [reason = ""] = error.message.replace("Invalid TOML document: ", "").split("\n");
    return `is no valid TOML: ${printable(reason)} at line ${error.line}, column ${error.column}`;
  }
}

/** newTomlFile is the text of a file that holds nothing but our keys: plain keys first, then tables. */
export const newTomlFile = (value: JsonObject): string => stringify(value);

/** tomlFile writes a TOML file that is wholly ours. */
export const tomlFile = (path: string, value: JsonObject): FileEntry => fileEntry(path, newTomlFile(value));

// TomlFile edits lines: tables of ours go to the end of the file, keys behind their neighbours. Every edit is read back before it counts.
class TomlFile implements ConfigFile {
  readonly text: string;
  readonly #value: Json;
  #scanned: readonly Expression[] | undefined;

  constructor(text: string) {
    this.text = text;
    this.#value = toJson(parse(text, { integersAsBigInt: "asNeeded", useLegacyDate: true }));
  }

  // Only edits need them: what is read back needs its value.
  get #expressions(): readonly Expression[] {
    this.#scanned ??= scanToml(this.text);
    return this.#scanned;
  }

  get isEmpty(): boolean {
    return this.text.replace("\ufeff", "").trim() === "";
  }

  valueAt(at: readonly string[]): Json | undefined {
    return within(this.#value, at);
  }

  set(key: Key): string | undefined {
    if (this.#says(key)) return this.text;
    const text = this.#write(key);
    return text !== undefined && this.#saysOnly(text, key) ? text : undefined;
  }

  remove({ at, value, member }: Key, keepEmpty: (at: readonly string[]) => boolean): string {
    const list = member ? this.#pair(at) : undefined;
    if (member && list === undefined) return this.text;
    const whole = list === undefined || (membersOf(this.text, list.value).members.length === 1 && !keepEmpty(at));
    const text = whole ? this.#without(at) : this.#withoutMember(list, value);
    const parent = at.slice(0, -1);
    if (!whole || parent.length === 0 || keepEmpty(parent)) return text;
    const rest = new TomlFile(text);
    return Object.keys(rest.valueAt(parent) ?? {}).length === 0 ? rest.#without(parent) : text;
  }

  #write(key: Key): string | undefined {
    const { at, value, member } = key;
    const pair = this.#pair(at);
    if (member && pair !== undefined) return this.#withMember(pair, value);
    const wanted = member ? [value] : value;
    if (pair !== undefined && !isTables(wanted)) return splice(this.text, pair.value, literal(wanted));
    return this.valueAt(at) === undefined ? this.#added(at, wanted) : this.#replaced(at, wanted);
  }

  // What is written in other lines than before takes the place of the first of them, or comes anew; a person's comments stay.
  #replaced(at: readonly string[], value: Json): string | undefined {
    const { text } = this;
    const first = this.#expressions.find(({ path }) => isBelow(path, at));
    if (first !== undefined && first.kind !== "pair" && isTables(value)) {
      const block = stringify(nested(at, value)).replaceAll("\n", eolOf(text));
      const rest = this.#without(at, first);
      const end = Math.min(first.end, rest.length);
      return splice(rest, [first.start, end], end === rest.length && !text.endsWith("\n") ? block.trimEnd() : block);
    }
    const rest = new TomlFile(this.#without(at));
    return rest.valueAt(at) === undefined ? rest.#added(at, value) : undefined;
  }

  #added(at: readonly string[], value: Json): string | undefined {
    if (isTables(value)) return this.#appended(nested(at, value));
    const table = at.slice(0, -1);
    if (table.length === 0) return this.#behind(this.#last([]), pairLine(at, value));
    if (this.#expressions.some(({ kind, path }) => kind === "table" && same(path, table)))
      return this.#behind(this.#last(table), pairLine(at.slice(-1), value));
    if (this.valueAt(table) === undefined) return this.#appended(nested(at, value));
    // The table exists through others alone. A header of its own could not be told from a person's when it is to go again.
    return this.#behind(this.#last([]), dottedLine(at, value));
  }

  // The last line of a section, or its header; of the keys before all headers for [].
  #last(section: readonly string[]): Expression | undefined {
    const from = this.#expressions.findIndex(({ kind, path }) => kind === "table" && same(path, section));
    const rest = this.#expressions.slice(from + 1);
    const length = rest.findIndex(({ kind }) => kind !== "pair");
    return (length < 0 ? rest : rest.slice(0, length)).at(-1) ?? this.#expressions[from];
  }

  #behind(neighbour: Expression | undefined, line: string): string {
    const { text } = this;
    const eol = eolOf(text);
    if (neighbour !== undefined) {
      const indent = neighbour.kind === "pair" ? (/^[ \t]*/.exec(text.slice(neighbour.start))?.[0] ?? "") : "";
      return insertLines(text, neighbour.end, `${indent}${line}${eol}`, eol);
    }
    // The first key of a file stands at its top, with a blank line behind it.
    const top = text.startsWith("\ufeff") ? 1 : 0;
    return splice(text, [top, top], line + eol + (text.length > top ? eol : ""));
  }

  #appended(value: JsonObject): string {
    const { text } = this;
    const eol = eolOf(text);
    const block = stringify(value).replaceAll("\n", eol);
    const gap = text.replace("\ufeff", "") === "" ? "" : eol;
    return insertLines(text, text.length, gap + block, eol);
  }

  #withMember({ value: [from, to] }: Expression, member: Json): string {
    const { text } = this;
    const { members, comma } = membersOf(text, [from, to]);
    const last = members.at(-1);
    if (last === undefined) return splice(text, [from + 1, from + 1], literal(member));
    const ownLine = /\n([ \t]*)$/.exec(text.slice(from, last[0]))?.[1];
    const gap = ownLine === undefined ? " " : `${eolOf(text)}${ownLine}`;
    return comma === undefined
      ? splice(text, [last[1], last[1]], `,${gap}${literal(member)}`)
      : splice(text, [comma + 1, comma + 1], `${gap}${literal(member)},`);
  }

  #withoutMember({ path, value: range }: Expression, member: Json): string {
    const present = this.valueAt(path);
    const index = Array.isArray(present) ? present.indexOf(member) : -1;
    const { members, comma } = membersOf(this.text, range);
    const [own, before, after] = [members[index], members[index - 1], members[index + 1]];
    if (own === undefined) return this.text;
    if (after !== undefined) return splice(this.text, [own[0], after[0]], "");
    if (before === undefined) return splice(this.text, [own[0], comma === undefined ? own[1] : comma + 1], "");
    if (comma === undefined) return splice(this.text, [before[1], own[1]], "");
    return splice(this.text, [this.text.indexOf(",", before[1]) + 1, comma + 1], "");
  }

  // Takes out the lines of a key and of all below it. Comments between them are a person's and stay.
  #without(at: readonly string[], but?: Expression): string {
    const gone = this.#expressions.filter((expression) => expression !== but && isBelow(expression.path, at));
    const last = this.#last([]);
    return [...gone].reverse().reduce((text, { kind, start, end }) => {
      const top = start === (text.startsWith("\ufeff") ? 1 : 0);
      if (kind !== "pair" && !top) return cutLines(text, blankBefore(text, start), end);
      return cutLines(text, start, kind === "pair" && top && end === last?.end ? blankAfter(text, end) : end);
    }, this.text);
  }

  #pair(at: readonly string[]): Expression | undefined {
    return this.#expressions.find(({ kind, path }) => kind === "pair" && same(path, at));
  }

  #says({ at, value, member }: Key): boolean {
    const now = this.valueAt(at);
    if (member) return Array.isArray(now) && now.includes(value);
    return now !== undefined && digestOfJson(now) === digestOfJson(value);
  }

  // The parser's word on an edit: the key is as wanted, and everything else as it was.
  #saysOnly(text: string, key: Key): boolean {
    const after = openTomlFile(new TextEncoder().encode(text));
    if (!(after instanceof TomlFile) || !after.#says(key)) return false;
    return digestOfJson(without(this.#value, key.at)) === digestOfJson(without(after.#value, key.at));
  }
}

const isTable = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

// Tables and lists of tables have headers of their own.
const isTables = (value: Json): boolean =>
  isTable(value) || (Array.isArray(value) && value.length > 0 && value.every((item: Json) => isTable(item)));

const nested = (at: readonly string[], value: Json): JsonObject =>
  at.reduceRight<Json>((inner, key) => ({ [key]: inner }), value) as JsonObject; // at least one key

const pairLine = (path: readonly string[], value: Json): string => stringify(nested(path, value)).trimEnd();

// A dotted key, out of keys and a value that the library wrote.
const dottedLine = (at: readonly string[], value: Json): string =>
  `${at.map((key) => pairLine([key], 0).replace(/ = 0$/, "")).join(".")} = ${literal(value)}`;

const literal = (value: Json): string => pairLine(["x"], value).slice("x = ".length);

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((key, index) => key === b[index]);

const isBelow = (path: readonly string[], at: readonly string[]): boolean => same(path.slice(0, at.length), at);

function within(value: Json, at: readonly string[]): Json | undefined {
  let node: Json | undefined = value;
  for (const key of at) node = isTable(node) && Object.hasOwn(node, key) ? node[key] : undefined;
  return node;
}

// A value without what stands at a place, and without tables that are empty then: whether they have a header of their own says nothing.
function without(value: Json, at: readonly string[]): Json {
  const [key, ...rest] = at;
  if (!isTable(value) || key === undefined || !Object.hasOwn(value, key)) return value;
  const inner = rest.length === 0 ? undefined : without(value[key] ?? null, rest);
  const others = Object.entries(value).filter(([name]) => name !== key);
  const empty = inner === undefined || (isTable(inner) && Object.keys(inner).length === 0);
  return Object.fromEntries(empty ? others : [...others, [key, inner]]);
}

// Dates and numbers that JSON has no form for become text: they are compared, never written back.
function toJson(value: unknown): Json {
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof TomlDate) return `date ${value.toISOString()}`;
  if (typeof value === "bigint") return `integer ${value}`;
  if (typeof value === "number" && !Number.isFinite(value)) return `float ${value}`;
  if (typeof value !== "object" || value === null) return value as Json; // a scalar of the TOML grammar
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
}

const splice = (text: string, [from, to]: readonly [number, number], content: string): string =>
  text.slice(0, from) + content + text.slice(to);

const eolOf = (text: string): string => (text.includes("\r\n") ? "\r\n" : "\n");

// A file that ends without a line break still does afterwards: that is how the old bytes come back.
function insertLines(text: string, at: number, lines: string, eol: string): string {
  const open = at === text.length && text.replace("\ufeff", "") !== "" && !text.endsWith("\n");
  return open ? text + eol + lines.slice(0, -eol.length) : splice(text, [at, at], lines);
}

function cutLines(text: string, from: number, end: number): string {
  const to = Math.min(end, text.length);
  const last = to === text.length && !text.endsWith("\n");
  return splice(text, [last ? text.slice(0, from).replace(/\r?\n$/, "").length : from, to], "");
}

const blankBefore = (text: string, at: number): number => /(?<=^|\n)\r?\n$/.exec(text.slice(0, at))?.index ?? at;
const blankAfter = (text: string, at: number): number => at + (/^\r?\n/.exec(text.slice(at))?.[0].length ?? 0);
