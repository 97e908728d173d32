import type { Diagnostic } from "@stax/errors";
import { ResolveError } from "./error.ts";
import { NodeBuilder } from "./graph/build-graph.ts";
import { assertNoConflict, versionFindings } from "./graph/find-conflicts.ts";
import { TargetFinder } from "./graph/find-target.ts";
import { graphFindings } from "./graph/graph-findings.ts";
import { GraphLoader, type Pins } from "./graph/load-graph.ts";
import { type LoadedEdge, PackageLoader } from "./graph/load-package.ts";
import { findMovedTags, movedFindings } from "./graph/moved-tags.ts";
import { type GraphRoot, nodesOf, type PackageGraph } from "./graph/package-graph.ts";
import type { ResolveOptions, RootPackages } from "./graph/request.ts";
import { createLimit } from "./limit.ts";
import { checkLock, outdatedLock } from "./lock/check-lock.ts";
import { LockIndex } from "./lock/lock-index.ts";
import { createMirrors } from "./source/mirrors.ts";
import { Repositories } from "./source/repositories.ts";

/**
 * resolvePackages resolves what definitions build on, depth-first in declaration order, each package to a digest. Requests run side by side,
 * each manifest and each config is fetched once, and the outcome does not depend on their timing. Throws {@link ResolveError}.
 */
export async function resolvePackages(
  roots: readonly RootPackages[],
  options: ResolveOptions = {},
): Promise<PackageGraph> {
  try {
    return await resolveGraph(roots, options);
  } finally {
    await options.cache?.settled();
  }
}

async function resolveGraph(roots: readonly RootPackages[], options: ResolveOptions): Promise<PackageGraph> {
  const { frozen = false, concurrency = 16, signal, update = [] } = options;
  const lock = new LockIndex(options.lock, update);
  const limit = createLimit(concurrency);
  const mirrors = createMirrors(options.mirrors);
  const repositories = new Repositories({ open: options.open, mirrors, limit, signal });
  const finder = new TargetFinder({ lock, repositories, frozen, signal, choose: options.choose });
  const packages = new PackageLoader({
    ...options,
    local: new Map((options.local ?? []).map((local) => [local.path, local])),
    lock,
    trustLock: frozen || options.trustLock === true,
    finder,
    repositories,
    limit,
  });
  const loader = new GraphLoader(packages, { lock, frozen, limit });
  const declared = await Promise.all(roots.map((root) => packages.edges(root.packages)));
  await loadAll(loader, roots, declared);
  signal?.throwIfAborted();
  const graph = buildAll(loader, roots, declared);
  if (frozen) assertFrozen(graph, options);
  const moved = await findMovedTags(graph, { ...options, repositories });
  return {
    ...graph,
    moved,
    diagnostics: [...graph.diagnostics, ...graphFindings(graph.roots), ...movedFindings(moved)],
  };
}

async function loadAll(
  loader: GraphLoader,
  roots: readonly RootPackages[],
  declared: readonly (readonly LoadedEdge[])[],
): Promise<void> {
  // Definitions that pin nothing see the same packages: they are visited together.
  for (const [pins, group] of byPins(roots, declared)) await loader.load(group.flat(), pins);
}

function byPins(
  roots: readonly RootPackages[],
  declared: readonly (readonly LoadedEdge[])[],
): ReadonlyMap<Pins, readonly (readonly LoadedEdge[])[]> {
  const groups = new Map<Pins, (readonly LoadedEdge[])[]>();
  for (const [index, root] of roots.entries()) {
    const pins = pinsOf(root);
    groups.set(pins, [...(groups.get(pins) ?? []), declared[index] ?? []]);
  }
  return groups;
}

const none: Pins = {};
const pinsOf = ({ pins = none }: RootPackages): Pins => (Object.keys(pins).length === 0 ? none : pins);

function buildAll(
  loader: GraphLoader,
  roots: readonly RootPackages[],
  declared: readonly (readonly LoadedEdge[])[],
): PackageGraph {
  const builders = new Map<Pins, NodeBuilder>();
  const diagnostics: Diagnostic[] = [];
  const built = roots.map((root, index): GraphRoot => {
    const pins = pinsOf(root);
    const builder = builders.get(pins) ?? new NodeBuilder(loader, pins);
    builders.set(pins, builder);
    const made = builder.root(root.name, declared[index] ?? []);
    assertNoConflict(made);
    diagnostics.push(...versionFindings(made), ...unmatchedPins(made, pins));
    return made;
  });
  // What was not tried lies behind a failure of the network, and that was thrown above.
  const skipped = [...builders.values()].find((builder) => builder.skipped !== undefined)?.skipped;
  if (skipped !== undefined) throw new Error(`${skipped} was not loaded, and nothing failed`);
  return { roots: built, moved: [], diagnostics };
}

function unmatchedPins(root: GraphRoot, pins: Pins): readonly Diagnostic[] {
  const pinned = nodesOf([root]).filter((node) => node.pinned === true);
  return Object.keys(pins)
    .filter((name) => !pinned.some(({ ref, repository }) => ref === name || repository === name))
    .map((name) => ({
      code: "override-unmatched",
      severity: "warning",
      message: `the overrides of ${root.name} pin ${name}, which is not in its graph`,
      hint: "remove the override, or correct its reference",
    }));
}

function assertFrozen(graph: PackageGraph, { lock, complete = false }: ResolveOptions): void {
  if (lock === undefined) {
    if (nodesOf(graph.roots).every(({ path }) => path !== undefined)) return;
    throw new ResolveError("LOCK_MISSING", "there is no stax.lock, and it must not be written", {
      hint: "run stax lock and commit stax.lock",
    });
  }
  const all = checkLock(lock, graph, { complete: true });
  if (all.upToDate) return;
  const isWhole = typeof complete === "function" ? complete() : complete;
  const difference = isWhole ? all : checkLock(lock, graph);
  if (!difference.upToDate) throw outdatedLock(difference);
}
