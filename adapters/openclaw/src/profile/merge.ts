import type { Json, JsonObject } from "@stax/materialize";
import { compareBytes } from "@stax/schema";

/** isObject tells a JSON object from everything else. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** merge joins configurations, objects key by key; of everything else the later one wins. */
export const merge = (layers: readonly JsonObject[]): JsonObject => layers.reduce(mergeTwo, {});

function mergeTwo(base: JsonObject, over: JsonObject): JsonObject {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    merged.set(key, isObject(below) && isObject(value) ? mergeTwo(below, value) : value);
  }
  return Object.fromEntries(merged);
}

/** MergeLayers are the configurations that come together when OpenClaw starts. */
export interface MergeLayers {
  /** What the runtime starts from. */
  readonly base?: JsonObject;
  readonly profile?: JsonObject;
  /** What the user set on this machine. */
  readonly local?: JsonObject;
  /** For one run. */
  readonly ephemeral?: JsonObject;
}

/** mergeProfile merges in the order that the format fixes: base, then profile, then local, then ephemeral. */
export const mergeProfile = ({ base = {}, profile = {}, local = {}, ephemeral = {} }: MergeLayers): JsonObject =>
  sortKeys(merge([base, profile, local, ephemeral])) as JsonObject; // an object stays one

/** sortKeys sorts the keys of all objects by their UTF-8 bytes; lists keep their order, which means something. */
export function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort(compareBytes)
      .map((key) => [key, sortKeys(value[key] ?? null)]),
  );
}
