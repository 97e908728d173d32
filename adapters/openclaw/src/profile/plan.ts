import type { Diagnostic } from "@stax/errors";
import { printable } from "@stax/errors";
import {
  type Conflict,
  type Disk,
  type JsonObject,
  type Owned,
  type Plan,
  type PlanOptions,
  plan,
} from "@stax/materialize";
import { isObject } from "./merge.ts";
import { composedOf, type RenderedProfile } from "./render.ts";

/** PlannedProfile is what applying a profile would change, and which keys yield to the user's own. */
export interface PlannedProfile {
  readonly plan: Plan;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * planProfile plans the merge of a profile into the configuration on disk: base, then profile, then local, so that a key which the user
 * set otherwise stays the user's and is reported. `force` lets the profile win. Everything else in the file stays byte for byte. What
 * cannot be merged into (no JSON, as JSON5 may be) is a conflict of the plan.
 */
export async function planProfile(
  rendered: RenderedProfile,
  owned: readonly Owned[],
  disk: Disk,
  options: PlanOptions = {},
): Promise<PlannedProfile> {
  const first = await plan(rendered.composed, owned, disk, options);
  const local = first.conflicts.filter(isLocal);
  if (local.length === 0) return { plan: first, diagnostics: [] };
  const value = local.reduce((rest, { key }) => without(rest, tokensOf(key)), rendered.value);
  return {
    plan: await plan(composedOf(rendered.path, value), owned, disk, options),
    diagnostics: local.map(({ path, key }) => ({
      code: "profile-yields",
      severity: "info",
      path,
      field: tokensOf(key).join("."),
      message: `${printable(tokensOf(key).join("."))} is set otherwise on this machine, and stays so`,
      hint: "--force lets the profile win",
    })),
  };
}

type KeyConflict = Conflict & { readonly key: string };

const isLocal = (conflict: Conflict): conflict is KeyConflict => conflict.key !== undefined;

const tokensOf = (pointer: string): readonly string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));

function without(value: JsonObject, [first, ...rest]: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      if (key !== first) return [[key, item]];
      if (rest.length === 0 || !isObject(item)) return [];
      const left = without(item, rest);
      return Object.keys(left).length === 0 ? [] : [[key, left]];
    }),
  );
}
