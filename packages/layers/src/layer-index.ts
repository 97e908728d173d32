import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Digest } from "@stax/schema";
import type { ScannedFile } from "./archive/scan-archive.ts";
import { formatChecked, parseChecked } from "./checked-file.ts";

/** IndexEntry is one file of a cached layer: where it lies in the tar, and the digest of its content. */
export interface IndexEntry extends ScannedFile {
  readonly digest: Digest;
}

/** LayerIndex is what lies beside a cached tar. */
export interface LayerIndex {
  readonly diffId: Digest;
  /** Of the tar, bytes. */
  readonly size: number;
  /** The tar's size, time and inode when its content was last known to be right. */
  readonly seal: string;
  /** Sorted by the bytes of their paths. */
  readonly entries: readonly IndexEntry[];
}

const version = 1;

/** formatIndex writes an index as a checked file. */
export function formatIndex(index: LayerIndex): Buffer {
  const entries = index.entries.map(({ path, size, executable, offset, digest }) => [
    path,
    size,
    executable ? 1 : 0,
    offset,
    digest.slice("sha256:".length),
  ]);
  return formatChecked({ ...index, version, entries });
}

/** parseIndex reads an index that {@link formatIndex} wrote. Throws a plain Error for anything else: it is then built again. */
export function parseIndex(bytes: Buffer): LayerIndex {
  const stored = parseChecked(bytes) as StoredIndex; // the checksum says that we wrote it
  if (stored.version !== version) throw new Error("the index is of another version");
  return {
    diffId: stored.diffId,
    size: stored.size,
    seal: stored.seal,
    entries: stored.entries.map(([path, size, executable, offset, hex]) => ({
      path,
      size,
      executable: executable === 1,
      offset,
      digest: `sha256:${hex}`,
    })),
  };
}

interface StoredIndex extends Omit<LayerIndex, "entries"> {
  readonly version: number;
  readonly entries: readonly (readonly [string, number, number, number, string])[];
}

/** sealOf is what changes when somebody writes to a file. */
export async function sealOf(file: string): Promise<string> {
  const { size, mtimeNs, ino } = await stat(file, { bigint: true });
  return `${size}-${mtimeNs}-${ino}`;
}

/** digestOfFile is the sha256 (hex) of a file's content. */
export async function digestOfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file, { highWaterMark: 512 * 1024 })) hash.update(piece as Buffer); // no encoding is set
  return hash.digest("hex");
}
