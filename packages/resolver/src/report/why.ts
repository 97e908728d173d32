import type { GraphRoot, PackageGraph, PackageNode } from "../graph/package-graph.ts";
import { findNodes } from "./find-nodes.ts";

/** WhyStep is one package on the way, and how the one before it declares it. */
export interface WhyStep {
  readonly key: string;
  readonly declared: string;
}

/** Why is one package and the ways that lead to it. */
export interface Why {
  readonly key: string;
  readonly ref: string;
  readonly digest?: string;
  readonly pinned?: true;
  readonly paths: readonly { readonly root: string; readonly steps: readonly WhyStep[] }[];
  /** There are more ways than were asked for. */
  readonly truncated: boolean;
}

/**
 * why lists the ways on which definitions come to a package, depth-first in declaration order, at most `limit` (default 100) of each.
 * Throws `PACKAGE_UNKNOWN`.
 */
export function why(
  graph: Pick<PackageGraph, "roots">,
  name: string,
  { limit = 100 }: { readonly limit?: number | undefined } = {},
): readonly Why[] {
  return findNodes(graph, name).map((node) => {
    const { key, ref, digest, pinned } = node;
    const paths = pathsTo(graph.roots, node, limit + 1);
    return {
      key,
      ref,
      ...(digest === undefined ? {} : { digest }),
      ...(pinned === undefined ? {} : { pinned }),
      paths: paths.slice(0, limit),
      truncated: paths.length > limit,
    };
  });
}

function pathsTo(roots: readonly GraphRoot[], wanted: PackageNode, limit: number): Why["paths"] {
  const leads = leadsTo(wanted);
  const paths: Why["paths"][number][] = [];
  const visit = (from: Pick<GraphRoot, "requests" | "dependencies">, root: string, above: readonly WhyStep[]): void => {
    for (const [index, node] of from.dependencies.entries()) {
      if (paths.length >= limit) return;
      if (!leads(node)) continue;
      const steps = [...above, { key: node.key, declared: from.requests[index]?.declared ?? node.key }];
      if (node === wanted) paths.push({ root, steps });
      else visit(node, root, steps);
    }
  };
  for (const root of roots) visit(root, root.name, []);
  return paths;
}

/** Only ways that arrive are walked: diamonds make exponentially many that do not. */
function leadsTo(wanted: PackageNode): (node: PackageNode) => boolean {
  const known = new Map<PackageNode, boolean>([[wanted, true]]);
  const leads = (node: PackageNode): boolean => {
    const answer = known.get(node) ?? node.dependencies.some(leads);
    known.set(node, answer);
    return answer;
  };
  return leads;
}
