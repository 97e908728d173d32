import { ResolveError } from "../error.ts";
import { repositoryText } from "../reference.ts";
import type { GraphLoader, Pins } from "./load-graph.ts";
import { maxDepth } from "./load-graph.ts";
import type { LoadedEdge, LoadedPackage } from "./load-package.ts";
import { failureAt } from "./outcome.ts";
import type { GraphRoot, PackageNode, PackageRequest } from "./package-graph.ts";
import type { Target } from "./target.ts";

interface Built {
  readonly node: PackageNode;
  /** Levels from here down, this one included. */
  readonly height: number;
  /** The keys of the longest way down. */
  readonly longest: readonly string[];
}

type Branches = Pick<GraphRoot, "requests" | "dependencies"> & Pick<Built, "height" | "longest">;

/**
 * NodeBuilder makes the nodes of a graph from what was loaded, depth-first in declaration order: the first failure, circle or excess of
 * depth on that way is the one that is thrown, whatever was loaded first.
 */
export class NodeBuilder {
  readonly #loader: GraphLoader;
  readonly #pins: Pins;
  readonly #built = new Map<string, Built>();
  /** A package that was not tried, because the network had failed. */
  skipped: string | undefined;

  constructor(loader: GraphLoader, pins: Pins) {
    this.#loader = loader;
    this.#pins = pins;
  }

  root(name: string, edges: readonly LoadedEdge[]): GraphRoot {
    const { requests, dependencies } = this.#branches(edges, [name]);
    return { name, requests, dependencies };
  }

  #branches(edges: readonly LoadedEdge[], path: readonly string[]): Branches {
    const requests: PackageRequest[] = [];
    const dependencies: PackageNode[] = [];
    let tallest: Pick<Built, "height" | "longest"> = { height: 0, longest: [] };
    for (const { declared, outcome } of edges) {
      if (!outcome.ok) throw failureAt(outcome.error, declared, [...path, declared]);
      const built = this.#node(this.#loader.pinned(outcome.value, this.#pins), path);
      if (built === undefined) continue;
      requests.push({ declared, key: outcome.value.key });
      dependencies.push(built.node);
      if (built.height > tallest.height) tallest = built;
    }
    return { requests, dependencies, ...tallest };
  }

  #node(target: Target, above: readonly string[]): Built | undefined {
    const path = [...above, target.key];
    const start = above.indexOf(target.key, 1);
    if (start >= 0) throw cycle(path.slice(start));
    const known = this.#built.get(target.key);
    if (known !== undefined) {
      if (above.length + known.height - 1 > maxDepth) throw tooDeep([...above, ...known.longest]);
      return known;
    }
    if (above.length > maxDepth) throw tooDeep(path);
    const outcome = this.#loader.outcome(target);
    if (outcome === undefined) {
      this.skipped ??= target.key;
      return undefined;
    }
    if (!outcome.ok) throw failureAt(outcome.error, target.key, path);
    const built = this.#build(target, outcome.value, path);
    this.#built.set(target.key, built);
    return built;
  }

  #build(target: Target, loaded: LoadedPackage, path: readonly string[]): Built {
    const { requests, dependencies, height, longest } = this.#branches(loaded.edges, path);
    const node = nodeOf(target, loaded, requests, dependencies);
    return { node, height: height + 1, longest: [target.key, ...longest] };
  }
}

function nodeOf(
  target: Target,
  { target: { ref }, digest, name, version, open, diagnostics }: LoadedPackage,
  requests: readonly PackageRequest[],
  dependencies: readonly PackageNode[],
): PackageNode {
  const { key, path, repository, tag, pinned, unlocked } = target;
  return {
    id: path ?? `${ref}@${digest ?? ""}`,
    key,
    ref,
    ...(digest === undefined ? {} : { digest }),
    ...(path === undefined ? {} : { path }),
    ...(repository === undefined ? {} : { repository: repositoryText(repository) }),
    ...(tag === undefined ? {} : { tag }),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(pinned === true ? { pinned } : {}),
    ...(unlocked === true ? { unlocked } : {}),
    requests,
    dependencies,
    findings: diagnostics,
    ...(open === undefined ? {} : { open }),
  };
}

const cycle = (circle: readonly string[]): ResolveError =>
  new ResolveError("DEPENDENCY_CYCLE", `packages build on each other in a circle: ${circle.join(" → ")}`, {
    hint: "remove one of these references",
    details: { cycle: circle },
  });

const tooDeep = (path: readonly string[]): ResolveError =>
  new ResolveError(
    "DEPENDENCY_DEPTH",
    `packages build on each other more than ${maxDepth} levels deep: ${[...path.slice(0, 4), "…", ...path.slice(-3)].join(" → ")}`,
    { hint: "let a package name what it needs directly instead of through a chain of others", details: { path } },
  );
