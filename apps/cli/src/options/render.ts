import { setFlagsFromString } from "node:v8";
import type { Artifact } from "@stax/artifact";
import type { Diagnostic } from "@stax/errors";
import {
  leakFindings,
  leftAdapterFindings,
  type Materialization,
  type MaterializeOptions,
  materialize,
  plan,
  selectAdapters,
  shortfallsOf,
} from "@stax/materialize";
import { type AgentConfig, environmentNameOf, type Layers, type ProfileConfig } from "@stax/schema";
import { loadAdapters } from "../adapters.ts";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import type { Flags, FlagValues } from "../flags.ts";
import { readMergedLayers } from "../merged-layers.ts";
import { adapterModuleFlag } from "./adapter-module.ts";
import { openArtifactAt, personaFlag } from "./artifact.ts";
import { maxLayerSizeFlag } from "./layer-sizes.ts";
import { type Planner, renderProfileTarget } from "./profile.ts";

/** renderFlags say for which runtime an artifact is rendered, and how. */
export const renderFlags = {
  adapter: {
    type: "list",
    value: "<name>",
    describe: "Other runtimes than the artifact's own; several share their files",
  },
  consumer: { type: "list", value: "<name>", describe: "The same as --adapter" },
  ...adapterModuleFlag,
  ...personaFlag,
  ...maxLayerSizeFlag,
  scope: { type: "string", choices: ["project", "user"], describe: "Whose files: of a project, or of a user" },
  exact: { type: "boolean", describe: "Fail where the runtime cannot be given everything byte for byte" },
  "include-disabled": { type: "boolean", describe: "Write servers that are switched off, as switched off" },
  "manual-rule": { type: "list", value: "<id>", describe: "Manual rules to switch on" },
  "allow-capability": {
    type: "list",
    value: "<name>|all",
    describe: "Write settings that run programs or lift restrictions (stax adapters --json names them)",
  },
  "fail-on": {
    type: "string",
    choices: ["translated", "lost"],
    describe:
      "Fail where something does not reach the runtime (lost), or reaches it only in another form or document (translated)",
  },
} as const satisfies Flags;

/** Rendered is an artifact rendered for its runtimes; nothing is read from or written to the output. */
export interface Rendered {
  readonly artifact: Artifact;
  readonly layers: Layers;
  readonly materialization: Materialization;
  /** plan compares what was rendered with a directory. */
  readonly plan: Planner;
  readonly diagnostics: readonly Diagnostic[];
}

/** renderTarget opens an artifact, merges its packages and renders it. Throws `TARGET_UNFIT`, `LOSSY`, and what opening and rendering throw. */
export async function renderTarget(
  target: string,
  given: FlagValues<typeof renderFlags>,
  context: Context,
): Promise<Rendered> {
  // Thousands of files are thousands of short lives: V8 would grow their nursery by 50 MB, which makes nothing faster.
  setFlagsFromString("--semi-space-growth-factor=1");
  const artifact = await openArtifactAt(target, context, given.persona);
  const { config } = artifact;
  if (isProfile(config)) return await renderProfileTarget(artifact, config, profileWishes(given, context));
  if (!isAgent(config))
    throw new CliError(
      "TARGET_UNFIT",
      `${config.name} ${config.version} is a ${artifact.kind}; only agents and profiles are rendered`,
      {
        hint: "name an agent; packages reach a runtime through the agents that use them",
      },
    );
  const modules = [...(context.config.settings.adapterModules ?? []), ...given.adapterModule];
  const adapters = await loadAdapters(modules, context.cwd);
  const options = renderOptions(given, context);
  // Before packages are fetched: for a runtime that is not served they would be fetched for nothing.
  selectAdapters(config, adapters, { requested: options.adapters, exact: options.exact ?? false });
  const merged = await readMergedLayers(artifact, context, given.maxLayerSize);
  const materialization = materialize(merged.layers, config, adapters, options);
  assertFidelity(merged.layers, materialization, given.failOn);
  const leaks = leakFindings(materialization.composed, secretValues(merged.layers, context));
  const diagnostics = [...merged.diagnostics, ...materialization.diagnostics, ...leaks];
  return { artifact, layers: merged.layers, materialization, plan: plannerOf(materialization), diagnostics };
}

const plannerOf =
  ({ composed, selections }: Materialization): Planner =>
  async (owned, disk, options) => {
    const made = await plan(composed, owned, disk, options);
    const names = selections.map(({ adapter }) => adapter.name);
    // Who prunes has decided that what the earlier run wrote goes.
    const left = options.prune ? [] : leftAdapterFindings(made, names, options.source ?? "");
    return { plan: made, diagnostics: left };
  };

/** Values of the declared secrets that this machine's environment happens to hold: what is written must not contain them (S11-11). */
function secretValues({ secrets }: Layers, { env }: Context): ReadonlyMap<string, string> {
  const declared = (secrets?.secrets ?? []).map(
    (secret) => [secret.key, env[environmentNameOf(secret)] ?? env[secret.key]] as const,
  );
  return new Map(declared.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
}

const isProfile = (config: Artifact["config"]): config is ProfileConfig => config.kind === "profile";
const isAgent = (config: Artifact["config"]): config is AgentConfig => config.kind === "agent";

const profileWishes = (given: FlagValues<typeof renderFlags>, { config }: Context) => ({
  scope: given.scope,
  adapters: [...given.adapter, ...given.consumer],
  capabilities: [...(config.settings.allowCapability ?? []), ...given.allowCapability],
});

function renderOptions(given: FlagValues<typeof renderFlags>, { config, strict }: Context): MaterializeOptions {
  const allowed = [...(config.settings.allowCapability ?? []), ...given.allowCapability];
  return {
    adapters: [...given.adapter, ...given.consumer],
    exact: given.exact,
    includeDisabled: given.includeDisabled,
    manualRules: given.manualRule,
    allowCapabilities: allowed.includes("all") ? "all" : allowed,
    strict,
    ...(given.scope !== undefined && { scope: given.scope }),
  };
}

function assertFidelity(
  layers: Layers,
  materialization: Materialization,
  failOn: "translated" | "lost" | undefined,
): void {
  if (failOn === undefined) return;
  const found = shortfallsOf(layers, materialization, failOn);
  const [first] = found;
  if (first === undefined) return;
  const more = found.length === 1 ? "" : ` (and ${found.length - 1} more)`;
  throw new CliError("LOSSY", `${first.message}${more}`, { diagnostics: found });
}
