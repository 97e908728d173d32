import { printable } from "@stax/errors";
import {
  type Edit,
  findNodeAtLocation,
  modify,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import type { ConfigFile } from "./config-file.ts";
import type { Json, JsonObject } from "./contract.ts";
import type { Key } from "./keys.ts";

/** JsonFile is a person's JSON file (comments and trailing commas allowed), parsed for edits that leave the rest as it is. */
export interface JsonFile {
  readonly text: string;
  readonly root: Node;
}

const options = { allowTrailingComma: true, allowEmptyContent: false, disallowComments: false };

/** parseJsonFile reads a file that keys are to be merged into. The result is a reason where it cannot be edited safely. */
export function parseJsonFile(bytes: Uint8Array): JsonFile | string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return "is no valid UTF-8";
  }
  const bom = text.startsWith("\ufeff") ? 1 : 0;
  if (text.slice(bom).trim() === "") return "is empty";
  const errors: ParseError[] = [];
  // The parser takes a BOM for a syntax error; blanking it keeps every offset.
  const root = parseTree(bom ? ` ${text.slice(1)}` : text, errors, options);
  const [error] = errors;
  if (error !== undefined)
    return `is no valid JSON: ${printParseErrorCode(error.error)} at ${positionOf(text, error.offset)}`;
  if (root?.type !== "object") return "holds no JSON object";
  const duplicate = duplicateKey(root);
  if (duplicate !== undefined) return `has the key "${printable(duplicate)}" twice in one object`;
  return { text, root };
}

function positionOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

// Editors of JSON change the first of two equal keys, readers take the last: such a file cannot be edited safely.
function duplicateKey(node: Node): string | undefined {
  const seen = new Set<unknown>();
  for (const child of node.children ?? []) {
    if (node.type === "object") {
      const key: unknown = child.children?.[0]?.value;
      if (seen.has(key)) return String(key);
      seen.add(key);
    }
    const inner = duplicateKey(child);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** valueAt is the value at a place in a file; `undefined` where there is none. */
export function valueAt({ root }: JsonFile, at: readonly string[]): Json | undefined {
  const node = nodeAt(root, at);
  return node === undefined ? undefined : toJson(node);
}

// Steps through objects only: findNodeAtLocation would take "0" for the first member of a list.
function nodeAt(root: Node, at: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const key of at) {
    if (node?.type !== "object") return undefined;
    node = findNodeAtLocation(node, [key]);
  }
  return node;
}

function toJson(node: Node): Json {
  if (node.type === "array") return (node.children ?? []).map(toJson);
  if (node.type !== "object") return node.value as Json; // a scalar of the JSON grammar
  return Object.fromEntries(
    (node.children ?? []).flatMap((property) => {
      const [key, value] = property.children ?? [];
      return key === undefined || value === undefined ? [] : [[String(key.value), toJson(value)]];
    }),
  );
}

/** setKey sets a key, or adds a member to a list. The rest of the text stays byte for byte. */
export function setKey(file: JsonFile, { at, value, member }: Key): string {
  if (!member) return edit(file, at, value);
  const list = nodeAt(file.root, at);
  if (list?.type !== "array") return edit(file, at, [value]);
  return addMember(file, list, value);
}

/** removeKey removes a key or a list's member, and the objects and lists around it that become empty and were made with it. */
export function removeKey(
  file: JsonFile,
  { at, value, member }: Key,
  keepEmpty: (at: readonly string[]) => boolean,
): string {
  if (member) {
    const list = nodeAt(file.root, at);
    const index = list?.type === "array" ? (list.children ?? []).findIndex((child) => child.value === value) : -1;
    if (list === undefined || index < 0) return file.text;
    return (list.children ?? []).length > 1 || keepEmpty(at)
      ? removeNode(file, list, index)
      : removeKey(file, { at, value: [], member: false }, keepEmpty);
  }
  const parentAt = at.slice(0, -1);
  const parent = nodeAt(file.root, parentAt);
  const index = (parent?.children ?? []).findIndex((property) => property.children?.[0]?.value === at.at(-1));
  if (parent?.type !== "object" || index < 0) return file.text;
  return (parent.children ?? []).length > 1 || parentAt.length === 0 || keepEmpty(parentAt)
    ? removeNode(file, parent, index)
    : removeKey(file, { at: parentAt, value: {}, member: false }, keepEmpty);
}

function edit(file: JsonFile, at: readonly string[], value: Json): string {
  const present = nodeAt(file.root, at);
  if (present !== undefined) {
    const depth = lineIndent(file.text, present.offset);
    return splice(file.text, present.offset, present.length, layout(value, file, depth));
  }
  // The nearest object that exists takes the rest of the path as one new member.
  let length = at.length - 1;
  while (length > 0 && nodeAt(file.root, at.slice(0, length)) === undefined) length--;
  const parent = nodeAt(file.root, at.slice(0, length));
  if (parent?.type !== "object") return applyEdits(file.text, modify(file.text, [...at], value, {}));
  const inner = at.slice(length + 1).reduceRight<Json>((nested, key) => ({ [key]: nested }), value);
  return addProperty(file, parent, at[length] ?? "", inner);
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.offset - a.offset)
    .reduce((out, { offset, length, content }) => splice(out, offset, length, content), text);
}

