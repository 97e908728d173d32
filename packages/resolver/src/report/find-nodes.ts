import { nearest } from "@stax/schema";
import { ResolveError } from "../error.ts";
import { nodesOf, type PackageGraph, type PackageNode } from "../graph/package-graph.ts";
import { isNamed } from "../lock/lock-index.ts";

/** isCalled tells whether a person's word for a package means this one: its reference, repository or the last part of it, path or name. */
export const isCalled = (node: PackageNode, name: string): boolean =>
  node.path === name || node.ref === name || node.name === name || node.digest === name || isNamed(node.key, name);

/** findNodes lists the packages that a word means. Throws `PACKAGE_UNKNOWN` with what there is. */
export function findNodes({ roots }: Pick<PackageGraph, "roots">, name: string): readonly PackageNode[] {
  const nodes = nodesOf(roots);
  const found = nodes.filter((node) => isCalled(node, name));
  if (found.length > 0) return found;
  const names = [...new Set(nodes.map(({ path, repository, ref }) => path ?? repository ?? ref))].sort();
  const meant = nearest(name, [...names, ...names.map((known) => known.split("/").at(-1) ?? known)]);
  const list = `there are ${names.slice(0, 10).join(", ")}${names.length > 10 ? ` and ${names.length - 10} more` : ""}`;
  const hint = names.length === 0 ? "there are no packages" : meant === undefined ? list : `did you mean "${meant}"?`;
  throw new ResolveError("PACKAGE_UNKNOWN", `no package is called "${name}"`, { hint });
}
