import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { printable } from "@stax/errors";
import { largePiece, smallFile } from "../cached-entry.ts";
import { LayersError } from "../error.ts";
import { type LendingEntry, lend } from "../lending-entry.ts";

/** FileStats is what identifies a state of a file on disk. */
export type FileStats = Pick<BigIntStats, "dev" | "ino" | "size" | "mtimeNs" | "ctimeNs" | "mode">;

// Windows has neither flag. O_NONBLOCK: a FIFO that took the file's place must not hang the build.
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * sourceEntry is a file on disk; `file` is its real path. It opens only the very file that was seen (device, inode, size, time), so that a symlink or directory
 * swapped in since then leads nowhere: SOURCE_CHANGED. Throws SOURCE_UNREADABLE.
 */
export function sourceEntry(path: string, file: string, seen: FileStats): LendingEntry {
  const size = Number(seen.size);
  const small = size <= smallFile;
  const open = () => (small ? [readWhole(path, file, seen, Buffer.allocUnsafe(size))] : readPieces(path, file, seen));
  const into = (scratch: Buffer) => (small ? [readWhole(path, file, seen, scratch.subarray(0, size))] : open());
  return { path, size, executable: (Number(seen.mode) & 0o100) !== 0, open, [lend]: { open, into } };
}

function readWhole(path: string, file: string, seen: FileStats, content: Buffer): Uint8Array {
  try {
    const descriptor = openSync(file, openFlags);
    try {
      checkSame(path, seen, fstatSync(descriptor, { bigint: true }));
      checkPlace(path, file, descriptor);
      let read = 0;
      for (let got = 1; read < content.length && got > 0; read += got)
        got = readSync(descriptor, content, read, content.length - read, null);
      if (read < content.length) throw changed(path);
      return content;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw explained(path, error);
  }
}

async function* readPieces(path: string, file: string, seen: FileStats): AsyncGenerator<Uint8Array, void, undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, openFlags);
    checkSame(path, seen, await handle.stat({ bigint: true }));
    checkPlace(path, file, handle.fd);
    // No Buffer: `slice` of a lent piece must copy, as it does for every other Uint8Array.
    const buffer = new Uint8Array(largePiece);
    // Never more than was seen: a file that is being appended to would have no end.
    for (let left = Number(seen.size); left > 0; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, left), null);
      if (bytesRead === 0) throw changed(path);
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    // Half of the old and half of the new content would be neither.
    checkSame(path, seen, await handle.stat({ bigint: true }));
  } catch (error) {
    throw explained(path, error);
  } finally {
    await handle?.close();
  }
}

function checkSame(path: string, seen: FileStats, now: FileStats): void {
  const same = seen.dev === now.dev && seen.ino === now.ino && seen.size === now.size && seen.mtimeNs === now.mtimeNs;
  if (!same) throw changed(path);
}

// O_NOFOLLOW guards the last name only. Where the kernel says which path it opened, a directory swapped for a symlink cannot lead out.
function checkPlace(path: string, file: string, descriptor: number): void {
  if (openedPath(file, descriptor) !== file) throw changed(path);
}

function openedPath(file: string, descriptor: number): string {
  if (process.platform !== "linux") return realpathSync.native(file);
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return realpathSync.native(file);
  }
}

const changed = (path: string, cause?: unknown): LayersError =>
  new LayersError("SOURCE_CHANGED", `${printable(path)} changed while it was packed`, {
    hint: "run the command again when nothing writes to it",
    cause,
  });

function explained(path: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // ELOOP: a symlink took the file's place.
  if (code === "ENOENT" || code === "ELOOP" || code === "ENOTDIR" || code === "ENXIO") return changed(path, error);
  if (error instanceof LayersError || code === undefined) return error;
  return new LayersError("SOURCE_UNREADABLE", `cannot read ${printable(path)}: ${String(code)}`, {
    hint: "check its permissions",
    cause: error,
  });
}
