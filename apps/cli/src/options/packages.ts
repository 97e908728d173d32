import type { AdapterSource, BuildOptions, LockMode, ResolvedWorkspace, ResolveWorkspaceOptions } from "@stax/build";
import type { Diagnostic } from "@stax/errors";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import type { Flags } from "../flags.ts";
import { type ProjectArguments, projectFlags, projectOptions } from "./project.ts";

/** lockFlags say what happens to `stax.lock` when a definition is built. */
export const lockFlags = {
  "frozen-lockfile": {
    type: "boolean",
    describe: "Fail where stax.lock would have to change, with the difference (the default under CI)",
    conflicts: ["update-lockfile"],
  },
  "update-lockfile": { type: "boolean", describe: "Resolve every package anew and write stax.lock" },
} as const satisfies Flags;

/** lockModeOf reads the lock flags; under `CI` a lock is frozen unless it is to be updated. */
export function lockModeOf(
  given: { readonly frozenLockfile: boolean; readonly updateLockfile: boolean },
  { env }: Pick<Context, "env">,
): LockMode {
  if (given.updateLockfile) return "update";
  const ci = env.CI !== undefined && env.CI !== "" && env.CI !== "false" && env.CI !== "0";
  return given.frozenLockfile || ci ? "frozen" : "write";
}

/** packageSources are the registries that packages come from, opened when one is asked for. */
export const packageSources = (context: Context): Pick<BuildOptions, "open" | "mirrors"> => ({
  mirrors: context.config.settings.mirrors,
  open: async (name) => {
    const registries = await context.registries();
    const source = await registries.source(name);
    return {
      fetch: (target, options) => source.fetch(target, options),
      exists: (target, options) => source.exists(target, options),
      resolve: (reference, options) => source.resolve(reference, options),
      // A manifest by its tag in one request; offline, what the cache remembers of it.
      ...(context.network.offline
        ? {}
        : { fetchReference: (reference, options) => registries.repository(name).fetchReference(reference, options) }),
      // What versions there are only the registry itself knows.
      tags: (options) => registries.repository(name).tags(options),
    };
  },
});

/** graphFlags are those of the commands about packages. */
export const graphFlags = {
  all: projectFlags.all,
  env: projectFlags.env,
  "trust-definition": projectFlags["trust-definition"],
} as const satisfies Flags;

/** resolvePackagesOf resolves the packages of the definition that is meant, building nothing. */
export async function resolvePackagesOf(
  context: Context,
  given: ProjectArguments,
  options: Pick<ResolveWorkspaceOptions, "lockMode" | "update" | "checkTags" | "redeclare" | "choose"> = {},
): Promise<ResolvedWorkspace> {
  const { adapters, ...project } = await projectOptions(context, given);
  const { resolveWorkspace } = await import("../lazy/resolve-workspace.ts");
  return await resolveWorkspace({
    ...project,
    ...packageSources(context),
    ...options,
    ...(adapters === undefined ? {} : { adapters: unasked(adapters) }),
  });
}

/** What an agent runs on has no part in what it builds on: adapters are known by name and not loaded. */
const unasked = ({ names }: AdapterSource): AdapterSource => ({
  names,
  configure: async (name) => ({ type: name, runtime: name, adapterVersion: "0.0.0", config: {}, features: {} }),
  findings: async () => [],
});

/** meantRoots are the definitions that were asked for, without the packages of the workspace that they build on. */
export const meantRoots = ({ graph, definitions }: ResolvedWorkspace): Pick<ResolvedWorkspace["graph"], "roots"> => ({
  roots: graph.roots.filter((_, index) => definitions[index]?.isMeant),
});

// That a reference floats matters to who writes a lock, not to who looks at one.
const floating: ReadonlySet<string> = new Set(["package-floating", "range-floating"]);

/** besidesFloating leaves out that references float. */
export const besidesFloating = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.filter(({ code }) => !floating.has(code));

/** requireLock gives the lock of a workspace. Throws `LOCK_NEEDED`. */
export function requireLock(workspace: ResolvedWorkspace): NonNullable<ResolvedWorkspace["lock"]> {
  if (workspace.lock !== undefined) return workspace.lock;
  throw new CliError("LOCK_NEEDED", `there is no stax.lock in ${workspace.workspaceRoot}`, { hint: "run stax lock" });
}
