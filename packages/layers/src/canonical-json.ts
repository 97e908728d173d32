import { printable } from "@stax/errors";
import { compareBytes, type Field, formatField } from "@stax/schema";
import { LayersError } from "./error.ts";

/** Deepest nesting of a JSON document that is written or read. */
export const maxJsonDepth = 100;

/**
 * canonicalJson writes a value as canonical JSON: UTF-8, no whitespace, keys in the order of their UTF-8 bytes, numbers and strings as
 * in RFC 8785. Members that are undefined are left out. Throws JSON_UNREPRESENTABLE, naming the place, for anything else that JSON
 * cannot carry exactly.
 */
export function canonicalJson(value: unknown): Uint8Array {
  return Buffer.from(write(value, [], []), "utf8");
}

function write(value: unknown, at: Field, parents: readonly object[]): string {
  switch (typeof value) {
    case "string":
      return writeString(value, at);
    case "number":
      if (!Number.isFinite(value)) throw unrepresentable(String(value), at);
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : writeObject(value, at, parents);
    default:
      throw unrepresentable(typeof value === "undefined" ? "undefined" : `a ${typeof value}`, at);
  }
}

function writeObject(value: object, at: Field, parents: readonly object[]): string {
  if (parents.includes(value)) throw unrepresentable("a cycle", at);
  if (parents.length >= maxJsonDepth) throw unrepresentable(`nesting deeper than ${maxJsonDepth}`, at);
  const inside = [...parents, value];
  if (Array.isArray(value)) return `[${Array.from(value, (item, i) => write(item, [...at, i], inside)).join(",")}]`;
  if (!isPlain(value)) throw unrepresentable(`an instance of ${nameOf(value)}`, at);
  if (Object.getOwnPropertySymbols(value).length > 0) throw unrepresentable("a symbol as a key", at);
  const members: string[] = [];
  for (const key of Object.keys(value).sort(compareBytes)) {
    const member = (value as Record<string, unknown>)[key]; // isPlain: an object with string keys
    if (member === undefined) continue;
    members.push(`${writeString(key, at)}:${write(member, [...at, key], inside)}`);
  }
  return `{${members.join(",")}}`;
}

const loneSurrogate = /[\ud800-\udfff]/u;

// JSON.stringify escapes what RFC 8785 does, in the same form, once lone surrogates are excluded.
function writeString(text: string, at: Field): string {
  if (loneSurrogate.test(text)) throw unrepresentable("a lone surrogate", at);
  return JSON.stringify(text);
}

// By the prototype's own prototype, so that plain objects of another realm count as plain.
function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nameOf(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "a class";
}

function unrepresentable(what: string, at: Field): LayersError {
  const where = at.length === 0 ? "the document" : printable(formatField(at));
  return new LayersError("JSON_UNREPRESENTABLE", `${where} holds ${what}, which JSON cannot carry`, {
    hint: "use strings, finite numbers, booleans, null, arrays and plain objects",
    details: { field: formatField(at) },
  });
}
