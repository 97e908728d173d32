import type { Json, JsonObject } from "./contract.ts";

/** mergeJson merges objects, unites lists of plain values and wants anything else equal. The result is the place of a contradiction, as text, where there is one. */
export function mergeJson(
  base: JsonObject,
  added: JsonObject,
  at: readonly string[],
): { readonly value: JsonObject } | string {
  const entries = new Map(Object.entries(base));
  for (const [key, next] of Object.entries(added)) {
    const present = Object.hasOwn(base, key) ? base[key] : undefined;
    if (present === undefined) entries.set(key, next);
    else if (isObject(present) && isObject(next)) {
      const merged = mergeJson(present, next, [...at, key]);
      if (typeof merged === "string") return merged;
      entries.set(key, merged.value);
    } else if (isPlainList(present) && isPlainList(next)) entries.set(key, [...new Set([...present, ...next])]);
    else if (JSON.stringify(present) !== JSON.stringify(next)) return [...at, key].join(".");
  }
  return { value: Object.fromEntries(entries) };
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isPlainList = (value: Json): value is readonly (string | number | boolean | null)[] =>
  Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);
