import type { GraphRoot, PackageGraph, PackageNode } from "../graph/package-graph.ts";

/** TreeNode is a package where it stands in the tree. */
export interface TreeNode {
  /** As the one above declares it. */
  readonly declared: string;
  readonly key: string;
  readonly digest?: string;
  readonly name?: string;
  readonly version?: string;
  readonly pinned?: true;
  /** It stands in full further above. */
  readonly repeated?: true;
  readonly dependencies: readonly TreeNode[];
}

/** RootTree is what a definition builds on, as a tree. */
export interface RootTree {
  readonly name: string;
  readonly dependencies: readonly TreeNode[];
}

/** treeOf shows a graph as trees; below a package that stands there already nothing is repeated. */
export function treeOf({ roots }: Pick<PackageGraph, "roots">): readonly RootTree[] {
  return roots.map((root) => ({ name: root.name, dependencies: branches(root, new Set()) }));
}

function branches(
  { requests, dependencies }: Pick<GraphRoot, "requests" | "dependencies">,
  seen: Set<PackageNode>,
): readonly TreeNode[] {
  return dependencies.map((node, index): TreeNode => {
    const { key, digest, name, version, pinned } = node;
    const repeated = seen.has(node) && node.dependencies.length > 0;
    seen.add(node);
    return {
      declared: requests[index]?.declared ?? key,
      key,
      ...(digest === undefined ? {} : { digest }),
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version }),
      ...(pinned === undefined ? {} : { pinned }),
      ...(repeated ? { repeated } : {}),
      dependencies: repeated ? [] : branches(node, seen),
    };
  });
}

/** formatTree draws trees, one package a line. */
export const formatTree = (trees: readonly RootTree[]): readonly string[] =>
  trees.flatMap(({ name, dependencies }) => [name, ...lines(dependencies, "")]);

function lines(nodes: readonly TreeNode[], indent: string): readonly string[] {
  return nodes.flatMap((node, index) => {
    const isLast = index === nodes.length - 1;
    return [
      `${indent}${isLast ? "└── " : "├── "}${label(node)}`,
      ...lines(node.dependencies, `${indent}${isLast ? "    " : "│   "}`),
    ];
  });
}

function label({ declared, key, digest, pinned, repeated }: TreeNode): string {
  const resolved = declared === key ? key : `${declared} → ${key}`;
  const short = digest === undefined || key.includes("@") ? "" : ` ${digest.slice(0, "sha256:".length + 12)}`;
  return `${resolved}${short}${pinned === true ? " (pinned)" : ""}${repeated === true ? " (above)" : ""}`;
}
