import type { Artifact } from "@stax/artifact";
import type { Diagnostic } from "@stax/errors";
import type { Digest } from "@stax/oci";

/** PackageRequest is a declaration and the exact reference that it was resolved to. */
export interface PackageRequest {
  /** As written. */
  readonly declared: string;
  /** What it leads to before overrides: what a compiled config lists, and the lock names as a dependency. */
  readonly key: string;
}

/** PackageNode is a package of a graph. */
export interface PackageNode {
  /** The same for the same package: `ref@digest`; of a package of the workspace its path. */
  readonly id: string;
  /** How `stax.lock` names it. */
  readonly key: string;
  /** How the packages layer names it: the exact reference, or `<name>:<version>` of a package of the workspace. */
  readonly ref: string;
  /** Absent while a package of the workspace is not built. */
  readonly digest?: Digest;
  /** Of a package of the workspace. */
  readonly path?: string;
  /** `registry/repository`. */
  readonly repository?: string;
  readonly tag?: string;
  /** As far as it was read: a package that was taken from the lock is known by its reference alone. */
  readonly name?: string;
  readonly version?: string;
  /** By an override. */
  readonly pinned?: true;
  /** Wanted, but not in the lock; the graph is not complete. */
  readonly unlocked?: true;
  /** One for each of `dependencies`. */
  readonly requests: readonly PackageRequest[];
  /** In declaration order. */
  readonly dependencies: readonly PackageNode[];
  /** What is odd about it. */
  readonly findings: readonly Diagnostic[];
  /** Manifest and config, read when asked for; a package of the workspace has none here. */
  readonly open?: () => Promise<Artifact>;
}

/** GraphRoot is a definition and what it builds on. */
export interface GraphRoot {
  readonly name: string;
  readonly requests: readonly PackageRequest[];
  readonly dependencies: readonly PackageNode[];
}

/** MovedTag is a locked tag that leads elsewhere now; `current` is absent where it is gone. */
export interface MovedTag {
  readonly key: string;
  readonly locked: Digest;
  readonly current?: Digest;
}

/** PackageGraph is what definitions build on, resolved to digests. */
export interface PackageGraph {
  readonly roots: readonly GraphRoot[];
  readonly moved: readonly MovedTag[];
  readonly diagnostics: readonly Diagnostic[];
}

/** nodesOf lists the packages of a graph, each once, in the order in which they are met depth-first. */
export function nodesOf(roots: readonly Pick<GraphRoot, "dependencies">[]): readonly PackageNode[] {
  const seen = new Set<PackageNode>();
  const visit = (node: PackageNode): void => {
    if (seen.has(node)) return;
    seen.add(node);
    node.dependencies.forEach(visit);
  };
  for (const { dependencies } of roots) dependencies.forEach(visit);
  return [...seen];
}
