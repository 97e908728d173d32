import { readEntry } from "@stax/schema";
import type { Adapter } from "../adapter-contract.ts";
import type { ConfigOutput, Feature, Found, JsonObject, Scope } from "../contract.ts";
import { askParts } from "./ask-parts.ts";
import { type AnyPart, byScope, claimsOf, classOf, type Files } from "./claims.ts";
import { parseConfig } from "./parse-config.ts";
import type { Recovery } from "./recovery.ts";
import { isTooLarge, readLimit, tooLarge } from "./text-of.ts";

/** readConfigs asks the parts of configuration files, and reports each key that none of them takes. */
export async function readConfigs(adapter: Adapter, files: Files, scope: Scope, recovery: Recovery): Promise<void> {
  const outputs = adapter.outputs.filter((output) => output.kind === "config");
  const paths = new Map<string, ConfigOutput<Feature, never>[]>();
  for (const output of outputs)
    for (const path of claimsOf(adapter, output, scope)) paths.set(path, [...(paths.get(path) ?? []), output]);
  const together = (adapter.import?.configs ?? []).flatMap((path) => byScope(path, scope));
  for (const [path, claiming] of paths) {
    const format = claiming[0]?.format ?? "json";
    const found = await configsAt(together.includes(path) ? together : [path], format, files, recovery);
    if (found.length === 0) continue;
    const parts = claiming.flatMap((output) => output.parts as readonly AnyPart<JsonObject>[]);
    const rest = await askParts(parts, found, recovery);
    for (const config of found) {
      if (classOf(adapter, config.path, scope) === "state") recovery.carried(config.path);
      else reportKeys(config, rest, recovery);
    }
  }
}

async function configsAt(
  paths: readonly string[],
  format: ConfigOutput<Feature, never>["format"],
  files: Files,
  { context }: Recovery,
): Promise<readonly Found<JsonObject>[]> {
  const found: Found<JsonObject>[] = [];
  for (const path of paths) {
    const file = files.get(path);
    if (file === undefined) continue;
    const value = isTooLarge(file)
      ? tooLarge
      : parseConfig(await readEntry(file, readLimit), format, (key, reason) => context.left(path, key, reason));
    if (typeof value === "string") context.left(path, undefined, value);
    else found.push({ path, out: value });
  }
  return found;
}

function reportKeys({ path, out }: Found<JsonObject>, rest: readonly Found<JsonObject>[], recovery: Recovery): void {
  const named = (value: JsonObject) => Object.keys(value).filter((key) => !key.startsWith("$"));
  const keys = rest.filter((left) => left.path === path).flatMap((left) => named(left.out));
  for (const key of keys) recovery.context.left(path, key, "stax has no place for it");
  if (keys.length === named(out).length && keys.length > 0) recovery.nothing(path);
  else recovery.carried(path);
}
