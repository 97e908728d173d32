import { type Diagnostic, hasErrors, printable } from "@stax/errors";
import { type Composed, type Json, type JsonObject, MaterializeError, type Scope } from "@stax/materialize";
import { checkDocument, environmentNameOf, type Profile, profileDefinitionSchema } from "@stax/schema";
import { isObject, sortKeys } from "./merge.ts";
import { normalize } from "./normalize.ts";
import { portable } from "./portable.ts";
import { selectPortable } from "./select.ts";

/** ProfileOptions say where a profile is written and what it may refer to. */
export interface ProfileOptions {
  /** `user` (the default): `.openclaw/openclaw.json` below the root, which is a home directory. `project`: `openclaw.json` in the root. */
  readonly scope?: Scope;
  /** Another path below the root. */
  readonly path?: string;
  /** Write `${KEY}` of declared secrets as the references that OpenClaw resolves; without it, such strings are left out (S21-10). */
  readonly interpolate?: boolean;
}

/** RenderedProfile is a profile as OpenClaw reads it. Nothing is written yet: plan `composed` with {@link planProfile}. */
export interface RenderedProfile {
  readonly path: string;
  /** What of the profile is portable, keys sorted by bytes. */
  readonly value: JsonObject;
  /** The file as it is written where there is none. */
  readonly text: string;
  readonly composed: Composed;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * renderProfile makes keys of `openclaw.json` of a profile: the portable ones only, old forms in the current ones. Pure.
 * Throws ERR_STAX_ADAPTER_OPTIONS where the profile holds what must never be shared (decision B27).
 */
export function renderProfile(profile: Profile, options: ProfileOptions = {}): RenderedProfile {
  const diagnostics: Diagnostic[] = [];
  const report = (finding: Diagnostic): void => {
    diagnostics.push(finding);
  };
  const checked = checkDocument(profileDefinitionSchema, profile, { unknown: "keep", report });
  if (checked === undefined || hasErrors(diagnostics))
    throw new MaterializeError("ADAPTER_OPTIONS", `the profile "${printable(String(profile.name))}" is not valid`, {
      diagnostics,
      hint: "take out what is secret; secrets are declared, and their values stay in the environment",
    });
  const declared = options.interpolate ? (checked.secrets ?? []) : [];
  const variables = new Map(declared.map((secret) => [secret.key, environmentNameOf(secret)]));
  const config = normalize(checked.openclaw as JsonObject, report); // out of JSON, or checked when it was built
  const value = sortKeys(selectPortable(config, portable, { variables, report })) as JsonObject; // an object stays one
  for (const secret of checked.secrets ?? [])
    report({
      code: "secret-needed",
      severity: "info",
      layer: "secrets",
      message: `${printable(secret.key)} (${secret.required ? "required" : "optional"}) must be in the environment of OpenClaw as ${printable(environmentNameOf(secret))}`,
    });
  const path = options.path ?? (options.scope === "project" ? "openclaw.json" : ".openclaw/openclaw.json");
  const composed = composedOf(path, value);
  return { path, value, text: `${JSON.stringify(value, undefined, 2)}\n`, composed, diagnostics };
}

/** composedOf is a configuration as keys to merge into a file, each value by itself: whatever else the file holds stays. */
export function composedOf(path: string, value: JsonObject): Composed {
  const keys = leavesOf(value, []);
  const file = { kind: "keys" as const, path, format: "json" as const, value, keys, by: ["openclaw"] };
  return { files: keys.length === 0 ? [] : [file], clashes: [], spared: [], notices: [] };
}

interface Leaf {
  readonly at: readonly string[];
  readonly value: Json;
  readonly member: boolean;
}

function leavesOf(value: JsonObject, at: readonly string[]): readonly Leaf[] {
  return Object.entries(value).flatMap(([key, item]): readonly Leaf[] =>
    isObject(item) && Object.keys(item).length > 0
      ? leavesOf(item, [...at, key])
      : [{ at: [...at, key], value: item, member: false }],
  );
}
