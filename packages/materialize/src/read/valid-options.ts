import { type Diagnostic, hasErrors } from "@stax/errors";
import type { Adapter } from "../adapter-contract.ts";
import type { Json, JsonObject } from "../contract.ts";
import { parseOptions } from "../define-adapter.ts";
import { modelParamFindings } from "../model-params.ts";
import { isObject } from "./parse-config.ts";

const mostRounds = 100;

/** validOptions keeps of options what an adapter takes; each that it refuses is reported by its field. */
export function validOptions(
  adapter: Adapter,
  options: JsonObject,
  refused: (field: string, message: string) => void,
): JsonObject {
  let kept: JsonObject = options;
  for (let round = 0; round < mostRounds; round++) {
    const errors = problemsOf(adapter, kept);
    if (errors.length === 0) return kept;
    // Places are named before anything goes: a list's later members would move.
    for (const { field = "", message } of [...errors].reverse()) {
      refused(field, message);
      kept = without(kept, pathOf(field));
    }
  }
  return {};
}

function problemsOf(adapter: Adapter, value: JsonObject): readonly Diagnostic[] {
  const { options, diagnostics } = parseOptions(adapter, value, "error");
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (hasErrors(errors)) return errors;
  return modelParamFindings(adapter, options?.modelParams ?? {}).filter(({ severity }) => severity === "error");
}

/** The way back of formatField of @stax/schema: `a.b[0]["c d"]`. */
function pathOf(field: string): readonly string[] {
  return [...field.matchAll(/\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]|([\w$-]+)/g)].map(([, quoted, index, name]) =>
    quoted === undefined ? (index ?? name ?? "") : String(JSON.parse(quoted)),
  );
}

/** The value without what is at a path, or without what would hold it where it is not there. */
function without(value: JsonObject, [key, ...rest]: readonly string[]): JsonObject {
  if (key === undefined) return {};
  const inner = Object.hasOwn(value, key) ? value[key] : undefined;
  const { [key]: _, ...others } = value;
  if (rest.length === 0 || inner === undefined) return others;
  const left = withoutIn(inner, rest);
  return left === undefined ? others : Object.fromEntries(Object.entries({ ...value, [key]: left }));
}

function withoutIn(value: Json, [key, ...rest]: readonly string[]): Json | undefined {
  if (key === undefined) return undefined;
  if (Array.isArray(value)) {
    const items: readonly Json[] = value;
    const at = Number(key);
    const inner = items[at];
    if (inner === undefined) return undefined;
    const left = withoutIn(inner, rest);
    return left === undefined ? items.toSpliced(at, 1) : items.with(at, left);
  }
  if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
  const left = without(value, [key, ...rest]);
  return Object.keys(left).length === 0 ? undefined : left;
}
