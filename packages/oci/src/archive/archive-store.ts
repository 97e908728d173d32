import { randomUUID } from "node:crypto";
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { blobStream } from "../blob-stream.ts";
import type { Descriptor } from "../descriptor.ts";
import { algorithmOf, type Digest, encodedOf, parseDigest } from "../digest.ts";
import { OciError } from "../error.ts";
import { withLock } from "../file-lock.ts";
import { codeOf, inStore, ioError, openRegular, syncDirectory } from "../file-system.ts";
import { IndexedStore } from "../indexed-store.ts";
import { BlobDirectory } from "../layout/blob-directory.ts";
import { assertLayoutVersion, layoutMarker } from "../layout/layout-marker.ts";
import { writeChunks } from "../layout/write-chunks.ts";
import { createLimit } from "../limit.ts";
import type { Index } from "../manifest.ts";
import { type Content, notFound, type StorageOptions } from "../storage.ts";
import { emptyIndex, formatStoreIndex, maxIndexSize, parseStoreIndex, sortedIndex } from "../store-index.ts";
import { assertSize } from "../verify-content.ts";
import { type ArchiveMembers, readMember, scanArchive } from "./scan-archive.ts";
import { type ArchiveFile, archiveChunks } from "./write-archive.ts";

/** ArchiveOptions say whether a missing archive is begun. */
export interface ArchiveOptions {
  /** Begin an empty archive where there is none; `save` writes it. */
  readonly create?: boolean | undefined;
}

/** What an archive file was when it was read: another one of these is another file. */
interface Identity {
  readonly inode: bigint;
  readonly size: bigint;
  readonly modified: bigint;
}

/** Where pushed content waits. */
interface Spool {
  readonly path: string;
  readonly blobs: BlobDirectory;
}

interface Snapshot {
  readonly identity: Identity | undefined;
  readonly members: ArchiveMembers;
  readonly index: Index;
}

const nothing: Snapshot = {
  identity: undefined,
  members: { marker: undefined, index: undefined, blobs: new Map() },
  index: emptyIndex,
};

/**
 * ArchiveStore is an OCI image layout in one tar file (`oci-archive:`). Reading needs no extraction: a blob is one range of the file.
 * What is pushed waits beside the archive until `save` writes a new file and renames it into place; equal content gives equal bytes.
 */
export class ArchiveStore extends IndexedStore implements AsyncDisposable {
  /** The file, absolute. */
  readonly place: string;
  readonly #turn = createLimit(1);
  #saved: Snapshot;
  #index: Index;
  #spool: Promise<Spool> | undefined;

  private constructor(path: string, saved: Snapshot) {
    super();
    this.place = path;
    this.#saved = saved;
    this.#index = saved.index;
  }

  /** open reads the index of an archive. Throws `ARCHIVE_NOT_FOUND`, `ARCHIVE_INVALID`, `STORE_IO`. */
  static async open(path: string, options: ArchiveOptions = {}): Promise<ArchiveStore> {
    const file = await realpath(path).catch(() => resolve(path));
    const saved = await readSnapshot(file);
    if (saved === undefined && options.create !== true) {
      throw new OciError("ARCHIVE_NOT_FOUND", `there is no archive ${path}`, { hint: "check the path" });
    }
    return new ArchiveStore(file, saved ?? nothing);
  }

  async fetch(target: Descriptor, options: StorageOptions = {}): Promise<Readable> {
    const spool = await this.#spool;
    if ((await spool?.blobs.stat(target.digest)) !== undefined && spool !== undefined) {
      return spool.blobs.read(target, options);
    }
    const member = this.#saved.members.blobs.get(parseDigest(target.digest));
    if (member === undefined) throw notFound(target, this.place);
    assertSize(member.size, target, { origin: this.place });
    options.signal?.throwIfAborted();
    const handle = await this.#openSaved();
    const from = { start: member.offset, path: this.place };
    return blobStream(handle, from, target, { origin: this.place, signal: options.signal });
  }

  async ingest(content: Content, mediaType: string, options: StorageOptions = {}): Promise<Descriptor> {
    return { mediaType, ...(await (await this.#spooled()).blobs.ingest(content, options)) };
  }

  /**
   * save writes what the entries reach into a new file and renames it into place; nothing else is kept. Throws `ARCHIVE_CHANGED`
   * when another process saved meanwhile, `STORE_IO`, and what reading content throws; the old file stays then.
   */
  async save(options: StorageOptions = {}): Promise<void> {
    await this.#turn(async () => {
      if (this.#index !== this.#saved.index || this.#saved.identity === undefined) await this.#replace(options);
      await this.#removeSpool();
    });
  }

  /** close forgets what was pushed and not saved. */
  async close(): Promise<void> {
    await this.#turn(async () => {
      this.#index = this.#saved.index;
      await this.#removeSpool();
    });
  }

