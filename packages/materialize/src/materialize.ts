import { type Diagnostic, hasErrors, printable } from "@stax/errors";
import { type AgentConfig, environmentNameOf, type Layers, specVersion } from "@stax/schema";
import type { Adapter } from "./adapter-contract.ts";
import { uncheckedConfig } from "./adapter-findings.ts";
import { type Composed, compose } from "./compose.ts";
import type { Loss, RenderOptions } from "./contract.ts";
import { MaterializeError } from "./error.ts";
import { render } from "./render.ts";
import type { Rendering } from "./rendering.ts";
import { type Risk, riskOf } from "./risk.ts";
import { type Selection, selectAdapters } from "./select-adapter.ts";

/** MaterializeOptions say for whom and how. */
export interface MaterializeOptions extends Omit<RenderOptions, "hints"> {
  /** Adapters by name, where the user asks for others than the artifact's own. */
  readonly adapters?: readonly string[] | undefined;
  /** The user asks for exact files: what cannot be met is an error. An artifact that asks for them only gets warnings. */
  readonly exact?: boolean;
}

/** ExactReport says whether everything reaches the runtimes as it was authored. */
export interface ExactReport {
  readonly requestedBy: "user" | "artifact" | undefined;
  readonly met: boolean;
  /** What stands against it. */
  readonly violations: readonly Diagnostic[];
}

/** Materialization is an artifact made ready for its runtimes: what to write, and everything to know about it. Nothing is read or written yet. */
export interface Materialization {
  readonly selections: readonly Selection[];
  readonly renderings: readonly Rendering[];
  readonly composed: Composed;
  readonly exact: ExactReport;
  readonly risk: Risk;
  /** Losses, notices and findings of all of these, in this order. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * materialize renders layers for the runtimes that the user or the artifact names, and joins the results. Pure. Throws
 * ERR_STAX_SPEC_UNSUPPORTED, ERR_STAX_ADAPTER_INCOMPATIBLE, ERR_STAX_ADAPTER_OPTIONS, and with `exact` ERR_STAX_EXACT_UNMET.
 */
export function materialize(
  layers: Layers,
  config: AgentConfig,
  adapters: readonly Adapter[],
  options: MaterializeOptions = {},
): Materialization {
  checkVersion(config.specVersion);
  const { adapters: requested, exact, ...renderOptions } = options;
  const selections = selectAdapters(config, adapters, { requested, exact: exact ?? false });
  const renderings = selections.map((selection) =>
    render(layers, selection.adapter, selection.config, { ...renderOptions, hints: config.hints }),
  );
  const composed = compose(renderings);
  const report = exactReport(selections, renderings, composed, exact ?? false);
  if (exact && !report.met) throw exactUnmet(report);
  return {
    selections,
    renderings,
    composed,
    exact: report,
    risk: riskOf(layers, config, renderings, options.includeDisabled),
    diagnostics: [
      ...selections.flatMap(({ diagnostics }) => diagnostics),
      ...uncheckedConfigs(config, adapters),
      ...renderings.flatMap(({ losses, notices }) => [...losses, ...notices]),
      ...composed.notices,
      ...secretNotices(layers),
      ...surfaceNotices(layers),
      ...exactWarnings(report),
    ],
  };
}

function checkVersion(version: string): void {
  const [major] = version.split(".");
  if (major !== specVersion.split(".")[0])
    throw new MaterializeError(
      "SPEC_UNSUPPORTED",
      `the artifact is of version ${printable(version)} of the format; this is ${specVersion}`,
      {
        hint: "update stax",
      },
    );
}

function exactReport(
  selections: readonly Selection[],
  renderings: readonly Rendering[],
  { files }: Composed,
  byUser: boolean,
): ExactReport {
  const unclaimed = selections
    .filter(({ adapter, config }) => !adapter.exactMode || config.features.exactMode !== true)
    .map(({ adapter, config }) => ({
      code: "exact-unclaimed",
      severity: "warning" as const,
      message: adapter.exactMode
        ? `the artifact's config for ${printable(config.type)} does not say exactMode: true`
        : `${adapter.displayName} never claims exact files`,
    }));
  const losses = renderings.flatMap((rendering): readonly Loss[] =>
    rendering.losses.filter(({ severity }) => severity !== "info"),
  );
  const inexact = files.flatMap((file): readonly Diagnostic[] =>
    file.kind === "keys" || file.exact
      ? []
      : [
          {
            code: "document-composed",
            severity: "warning",
            path: file.path,
            message: `is composed or synthesised, not one exact source: ${file.origins.join(", ")}`,
          },
        ],
  );
  const asked = selections.some(({ config }) => config.config.exact === true);
  const violations = [...unclaimed, ...inexact, ...losses];
  return { requestedBy: byUser ? "user" : asked ? "artifact" : undefined, met: violations.length === 0, violations };
}

function exactUnmet({ violations }: ExactReport): MaterializeError {
  const [first] = violations;
  const more = violations.length === 1 ? "" : ` (and ${violations.length - 1} more)`;
  return new MaterializeError(
    "EXACT_UNMET",
    `exact mode cannot be met: ${first?.path === undefined ? "" : `${first.path} `}${first?.message}${more}`,
    {
      hint: "materialize without --exact to see what is written, or change the artifact",
      diagnostics: violations,
    },
  );
}

// Losses are listed already; what exact mode adds to them is said once more only where nothing else says it.
function exactWarnings({ requestedBy, met, violations }: ExactReport): readonly Diagnostic[] {
  if (requestedBy !== "artifact" || met) return [];
  return [
    {
      code: "exact-unmet",
      severity: "warning",
      message: `the artifact asks for exact files; ${violations.length} things stand against it`,
    },
    ...violations.filter(({ code }) => code === "exact-unclaimed" || code === "document-composed"),
  ];
}

function uncheckedConfigs(config: AgentConfig, adapters: readonly Adapter[]): readonly Diagnostic[] {
  return [config.adapter, ...(config.adapterFallback ?? [])]
    .filter(({ type }) => !adapters.some(({ name, aliases }) => name === type || aliases.includes(type)))
    .map((unknown) => uncheckedConfig(unknown));
}

function secretNotices(layers: Layers): readonly Diagnostic[] {
  return (layers.secrets?.secrets ?? []).map((secret) => ({
    code: "secret-needed",
    severity: "info",
    layer: "secrets",
    message: `${printable(secret.key)} (${secret.required ? "required" : "optional"}) must be in the environment as ${printable(environmentNameOf(secret))}`,
  }));
}

function surfaceNotices(layers: Layers): readonly Diagnostic[] {
  return (layers.surfaces?.others ?? []).map(({ path }) => ({
    code: "surface-unknown",
    severity: "info",
    layer: "surfaces",
    path,
    message: "is no surface that the format knows, and is ignored",
  }));
}

/** isRefused tells whether a materialization holds findings that must stop it under `--strict` or by themselves. */
export const isRefused = ({ diagnostics }: Materialization, strict = false): boolean =>
  hasErrors(diagnostics) || (strict && diagnostics.some(({ severity }) => severity === "warning"));
