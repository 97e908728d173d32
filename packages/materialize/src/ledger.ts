import { type Diagnostic, printable } from "@stax/errors";
import type { Layers, SecretDeclaration } from "@stax/schema";
import type { Adapter } from "./adapter-contract.ts";
import type { CapabilityUse, Context, Feature, Loss, LossOptions, Notice, RenderOptions } from "./contract.ts";

/** Findings collects what a rendering reports; a second report of the same loss is dropped. */
export class Findings {
  readonly losses: Loss[] = [];
  readonly notices: Notice[] = [];
  readonly capabilities: CapabilityUse[] = [];
  readonly #seen = new Set<string>();
  readonly #adapter: Pick<Adapter, "name" | "displayName">;

  constructor(adapter: Pick<Adapter, "name" | "displayName">) {
    this.#adapter = adapter;
  }

  /** lose records a loss once per item and field; a loss of the whole item covers its fields. */
  lose(
    feature: Feature,
    item: string | undefined,
    field: string | undefined,
    reason: string,
    options: LossOptions = {},
  ): void {
    if (this.hasLost(feature, item, field)) return;
    this.#seen.add(key(feature, item, field));
    const { severity = "warning", fidelity = "lost", hint } = options;
    const code =
      options.code ?? (fidelity === "lost" ? (field === undefined ? "item-lost" : "field-lost") : "item-translated");
    const what = item === undefined ? feature : `${feature} "${printable(item)}"`;
    this.losses.push({
      code,
      severity,
      adapter: this.#adapter.name,
      feature,
      ...(item === undefined ? {} : { item }),
      ...(field === undefined ? {} : { field }),
      ...(hint === undefined ? {} : { hint }),
      layer: feature,
      reason,
      fidelity,
      message: `${this.#adapter.displayName}: ${what}${field === undefined ? "" : `: ${printable(field)}`}: ${reason}`,
    });
  }

  /** hasLost tells whether a loss of the item, or of this field of it, is already known. */
  hasLost(feature: Feature, item: string | undefined, field?: string): boolean {
    return (
      this.#seen.has(key(feature, undefined, undefined)) ||
      this.#seen.has(key(feature, item, undefined)) ||
      (field !== undefined && this.#seen.has(key(feature, item, field)))
    );
  }

  note(notice: Pick<Diagnostic, "code" | "severity" | "message"> & Partial<Diagnostic>): void {
    const known = this.notices.some(({ code, message }) => code === notice.code && message === notice.message);
    if (!known) this.notices.push({ ...notice, adapter: this.#adapter.name });
  }

  allows(name: string, where: string, allowed: boolean): void {
    if (this.capabilities.some((use) => use.name === name && use.where === where)) return;
    this.capabilities.push({ adapter: this.#adapter.name, name, where, allowed });
    this.note({
      code: allowed ? "capability-allowed" : "capability-omitted",
      severity: "warning",
      message: allowed
        ? `${printable(where)} is written because the capability ${name} was allowed`
        : `${printable(where)} is omitted: it runs a program or lifts a restriction`,
      field: where,
      ...(allowed ? {} : { hint: `allow it with --allow-capability ${name}` }),
    });
  }
}

const key = (feature: Feature, item: string | undefined, field: string | undefined): string =>
  JSON.stringify([feature, item ?? null, field ?? null]);

/** contextOf makes the context of one part. */
export function contextOf<Options>(
  adapter: Pick<Adapter, "displayName">,
  options: Options,
  render: Required<Pick<RenderOptions, "scope" | "includeDisabled" | "strict">> & RenderOptions,
  secrets: ReadonlyMap<string, SecretDeclaration>,
  findings: Findings,
  feature: Feature,
  item?: string,
): Context<Options> {
  return {
    options,
    scope: render.scope,
    includeDisabled: render.includeDisabled,
    strict: render.strict,
    hints: render.hints,
    secrets,
    runtime: adapter.displayName,
    item: (id) => contextOf(adapter, options, render, secrets, findings, feature, id),
    lose: (field, reason, lossOptions) => findings.lose(feature, item, field, reason, lossOptions),
    note: (notice) => findings.note({ layer: feature, ...notice }),
    chosen: (rule) => render.manualRules?.includes(rule) ?? false,
    allows: (capability, where) => {
      const allowed = render.allowCapabilities === "all" || (render.allowCapabilities?.includes(capability) ?? false);
      findings.allows(capability, where, allowed);
      return allowed;
    },
  };
}

/** secretsOf indexes the declared secrets by key. */
export const secretsOf = (layers: Layers): ReadonlyMap<string, SecretDeclaration> =>
  new Map((layers.secrets?.secrets ?? []).map((secret) => [secret.key, secret]));