  /** As {@link close}: `await using archive = await ArchiveStore.open(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected async store(expected: Descriptor, content: Content, options: StorageOptions): Promise<void> {
    await (await this.#spooled()).blobs.write(expected, content, options);
  }

  protected async sizeOf(digest: Digest): Promise<number | undefined> {
    return (await (await this.#spool)?.blobs.stat(digest))?.size ?? this.#saved.members.blobs.get(digest)?.size;
  }

  protected async loadIndex(): Promise<Index> {
    return this.#index;
  }

  protected changeIndex(change: (index: Index) => Promise<Index>): Promise<void> {
    return this.#turn(async () => {
      this.#index = await change(this.#index);
    });
  }

  async #replace(options: StorageOptions): Promise<void> {
    const { path: staging } = await this.#spooled();
    const temp = join(staging, `${randomUUID()}.tar`);
    await this.#write(temp, options);
    await withLock(
      { path: `${this.place}.lock`, staging },
      async (lock) => {
        if (!isSame(await identityOf(this.place), this.#saved.identity)) throw changed(this.place);
        await lock.assertHeld();
        await inStore(`write ${this.place}`, () => rename(temp, this.place));
        await syncDirectory(dirname(this.place));
      },
      options,
    );
    this.#saved = (await readSnapshot(this.place)) ?? nothing;
    this.#index = this.#saved.index;
  }

  async #write(temp: string, options: StorageOptions): Promise<void> {
    const index = sortedIndex(this.#index);
    const files = await this.#files(index, options);
    const handle = await inStore(`create ${temp}`, () => open(temp, "wx"));
    try {
      await writeChunks(handle, temp, archiveChunks(files), () => undefined, options.signal);
      await inStore(`write ${temp}`, () => handle.sync());
    } finally {
      await handle.close();
    }
  }

  /** Sorted by name, which is also the order in which skopeo writes them. */
  async #files(index: Index, options: StorageOptions): Promise<readonly ArchiveFile[]> {
    const files: ArchiveFile[] = [];
    for (const digest of [...(await this.reachableFrom(index, options))].sort()) {
      const size = await this.sizeOf(digest);
      if (size === undefined) continue;
      const target: Descriptor = { mediaType: "application/octet-stream", digest, size };
      const name = `blobs/${algorithmOf(digest)}/${encodedOf(digest)}`;
      files.push({ name, size, open: () => this.fetch(target, options) });
    }
    return [...files, bytesFile("index.json", formatStoreIndex(index)), bytesFile("oci-layout", layoutMarker)];
  }

  async #openSaved(): Promise<FileHandle> {
    const opened = await openRegular(this.place);
    if (opened === undefined) throw changed(this.place);
    const stats = await opened.handle.stat({ bigint: true });
    if (isSame({ inode: stats.ino, size: stats.size, modified: stats.mtimeNs }, this.#saved.identity))
      return opened.handle;
    await opened.handle.close();
    throw changed(this.place);
  }

  #spooled(): Promise<Spool> {
    this.#spool ??= createSpool(this.place).catch((error: unknown) => {
      this.#spool = undefined;
      throw error;
    });
    return this.#spool;
  }

  async #removeSpool(): Promise<void> {
    const spool = await this.#spool?.catch(() => undefined);
    this.#spool = undefined;
    if (spool !== undefined) await rm(spool.path, { recursive: true, force: true });
  }
}

/** Waiting content lies beside the archive: the temporary directory of the system may be memory. */
async function createSpool(archive: string): Promise<Spool> {
  const directory = dirname(archive);
  const path = join(directory, `.${basename(archive)}.${randomUUID()}.spool`);
  await inStore(`create ${path}`, () => mkdir(path, { recursive: true }));
  await removeAbandoned(directory, basename(archive));
  return { path, blobs: new BlobDirectory(path, path, { durable: false }) };
}

async function readSnapshot(path: string): Promise<Snapshot | undefined> {
  const opened = await openRegular(path);
  if (opened === undefined) return undefined;
  const { handle, size } = opened;
  try {
    const stats = await handle.stat({ bigint: true });
    const members = await scanArchive(handle, size, path);
    const index = await readIndex(handle, members, path);
    return { identity: { inode: stats.ino, size: stats.size, modified: stats.mtimeNs }, members, index };
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

async function identityOf(path: string): Promise<Identity | undefined> {
  const stats = await lstat(path, { bigint: true }).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw ioError(error, `read ${path}`);
  });
  return stats && { inode: stats.ino, size: stats.size, modified: stats.mtimeNs };
}

const isSame = (a: Identity | undefined, b: Identity | undefined): boolean =>
  a?.inode === b?.inode && a?.size === b?.size && a?.modified === b?.modified;

const bytesFile = (name: string, bytes: Uint8Array): ArchiveFile => ({
  name,
  size: bytes.byteLength,
  open: () => [bytes],
});

const day = 24 * 60 * 60 * 1000;

/** What killed processes left beside this archive. */
async function removeAbandoned(directory: string, name: string): Promise<void> {
  for (const entry of await readdir(directory).catch(() => [])) {
    if (!entry.startsWith(`.${name}.`) || !/\.[0-9a-f-]{36}\.spool$/.test(entry)) continue;
    const path = join(directory, entry);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isDirectory() && Date.now() - stats.mtimeMs > day) await rm(path, { recursive: true, force: true });
  }
}

function changed(path: string): OciError {
  return new OciError("ARCHIVE_CHANGED", `${path} was replaced by another process while it was used`, {
    hint: "run the command again",
  });
}
