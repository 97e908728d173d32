/** Precedable is a package with those that it builds on, in declaration order. */
export interface Precedable<Node> {
  /** The same for the same package. */
  readonly id: string;
  readonly dependencies: readonly Node[];
}

/**
 * precedenceOf lists a graph of packages from lowest to highest precedence (decision A25): those that are only transitive, in
 * depth-first post-order, then the direct ones in declaration order. A package that is both counts as direct; one named twice counts
 * where it stands last.
 */
export function precedenceOf<Node extends Precedable<Node>>(direct: readonly Node[]): readonly Node[] {
  const last = new Map(direct.map(({ id }, index) => [id, index]));
  const tier = direct.filter(({ id }, index) => last.get(id) === index);
  const seen = new Set(last.keys());
  const transitive: Node[] = [];
  const visit = ({ dependencies }: Node): void => {
    for (const dependency of dependencies) {
      // What a direct package builds on is visited in its own turn.
      if (seen.has(dependency.id)) continue;
      seen.add(dependency.id);
      visit(dependency);
      transitive.push(dependency);
    }
  };
  for (const node of direct) visit(node);
  return [...transitive, ...tier];
}
