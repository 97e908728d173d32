import { realpathSync } from "node:fs";
import { type Diagnostic, hasErrors } from "@stax/errors";
import type { Lock, PackageGraph } from "@stax/resolver";
import { collectProject } from "./collect/collect-project.ts";
import type { CollectedProject } from "./collect/collected.ts";
import { Session } from "./collect/session.ts";
import { BuildError } from "./error.ts";
import type { ProjectOptions } from "./options.ts";
import { type GraphOptions, resolveProjects, saveLock } from "./packages/project-graph.ts";

export interface ResolveWorkspaceOptions
  extends ProjectOptions,
    Pick<GraphOptions, "open" | "mirrors" | "lockMode" | "update" | "checkTags"> {}

/** ResolvedWorkspace is what definitions build on, and the lock that it was resolved with. */
export interface ResolvedWorkspace {
  readonly graph: PackageGraph;
  /** Absolute. */
  readonly workspaceRoot: string;
  readonly lock?: Lock;
  readonly diagnostics: readonly Diagnostic[];
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
    const projects: CollectedProject[] = [];
    for (const file of session.find()) {
      const project = await collectProject(file, session, { personas: "default" });
      if (project !== undefined) projects.push(project);
    }
    const { diagnostics } = session;
    if (hasErrors(diagnostics))
      throw new BuildError("INVALID", "the definition has errors, so its packages cannot be resolved", {
        diagnostics,
        hint: "mend what is listed; stax validate shows the same list",
      });
    const resolved = await resolveProjects(projects, session, { ...options, complete: options.all });
    const { graph, workspaceRoot, lock } = resolved;
    const save = () => saveLock(resolved, options.all);
    return { graph, workspaceRoot, ...(lock === undefined ? {} : { lock }), diagnostics, save };
  } finally {
    await session.close();
  }
}
