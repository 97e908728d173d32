/** PackageNode is a package of the graph with those it builds on, in declaration order. */
export interface PackageNode<T> {
  readonly key: string;
  readonly value: T;
  readonly dependencies: readonly PackageNode<T>[];
}

/**
 * precedenceOf lists a graph of packages from lowest to highest precedence (decision A25): those that are only transitive, in
 * depth-first post-order, then the direct ones in declaration order. A package that is both counts as direct; one named twice counts
 * where it stands last.
 */
export function precedenceOf<T>(direct: readonly PackageNode<T>[]): readonly PackageNode<T>[] {
  const last = new Map(direct.map((node, index) => [node.key, index]));
  const tier = direct.filter((node, index) => last.get(node.key) === index);
  const seen = new Set(last.keys());
  const transitive: PackageNode<T>[] = [];
  const visit = (node: PackageNode<T>): void => {
    for (const dependency of node.dependencies) {
      if (seen.has(dependency.key)) {
        // A direct package is not repeated below, but what it alone builds on is still visited in its own turn.
        continue;
      }
      seen.add(dependency.key);
      visit(dependency);
      transitive.push(dependency);
    }
  };
  for (const node of direct) visit(node);
  return [...transitive, ...tier];
}
