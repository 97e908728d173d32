import type { Diagnostic } from "@stax/errors";
import type { Lock } from "../lock/lock.ts";
import { parsePackageReference } from "../reference.ts";
import type { Repositories } from "../source/repositories.ts";
import { type MovedTag, nodesOf, type PackageGraph } from "./package-graph.ts";

export interface MovedTagOptions {
  readonly lock?: Lock | undefined;
  readonly checkTags?: boolean | undefined;
  readonly repositories: Repositories;
}

/** findMovedTags lists the locked tags of a graph that lead elsewhere now: those that were resolved anew, and with `checkTags` all. */
export async function findMovedTags({ roots }: PackageGraph, options: MovedTagOptions): Promise<readonly MovedTag[]> {
  const { lock, checkTags = false, repositories } = options;
  const tagged = new Map(nodesOf(roots).flatMap((node) => (node.key === node.ref ? [[node.key, node] as const] : [])));
  const checked = [...tagged].map(async ([key, node]): Promise<readonly MovedTag[]> => {
    const locked = lock?.packages[key]?.digest;
    if (locked === undefined || node.digest === undefined) return [];
    if (node.digest !== locked) return [{ key, locked, current: node.digest }];
    const reference = parsePackageReference(key);
    if (!checkTags || reference.form !== "tag") return [];
    const current = await repositories.digestOf(reference.repository, reference.tag);
    return current === locked ? [] : [{ key, locked, ...(current === undefined ? {} : { current }) }];
  });
  return (await Promise.all(checked)).flat();
}

/** movedFindings says of each moved tag what it was and is. */
export const movedFindings = (moved: readonly MovedTag[]): readonly Diagnostic[] =>
  moved.map(({ key, locked, current }) =>
    current === undefined
      ? {
          code: "tag-gone",
          severity: "warning",
          message: `the tag ${key}, which stax.lock pins to ${locked}, is no longer there`,
          hint: "ask its publisher why; what is locked stays usable while the registry keeps it",
        }
      : {
          code: "tag-moved",
          severity: "warning",
          message: `the tag ${key} has moved: stax.lock says ${locked}, the registry says ${current}`,
          hint: "a published version must not change: an attack or an accident; ask its publisher before you update",
        },
  );
