import { type Found, isObject, type Json, type JsonObject, type ReadContext } from "@stax/materialize";

// Maps whose entries each have a place of their own.
const maps = new Set(["mcp", "agent", "mode", "command"]);
// opencode puts these lists together; of any other value the stronger file's counts.
const joined = new Set(["instructions", "plugin"]);

/** asOne reads several configuration files as opencode does: merged, the later ones winning. Each key is found in the last file that has it. */
export function asOne(found: readonly Found<JsonObject>[], context: ReadContext): readonly Found<JsonObject>[] {
  const strongest = found.at(-1);
  if (strongest === undefined || found.length === 1) return found;
  for (const { path } of found.slice(0, -1))
    context.changed(path, undefined, `is read as one with ${strongest.path}, which wins where both say something`);
  const merged = found.reduce<JsonObject>((base, { out }) => merge(base, out), {});
  return found.map(({ path, out }, index) => {
    const later = found.slice(index + 1);
    const own = Object.entries(merged).flatMap(([key, value]): readonly (readonly [string, Json])[] => {
      if (!maps.has(key) || !isObject(value))
        return Object.hasOwn(out, key) && !later.some((other) => Object.hasOwn(other.out, key)) ? [[key, value]] : [];
      const entries = Object.entries(value).filter(
        ([name]) => has(out, key, name) && !later.some((other) => has(other.out, key, name)),
      );
      return entries.length === 0 ? [] : [[key, Object.fromEntries(entries)]];
    });
    return { path, out: Object.fromEntries(own) };
  });
}

const has = (out: JsonObject, key: string, name: string): boolean => {
  const map = out[key];
  return isObject(map) && Object.hasOwn(map, name);
};

function merge(base: JsonObject, override: JsonObject, top = true): JsonObject {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(override)) {
    const known = merged.get(key);
    if (isObject(known) && isObject(value)) merged.set(key, merge(known, value, false));
    else if (top && joined.has(key) && Array.isArray(known) && Array.isArray(value))
      merged.set(key, [...new Set<Json>([...(known as Json[]), ...(value as Json[])])]); // lists of JSON
    else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}
