import { type Diagnostic, printable } from "@stax/errors";
import { compareBytes } from "@stax/schema";
import { nodesOf, type PackageGraph } from "../graph/package-graph.ts";
import type { Lock } from "./lock.ts";

/**
 * droppedSigners warns of packages whose signer the lock knows and whose place something takes that nobody has verified: another digest of the
 * same tag, or another version of the same repository. Signers stay in the lock while their digests do.
 */
export function droppedSigners(lock: Lock, { roots }: Pick<PackageGraph, "roots">): readonly Diagnostic[] {
  const nodes = nodesOf(roots);
  return Object.entries(lock.packages)
    .sort(([a], [b]) => compareBytes(a, b))
    .flatMap(([key, { signer, digest, resolved }]): readonly Diagnostic[] => {
      if (signer === undefined || nodes.some((node) => node.key === key && node.digest === digest)) return [];
      const after = nodes.filter(
        (node) =>
          node.key === key || (resolved !== undefined && node.repository === resolved && !(node.key in lock.packages)),
      );
      return after.map((node) => ({
        code: "lock-signer-dropped",
        severity: "warning",
        message: printable(
          `${key} is signed by ${signer.identity}, says stax.lock; nobody has verified who signed ${node.key} ${node.digest}`,
        ),
        hint: "verify it before you commit the lock",
      }));
    });
}
