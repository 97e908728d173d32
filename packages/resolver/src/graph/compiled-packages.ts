import type { ResolvedPackage } from "@stax/schema";
import { precedenceOf } from "../precedence.ts";
import type { GraphRoot, PackageNode } from "./package-graph.ts";

type Branches = Pick<GraphRoot, "requests" | "dependencies">;

/**
 * configReferences is the `packages` of a compiled config: what was declared, ranges replaced by what they resolved to (decision A18), packages
 * of the workspace by name and version (A27).
 */
export const configReferences = ({ requests, dependencies }: Branches): readonly string[] =>
  requests.map(({ key }, index) => {
    const node = dependencies[index];
    return node?.path === undefined ? key : node.ref;
  });

/** resolvedPackages is the content of a packages layer, in precedence order (decision A25). `digestOf` knows what the workspace has built. */
export function resolvedPackages(
  { dependencies }: Pick<Branches, "dependencies">,
  digestOf: (local: PackageNode) => string = unbuilt,
): readonly ResolvedPackage[] {
  return precedenceOf(dependencies).map((node) => ({
    ref: node.ref,
    digest: node.digest ?? digestOf(node),
    kind: "package",
  }));
}

const unbuilt = ({ key }: PackageNode): never => {
  throw new Error(`${key} is not built`);
};
