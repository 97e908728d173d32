import type { Diagnostic } from "@stax/errors";
import { packageReferenceForm } from "@stax/schema";
import { type GraphRoot, nodesOf } from "./package-graph.ts";

/** graphFindings are what is odd about the packages of a graph, and the references that float, with what they are today. */
export function graphFindings(roots: readonly GraphRoot[]): readonly Diagnostic[] {
  const nodes = nodesOf(roots);
  const found = new Map<string, Diagnostic>();
  const seen = new Set<string>();
  for (const { requests, name, ...declarer } of [...roots, ...nodes])
    for (const { declared, key } of requests) {
      if (seen.has(declared)) continue;
      seen.add(declared);
      if (packageReferenceForm(declared) !== "floating") continue;
      found.set(declared, {
        code: "range-floating",
        severity: "warning",
        message: `${declared} (in ${name ?? ("key" in declarer ? declarer.key : "")}) floats: today it is ${key}`,
        hint: "stax.lock pins it; name an exact version to say so in the source",
      });
    }
  const perPackage = new Map(nodes.map(({ key, findings }) => [key, findings]));
  return [...found.values(), ...[...perPackage.values()].flat()];
}
