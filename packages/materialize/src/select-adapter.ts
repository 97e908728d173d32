import { type Diagnostic, printable } from "@stax/errors";
import type { AdapterConfig, AgentConfig } from "@stax/schema";
import type { Adapter } from "./adapter-contract.ts";
import { MaterializeError } from "./error.ts";

/** Selection is an adapter that serves an artifact, with the config it serves it by. */
export interface Selection {
  readonly adapter: Adapter;
  readonly config: AdapterConfig;
  /** `primary` and `fallback` as the artifact lists them; `substitute` for a runtime that only the user asked for, with default options. */
  readonly role: "primary" | "fallback" | "substitute";
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * selectAdapters finds the adapters for an artifact: those the user asks for by name, else the first compatible one of the artifact's
 * own, the primary before the fallbacks. With `exact`, fallbacks that claim exact files come before those that do not.
 * Throws ERR_STAX_ADAPTER_INCOMPATIBLE, which lists every attempt as `type@version`.
 */
export function selectAdapters(
  config: Pick<AgentConfig, "adapter" | "adapterFallback">,
  adapters: readonly Adapter[],
  options: { readonly requested?: readonly string[] | undefined; readonly exact?: boolean } = {},
): readonly Selection[] {
  const fallbacks = config.adapterFallback ?? [];
  const exactFirst = options.exact
    ? [...fallbacks].sort((a, b) => Number(claimsExact(b)) - Number(claimsExact(a)))
    : fallbacks;
  const candidates = [config.adapter, ...exactFirst];
  if (options.requested !== undefined && options.requested.length > 0)
    return [...new Set(options.requested)].map((name) => selectRequested(name, candidates, adapters));
  const index = candidates.findIndex((candidate) => adapterFor(candidate, adapters) !== undefined);
  const chosen = candidates[index];
  const adapter = chosen && adapterFor(chosen, adapters);
  if (chosen === undefined || adapter === undefined) throw incompatible(candidates, adapters);
  return [selectionOf(adapter, chosen, index === 0 ? "primary" : "fallback", candidates)];
}

const claimsExact = ({ features }: AdapterConfig): boolean => features.exactMode === true;

/** adapterFor finds the registered adapter that a config means: its type (or an alias), its runtime, its major version. */
export function adapterFor(config: AdapterConfig, adapters: readonly Adapter[]): Adapter | undefined {
  return adapters.find(
    (adapter) =>
      isNamed(adapter, config.type) &&
      (adapter.anyRuntime || isNamed(adapter, config.runtime)) &&
      majorOf(adapter.adapterVersion) === majorOf(config.adapterVersion),
  );
}

const isNamed = ({ name, aliases }: Adapter, type: string): boolean => name === type || aliases.includes(type);
const majorOf = (version: string): string => version.split(".", 1)[0] ?? version;

function selectRequested(name: string, candidates: readonly AdapterConfig[], adapters: readonly Adapter[]): Selection {
  const adapter = adapters.find((candidate) => isNamed(candidate, name));
  if (adapter === undefined)
    throw new MaterializeError("ADAPTER_INCOMPATIBLE", `there is no adapter "${printable(name)}"`, {
      hint: `known: ${adapters.map((known) => known.name).join(", ")}`,
    });
  const index = candidates.findIndex((candidate) => adapterFor(candidate, [adapter]) !== undefined);
  const config = candidates[index];
  if (config !== undefined) return selectionOf(adapter, config, index === 0 ? "primary" : "fallback", candidates, true);
  const diagnostic: Diagnostic = {
    code: "adapter-substituted",
    severity: "info",
    message: `the artifact has no options for ${adapter.displayName}; its defaults apply, and the model is not carried over`,
  };
  return { adapter, config: adapter.configure(), role: "substitute", diagnostics: [diagnostic] };
}

function selectionOf(
  adapter: Adapter,
  config: AdapterConfig,
  role: "primary" | "fallback",
  candidates: readonly AdapterConfig[],
  asked = false,
): Selection {
  const diagnostics = [...adapter.check(config, role === "primary")].map((finding) =>
    // What a definition must say is judged when it is built; a consumer does not refuse an artifact for it.
    finding.severity === "error" ? { ...finding, severity: "warning" as const } : finding,
  );
  if (role === "fallback" && !asked)
    diagnostics.unshift({
      code: "adapter-fallback",
      severity: "warning",
      message: `${nameOf(candidates[0])} is not available; the fallback ${nameOf(config)} is used`,
    });
  return { adapter, config, role, diagnostics };
}

const nameOf = (config: AdapterConfig | undefined): string =>
  config === undefined
    ? "none"
    : printable(
        `${config.type}@${config.adapterVersion}${config.runtime === config.type ? "" : ` (runtime ${config.runtime})`}`,
      );

function incompatible(candidates: readonly AdapterConfig[], adapters: readonly Adapter[]): MaterializeError {
  const attempted = candidates.map(nameOf);
  return new MaterializeError(
    "ADAPTER_INCOMPATIBLE",
    `no adapter is compatible with the artifact; tried ${attempted.join(", ")}`,
    {
      hint: `this installation has ${adapters.map(({ name, adapterVersion }) => `${name}@${adapterVersion}`).join(", ")}; choose one with --adapter`,
      details: { attempted },
    },
  );
}
