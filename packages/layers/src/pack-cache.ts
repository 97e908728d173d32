import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Digest, FileEntry, FileTree } from "@stax/schema";
import type { Sink } from "./archive/block-pipe.ts";
import { type PackedLayer, type PackOptions, packTree } from "./archive/pack-tree.ts";
import { formatChecked, readChecked, writeAtomically } from "./checked-file.ts";
import type { StatKey } from "./tree/stat-key.ts";

/** Raised whenever the same files would give other bytes, or another report of them. */
const packVersion = 2;

/** SourceTree is a tree that was read from disk, and the state its files were in: what `readTree` gives. */
export interface SourceTree {
  readonly tree: FileTree;
  readonly statKey: StatKey;
}

/** PackCache remembers what trees were packed into, so that unchanged files need not be read again. */
export interface PackCache {
  /**
   * lookup gives what a tree was packed into, `undefined` where that is not known for certain. Files that were written just before they
   * were packed are read and compared, since a later change need not show in their times.
   */
  lookup(source: SourceTree): Promise<PackedLayer | undefined>;
  /** pack packs a tree as {@link packTree} does, and remembers the outcome. */
  pack(source: SourceTree, sink: Sink, options?: Omit<PackOptions, "digestOf" | "onDigest">): Promise<PackedLayer>;
}

interface Remembered {
  readonly packed: PackedLayer;
  /** Content digests of files whose times cannot be trusted. */
  readonly racy: readonly (readonly [string, Digest])[];
}

/** packCache opens a cache in a directory, which several processes may share. A damaged entry is a miss. */
export function packCache(directory: string): PackCache {
  const fileOf = (source: SourceTree): string => join(directory, `${keyOf(source)}.json`);
  const write = (source: SourceTree, remembered: Remembered) =>
    writeAtomically(fileOf(source), formatChecked(remembered));
  return {
    async lookup(source) {
      const remembered = await read(fileOf(source));
      if (remembered === undefined || !(await stillHolds(remembered.racy, source.tree))) return undefined;
      // Compared once and grown old meanwhile: the next time needs no reading.
      if (remembered.racy.length > 0 && source.statKey.racy.length === 0)
        await write(source, { packed: remembered.packed, racy: [] });
      return remembered.packed;
    },
    async pack(source, sink, options = {}) {
      const young = new Set(source.statKey.racy);
      // Of the very bytes that were packed: reading them again could see a later state.
      const racy: (readonly [string, Digest])[] = [];
      const packed = await packTree(source.tree, sink, {
        ...options,
        digestOf: ({ path }) => young.has(path),
        onDigest: ({ path }, digest) => racy.push([path, digest]),
      });
      await write(source, { packed, racy });
      return packed;
    },
  };
}

function keyOf({ tree, statKey }: SourceTree): string {
  // Which files are executable may have been told by something else than their mode.
  const executables = tree.map(({ executable }) => (executable ? "x" : "-")).join("");
  return createHash("sha256").update(`${packVersion} ${statKey.key} ${executables}`).digest("hex");
}

async function read(file: string): Promise<Remembered | undefined> {
  try {
    return (await readChecked(file)) as Remembered; // the checksum says that we wrote it
  } catch {
    return undefined;
  }
}

async function stillHolds(racy: Remembered["racy"], tree: FileTree): Promise<boolean> {
  if (racy.length === 0) return true;
  const entries = new Map(tree.map((entry) => [entry.path, entry]));
  for (const [path, digest] of racy) {
    const entry = entries.get(path);
    if (entry === undefined || (await digestOf(entry)) !== digest) return false;
  }
  return true;
}

async function digestOf(entry: FileEntry): Promise<Digest> {
  const hash = createHash("sha256");
  const content = entry.open();
  if (Symbol.iterator in content) for (const piece of content) hash.update(piece);
  else for await (const piece of content) hash.update(piece);
  return `sha256:${hash.digest("hex")}`;
}
