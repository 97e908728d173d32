import { realpathSync } from "node:fs";
import { type Diagnostic, hasErrors } from "@stax/errors";
import type { Lock, LockDifference, PackageGraph } from "@stax/resolver";
import { collectAll } from "./collect/collect-all.ts";
import { Session } from "./collect/session.ts";
import { BuildError } from "./error.ts";
import { isWhole, type ProjectOptions } from "./options.ts";
import { differenceOf, type GraphOptions, resolveProjects, saveLock } from "./packages/project-graph.ts";

export interface ResolveWorkspaceOptions
  extends ProjectOptions,
    Pick<GraphOptions, "open" | "mirrors" | "lockMode" | "update" | "checkTags" | "redeclare" | "choose"> {}

/** ResolvedDefinition is a definition whose packages were resolved. */
export interface ResolvedDefinition {
  /** Absolute. */
  readonly path: string;
  /** As findings name it. */
  readonly shown: string;
  /** It was asked for, and not only built on. */
  readonly isMeant: boolean;
}

/** ResolvedWorkspace is what definitions build on, and the lock that it was resolved with. */
export interface ResolvedWorkspace {
  readonly graph: PackageGraph;
  /** Absolute. */
  readonly workspaceRoot: string;
  readonly lock?: Lock;
  /** Where the roots of the graph are written, in their order. */
  readonly definitions: readonly ResolvedDefinition[];
  readonly diagnostics: readonly Diagnostic[];
  /** difference is what `stax.lock` would have to change to be up to date. */
  difference(): LockDifference;
  /** save writes `stax.lock` where it changed, and tells whether it did. */
  save(): boolean;
}

/**
 * resolveWorkspace resolves the packages of definitions without building anything. Throws {@link BuildError} `INVALID` for definitions with
 * errors, and `ResolveError`.
 */
export async function resolveWorkspace(options: ResolveWorkspaceOptions): Promise<ResolvedWorkspace> {
  const session = new Session({ ...options, cwd: realpathSync(options.cwd) });
  try {
    const projects = await collectAll(session, { personas: "default" });
    const { diagnostics } = session;
    if (hasErrors(diagnostics))
      throw new BuildError("INVALID", "the definition has errors, so its packages cannot be resolved", {
        diagnostics,
        hint: "mend what is listed; stax validate shows the same list",
      });
    const complete = isWhole(options);
    const resolved = await resolveProjects(projects, session, { ...options, complete });
    const { graph, workspaceRoot, lock, roots } = resolved;
    const meant = new Set(projects.map(({ file }) => file.path));
    const definitions = [...roots.keys()].map((path) => ({
      path,
      shown: session.shown(path),
      isMeant: meant.has(path),
    }));
    const save = () => saveLock(resolved);
    const difference = () => differenceOf(resolved);
    return {
      graph,
      workspaceRoot,
      ...(lock === undefined ? {} : { lock }),
      definitions,
      diagnostics,
      difference,
      save,
    };
  } finally {
    await session.close();
  }
}