const splice = (text: string, offset: number, length: number, content: string): string =>
  text.slice(0, offset) + content + text.slice(offset + length);

const addProperty = (file: JsonFile, parent: Node, key: string, value: Json): string =>
  insert(file, parent, (indent) => `${JSON.stringify(key)}: ${layout(value, file, indent)}`);

const addMember = (file: JsonFile, list: Node, value: Json): string =>
  insert(file, list, (indent) => layout(value, file, indent));

// The inserted text is laid out as its neighbours are: on their line, or on lines of its own with their indentation.
function insert(file: JsonFile, parent: Node, write: (indent: string) => string): string {
  const { text } = file;
  const last = parent.children?.at(-1);
  const eol = eolOf(text);
  const outer = lineIndent(text, parent.offset);
  if (last === undefined) {
    const indent = outer + unitOf(file);
    const gap = text.slice(parent.offset + 1, parent.offset + parent.length - 1);
    // What stood between the braces of an empty object (a comment, a line break) stays before what is inserted.
    const keep = gap.trim() === "" ? "" : gap.trimEnd();
    return splice(text, parent.offset + 1, gap.length, `${keep}${eol}${indent}${write(indent)}${eol}${outer}`);
  }
  const end = last.offset + last.length;
  const oneLine = !text.slice(parent.offset, end).includes("\n");
  const indent = oneLine ? outer : lineIndent(text, last.offset);
  const separator = oneLine ? " " : `${eol}${indent}`;
  const comma = trailingComma(text, end);
  if (comma === undefined) return splice(text, end, 0, `,${separator}${write(indent)}`);
  return splice(text, comma + 1, 0, `${separator}${write(indent)},`);
}

// The offset of a comma after the last member, past white space and comments.
function trailingComma(text: string, end: number): number | undefined {
  const match = /^(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/.exec(text.slice(end));
  const at = end + (match?.[0].length ?? 0);
  return text[at] === "," ? at : undefined;
}

// Removes a child with the separator that came with it, so that what insert added goes away entirely.
function removeNode({ text }: JsonFile, parent: Node, index: number): string {
  const children = parent.children ?? [];
  const child = children[index];
  const before = children[index - 1];
  const after = children[index + 1];
  if (child === undefined) return text;
  const end = child.offset + child.length;
  const comma = trailingComma(text, end);
  if (before === undefined && after === undefined) {
    const inner = parent.offset + 1;
    const close = parent.offset + parent.length - 1;
    const rest =
      text.slice(inner, child.offset).trim() + text.slice(comma === undefined ? end : comma + 1, close).trim();
    return rest === ""
      ? splice(text, inner, close - inner, "")
      : splice(text, child.offset, (comma === undefined ? end : comma + 1) - child.offset, "");
  }
  if (before !== undefined && (after === undefined || comma === undefined)) {
    const from = before.offset + before.length;
    const first = trailingComma(text, from);
    // With a trailing comma after the last member, its own goes and the one before stays as the trailing one.
    if (comma !== undefined && first !== undefined) return splice(text, first + 1, comma - first, "");
    return splice(text, from, end - from, "");
  }
  const next = after === undefined ? end : after.offset;
  return splice(text, child.offset, next - child.offset, "");
}

function layout(value: Json, file: JsonFile, indent: string): string {
  const text = JSON.stringify(value, undefined, unitOf(file));
  return text.replaceAll("\n", `${eolOf(file.text)}${indent}`);
}

const eolOf = (text: string): string => (/\r\n/.test(text) ? "\r\n" : "\n");

function lineIndent(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? "";
}

// The indentation of the first member that stands on a line of its own, else two spaces.
function unitOf({ text }: JsonFile): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}

/** newJsonFile is the text of a file that holds nothing but our keys. */
export const newJsonFile = (value: JsonObject): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** openJsonFile reads a person's JSON file for edits. The result is a reason where it cannot be edited safely. */
export function openJsonFile(bytes: Uint8Array): ConfigFile | string {
  const file = parseJsonFile(bytes);
  if (typeof file === "string") return file;
  return {
    text: file.text,
    isEmpty: (file.root.children ?? []).length === 0,
    valueAt: (at) => valueAt(file, at),
    set: (key) => setKey(file, key),
    remove: (key, keepEmpty) => removeKey(file, key, keepEmpty),
  };
}
