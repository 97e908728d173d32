import type { Artifact } from "@stax/artifact";
import type { Diagnostic } from "@stax/errors";
import { type Disk, type Materialization, type Owned, type Plan, type PlanOptions, riskOf } from "@stax/materialize";
import { type Layers, type ProfileConfig, specVersion } from "@stax/schema";
import { CliError } from "../error.ts";
import type { Rendered } from "./render.ts";

/** Planned is a plan, and what there is to say about it. */
export interface Planned {
  readonly plan: Plan;
  readonly diagnostics: readonly Diagnostic[];
}

/** Planner plans what was rendered against a directory. */
export type Planner = (owned: readonly Owned[], disk: Disk, options: PlanOptions) => Promise<Planned>;

// One line per runtime that profiles are made for.
const runtimes = {
  openclaw: async () => ({ ...(await import("@stax/openclaw")), ...(await import("@stax/openclaw/profile")) }),
} as const;

/** ProfileWishes is what of the flags speaks to a profile. */
export interface ProfileWishes {
  readonly scope: "project" | "user" | undefined;
  readonly adapters: readonly string[];
  readonly capabilities: readonly string[];
}

/**
 * renderProfileTarget makes a profile's part of its runtime's configuration. References to declared secrets are written where the capability
 * `interpolation` is allowed. Throws `TARGET_UNFIT` for another runtime, and what rendering throws.
 */
export async function renderProfileTarget(
  artifact: Artifact,
  config: ProfileConfig,
  { scope = "project", adapters, capabilities }: ProfileWishes,
): Promise<Rendered> {
  const { adapter, renderProfile, planProfile } = await runtimes[config.profileType]();
  const others = adapters.filter((name) => name !== adapter.name);
  if (others.length > 0)
    throw new CliError("TARGET_UNFIT", `${config.name} ${config.version} is a profile of ${adapter.displayName} only`, {
      hint: `leave out --adapter ${others.join(",")}`,
    });
  const interpolate = capabilities.includes("interpolation") || capabilities.includes("all");
  const rendered = renderProfile(config, { scope, interpolate });
  const layers: Layers = config.secrets === undefined ? {} : { secrets: { specVersion, secrets: config.secrets } };
  const compiled = adapter.configure();
  const materialization: Materialization = {
    selections: [{ adapter, config: { ...compiled, targets: [] }, role: "primary", diagnostics: [] }],
    renderings: [
      {
        // What is known of the agent's files says nothing about the configuration.
        adapter: { ...adapter, budgets: [], notices: [], alsoReads: [] },
        scope,
        fragments: [],
        losses: [],
        notices: [],
        capabilities: [],
        features: compiled.features,
      },
    ],
    composed: rendered.composed,
    exact: { requestedBy: undefined, met: true, violations: [] },
    risk: riskOf(layers, { adapter: compiled }, []),
    diagnostics: rendered.diagnostics,
  };
  const plan: Planner = (owned, disk, options) => planProfile(rendered, owned, disk, options);
  return { artifact, layers, materialization, plan, diagnostics: rendered.diagnostics };
}
