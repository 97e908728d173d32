import { createHash } from "node:crypto";
import type { Digest } from "@stax/schema";
import type { Json, JsonObject } from "./contract.ts";

/**
 * Key is one value that we own in a configuration file: of an object's member, or one member of a list (other members of which may be
 * a person's). A list member is found by its value.
 */
export interface Key {
  readonly at: readonly string[];
  readonly value: Json;
  /** The value is a member of the list at `at`. */
  readonly member: boolean;
  /** The order of the value's members means something. */
  readonly ordered?: true;
}

/** How deep below the top a server, an environment or a permission list stands as a value of its own. */
const depth = 2;

/**
 * keysOf takes a fragment apart into the keys we own: two levels deep, and each plain member of a list by itself. Those in `ordered` (`a`, or
 * `a.*` for each key of `a`) stay whole.
 */
export function keysOf(
  value: JsonObject,
  ordered: ReadonlySet<string> = new Set(),
  at: readonly string[] = [],
): readonly Key[] {
  return Object.entries(value).flatMap(([name, item]): readonly Key[] => {
    const here = [...at, name];
    if (ordered.has(here.join(".")) || (at.length > 0 && ordered.has(`${at.join(".")}.*`)))
      return [{ at: here, value: item, member: false, ordered: true }];
    if (Array.isArray(item) && item.length > 0 && item.every((member) => typeof member === "string"))
      return item.map((member) => ({ at: here, value: member, member: true }));
    if (isObject(item) && here.length < depth && Object.keys(item).length > 0) return keysOf(item, ordered, here);
    return [{ at: here, value: item, member: false }];
  });
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * formatPointer writes a key's place as a JSON Pointer. A member of a list is `~2` and its JSON after the pointer of the list
 * (`/permissions/allow/~2"Read"`): in a pointer "~" is always followed by 0 or 1, so this is no other key.
 */
export function formatPointer({ at, value, member }: Pick<Key, "at" | "value" | "member">): string {
  const tokens = at.map(escapeToken);
  if (member) tokens.push(`~2${escapeToken(JSON.stringify(value))}`);
  return tokens.map((token) => `/${token}`).join("");
}

/** parsePointer reads what {@link formatPointer} wrote; `value` is the list member's, or undefined. */
export function parsePointer(pointer: string): { readonly at: readonly string[]; readonly member: Json | undefined } {
  const tokens = pointer.split("/").slice(1);
  const last = tokens.at(-1);
  if (last?.startsWith("~2"))
    return { at: tokens.slice(0, -1).map(unescapeToken), member: JSON.parse(unescapeToken(last.slice(2))) as Json }; // JSON.parse gives JSON
  return { at: tokens.map(unescapeToken), member: undefined };
}

const escapeToken = (token: string): string => token.replaceAll("~", "~0").replaceAll("/", "~1");
const unescapeToken = (token: string): string => token.replaceAll("~1", "/").replaceAll("~0", "~");

/**
 * digestOfJson is the digest of a value's compact JSON with sorted keys: equal values have equal digests, however they are laid out.
 * Where order means something, keys are taken as they come.
 */
export function digestOfJson(value: Json, ordered = false): Digest {
  return `sha256:${createHash("sha256")
    .update(JSON.stringify(ordered ? value : sorted(value)))
    .digest("hex")}`;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] ?? null)]),
  );
}
