import type { FileEntry } from "@stax/schema";
import type { Found } from "../contract.ts";

/** filesBelow takes the files of a directory out of what was found, with their paths in it. */
export function filesBelow(
  directory: string,
  found: readonly Found<FileEntry>[],
): { readonly tree: readonly FileEntry[]; readonly rest: readonly Found<FileEntry>[] } {
  const prefix = `${directory}/`;
  const tree = found
    .filter(({ path }) => path.startsWith(prefix))
    .map(({ path, out }) => ({ ...out, path: path.slice(prefix.length) }));
  return { tree, rest: found.filter(({ path }) => !path.startsWith(prefix)) };
}
