import { createHash } from "node:crypto";
import type { FileStats } from "./source-entry.ts";

/** StatKey is the state of the files of a tree on disk: it changes whenever a file that is packed may have changed. */
export interface StatKey {
  /** sha256, hex, over path, size, times, inode, device and mode of every file. */
  readonly key: string;
  /** Files so young that a later change might not show in their times: their content must be compared too. Sorted tree paths. */
  readonly racy: readonly string[];
}

/** Coarsest time stamp of a file system we expect (FAT), ms. */
const racyWindow = 2000;

/** statKeyOf makes the key of files that were looked at from `startedAt` (ms) on. */
export function statKeyOf(
  files: readonly { readonly path: string; readonly stats: FileStats }[],
  startedAt: number,
): StatKey {
  const racy: string[] = [];
  const young = BigInt(startedAt - racyWindow) * 1_000_000n;
  const lines = files.map(({ path, stats: { size, mtimeNs, ctimeNs, ino, dev, mode } }) => {
    if (mtimeNs > young || ctimeNs > young) racy.push(path);
    return `${path}\0${size} ${mtimeNs} ${ctimeNs} ${ino} ${dev} ${mode}\n`;
  });
  return { key: createHash("sha256").update(lines.join("")).digest("hex"), racy };
}
