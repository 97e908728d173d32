import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { printable } from "@stax/errors";
import type { Digest, FileEntry } from "@stax/schema";
import { sha256Of } from "./digest.ts";
import { LayersError } from "./error.ts";
import type { IndexEntry } from "./layer-index.ts";

/** CachedTar is a layer on disk: the archive, and the index whose removal makes it be unpacked again. */
export interface CachedTar {
  readonly diffId: Digest;
  readonly file: string;
  readonly index: string;
}

/** Files up to here are read whole and synchronously, bytes: asynchronous reading costs twice the time on many small files. */
export const smallFile = 256 * 1024;
/** Larger ones come in pieces of this, bytes. */
export const largePiece = 512 * 1024;

/** cachedEntry is one file of a cached layer. Its content is checked against its digest while it is read. */
export function cachedEntry(tar: CachedTar, { path, size, executable, digest, offset }: IndexEntry): FileEntry {
  const place = { path, size, digest, offset };
  return {
    path,
    size,
    executable,
    digest,
    open: () => (size <= smallFile ? [readWhole(tar, place)] : readPieces(tar, place)),
  };
}

type Place = Pick<IndexEntry, "path" | "size" | "digest" | "offset">;

function readWhole(tar: CachedTar, place: Place): Uint8Array {
  const content = Buffer.allocUnsafe(place.size);
  let read = 0;
  try {
    const file = openSync(tar.file, "r");
    try {
      for (let got = 1; read < content.length && got > 0; read += got)
        got = readSync(file, content, read, content.length - read, place.offset + read);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw corrupt(tar, place, cause);
  }
  if (read < content.length || sha256Of(content) !== place.digest) throw corrupt(tar, place);
  return content;
}

async function* readPieces(tar: CachedTar, place: Place): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(tar.file, "r").catch((cause) => {
    throw corrupt(tar, place, cause);
  });
  const hash = createHash("sha256");
  // No Buffer: `slice` of a lent piece must copy, as it does for every other Uint8Array.
  const buffer = new Uint8Array(largePiece);
  try {
    for (let at = 0; at < place.size; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, place.size - at), place.offset + at);
      if (bytesRead === 0) throw corrupt(tar, place);
      const piece = buffer.subarray(0, bytesRead);
      hash.update(piece);
      at += bytesRead;
      yield piece;
    }
  } finally {
    await file.close();
  }
  if (`sha256:${hash.digest("hex")}` !== place.digest) throw corrupt(tar, place);
}

function corrupt(tar: CachedTar, place: Place, cause?: unknown): LayersError {
  rmSync(tar.index, { force: true });
  return new LayersError(
    "LAYER_CACHE_CORRUPT",
    `${printable(place.path)} of the cached layer ${tar.diffId} changed on disk`,
    {
      hint: "run the command again: the layer is unpacked afresh",
      cause,
    },
  );
}
