import type { BigIntStats } from "node:fs";
import { type FileHandle, lstat } from "node:fs/promises";
import { OciError } from "../error.ts";
import { codeOf, ioError, openRegular } from "../file-system.ts";
import { assertLayoutVersion } from "../layout/layout-marker.ts";
import type { Index } from "../manifest.ts";
import { emptyIndex, maxIndexSize, parseStoreIndex } from "../store-index.ts";
import { type ArchiveMembers, readMember, scanArchive } from "./scan-archive.ts";

/** Identity is what an archive file was when it was read: another identity is another file. */
export interface Identity {
  readonly inode: bigint;
  readonly size: bigint;
  readonly modified: bigint;
}

/** Snapshot is what an archive says: where its files are, and its index. */
export interface Snapshot {
  /** Undefined for an archive that is not written yet. */
  readonly identity: Identity | undefined;
  readonly members: ArchiveMembers;
  readonly index: Index;
}

/** emptySnapshot is that of an archive that is not written yet. */
export const emptySnapshot: Snapshot = {
  identity: undefined,
  members: { marker: undefined, index: undefined, blobs: new Map() },
  index: emptyIndex,
};

/** readSnapshot reads an archive; undefined where there is none. Throws `ARCHIVE_INVALID`, `STORE_IO`. */
export async function readSnapshot(path: string): Promise<Snapshot | undefined> {
  const opened = await openRegular(path);
  if (opened === undefined) return undefined;
  const { handle, size } = opened;
  try {
    const identity = identityOf(await handle.stat({ bigint: true }));
    const members = await scanArchive(handle, size, path);
    return { identity, members, index: await readIndex(handle, members, path) };
  } catch (error) {
    throw ioError(error, `read ${path}`);
  } finally {
    await handle.close();
  }
}

async function readIndex(handle: FileHandle, { marker, index }: ArchiveMembers, path: string): Promise<Index> {
  if (marker === undefined || index === undefined) {
    throw new OciError(
      "ARCHIVE_INVALID",
      `${path} is no archive of an OCI layout: it lacks ${marker ? "index.json" : "oci-layout"}`,
      {
        hint: "an archive of `docker save` before version 25 is another format",
      },
    );
  }
  assertLayoutVersion(await readMember(handle, marker, 64 * 1024), `oci-layout in ${path}`);
  const bytes = await readMember(handle, index, maxIndexSize);
  try {
    return parseStoreIndex(bytes);
  } catch (cause) {
    const flaw = cause instanceof Error ? cause.message : String(cause);
    throw new OciError("ARCHIVE_INVALID", `index.json in ${path} is not valid: ${flaw}`, { cause });
  }
}

/** openUnchanged opens an archive that is still the one that was read. Throws `ARCHIVE_CHANGED`. */
export async function openUnchanged(path: string, identity: Identity | undefined): Promise<FileHandle> {
  const opened = await openRegular(path);
  if (opened === undefined) throw changed(path);
  if (isSame(identityOf(await opened.handle.stat({ bigint: true })), identity)) return opened.handle;
  await opened.handle.close();
  throw changed(path);
}

/** assertUnchanged refuses to go on when another process replaced an archive. Throws `ARCHIVE_CHANGED`. */
export async function assertUnchanged(path: string, identity: Identity | undefined): Promise<void> {
  const stats = await lstat(path, { bigint: true }).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw ioError(error, `read ${path}`);
  });
  if (!isSame(stats && identityOf(stats), identity)) throw changed(path);
}

const identityOf = (stats: BigIntStats): Identity => ({
  inode: stats.ino,
  size: stats.size,
  modified: stats.mtimeNs,
});

const isSame = (a: Identity | undefined, b: Identity | undefined): boolean =>
  a?.inode === b?.inode && a?.size === b?.size && a?.modified === b?.modified;

function changed(path: string): OciError {
  return new OciError("ARCHIVE_CHANGED", `${path} was replaced by another process while it was used`, {
    hint: "run the command again",
  });
}
