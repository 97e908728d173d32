import { printable } from "@stax/errors";
import type { Layers } from "@stax/schema";
import type { Adapter, ModelOptions } from "./adapter-contract.ts";
import type { Feature, RenderOptions, Scope } from "./contract.ts";
import { fieldsOf, itemsOf, weightOf } from "./features.ts";
import type { Findings } from "./ledger.ts";
import type { Fragment } from "./rendering.ts";

/** Work is a rendering in progress. */
export interface Work {
  readonly adapter: Adapter;
  readonly layers: Layers;
  readonly options: ModelOptions;
  readonly render: RenderOptions & {
    readonly scope: Scope;
    readonly includeDisabled: boolean;
    readonly strict: boolean;
  };
  readonly findings: Findings;
  readonly fragments: Fragment[];
  /** Features whose output an option switches off, or does not switch on. */
  readonly off: Map<Feature, { readonly option: string; readonly optIn: boolean }>;
  /** Fields carried, by feature and item. */
  readonly carried: Map<Feature, Map<string, Set<string> | "all">>;
}

/** account reports what no part carried: items minus what was carried, and for each carried item the fields that are set and not kept. */
export function account(work: Work, feature: Feature): void {
  const { adapter, layers, options, findings } = work;
  const carried = work.carried.get(feature);
  const excuse = adapter.unsupported[feature];
  const fields = fieldsOf(feature, layers);
  for (const item of itemsOf(feature, layers, options)) {
    const keeps = carried?.get(item);
    if (keeps === "all" || findings.hasLost(feature, item)) continue;
    const off = work.off.get(feature);
    if (keeps === undefined && off !== undefined) {
      findings.lose(feature, item, undefined, `is not written because ${off.option} is false`, {
        severity: off.optIn ? "warning" : "info",
        code: "output-off",
        ...(off.optIn && { hint: `set ${off.option} to true in the adapter's options` }),
      });
      continue;
    }
    if (keeps === undefined) {
      const reason = excuse ?? `${adapter.displayName} has no place for it`;
      findings.lose(
        feature,
        item,
        undefined,
        work.render.scope === "user" && !excuse ? `${reason} in user scope` : reason,
      );
      continue;
    }
    for (const field of fields.get(item) ?? [])
      if (!keeps.has(field))
        findings.lose(feature, item, field, `${adapter.displayName} has no place for it`, {
          severity: weightOf(feature, field),
        });
  }
}

/** reportSecretFiles reports secrets that want to be files: runtimes hand secrets over in the environment only. */
export function reportSecretFiles({ layers, adapter, findings }: Work): void {
  for (const { key, exposeAs } of layers.secrets?.secrets ?? [])
    if (exposeAs?.file !== undefined)
      findings.lose("secrets", key, "exposeAs.file", `${adapter.displayName} hands no secrets over as files`);
}

/** reportHints says of hints that no part spoke of that the runtime's files have no counterpart for them (decision O9). */
export function reportHints({ render: { hints }, adapter, findings }: Work): void {
  const { capabilities, ...others } = hints ?? {};
  const names = [...Object.entries(others), ...Object.entries(capabilities ?? {})].flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  const spokenOf = findings.notices.some(({ code }) => code === "hint-applied" || code === "hint-ignored");
  if (names.length === 0 || spokenOf) return;
  findings.note({
    code: "hint-ignored",
    severity: "info",
    message: `${adapter.displayName}'s files have no counterpart for the hints ${printable(names.join(", "))}`,
  });
}
