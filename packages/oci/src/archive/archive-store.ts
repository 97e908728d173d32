import { randomUUID } from "node:crypto";
import { lstat, open, realpath, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { blobStream } from "../blob-stream.ts";
import type { Descriptor } from "../descriptor.ts";
import { algorithmOf, type Digest, encodedOf, parseDigest } from "../digest.ts";
import { OciError } from "../error.ts";
import { withLock } from "../file-lock.ts";
import { inStore, syncDirectory } from "../file-system.ts";
import { IndexedStore } from "../indexed-store.ts";
import { layoutMarker } from "../layout/layout-marker.ts";
import { writeChunks } from "../layout/write-chunks.ts";
import { createLimit } from "../limit.ts";
import type { Index } from "../manifest.ts";
import { type Content, notFound, type StorageOptions } from "../storage.ts";
import { formatStoreIndex, sortedIndex } from "../store-index.ts";
import { assertSize } from "../verify-content.ts";
import { assertUnchanged, emptySnapshot, openUnchanged, readSnapshot, type Snapshot } from "./snapshot.ts";
import { createSpool, type Spool } from "./spool.ts";
import { type ArchiveFile, archiveChunks } from "./write-archive.ts";

/** ArchiveOptions say whether a missing archive is begun. */
export interface ArchiveOptions {
  /** Begin an empty archive where there is none; `save` writes it. */
  readonly create?: boolean | undefined;
}

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
    if (await isDirectory(file)) {
      throw new OciError("ARCHIVE_NOT_FOUND", `there is no archive ${path}`, {
        hint: `it is a directory: write oci:${path}`,
      });
    }
    const saved = await readSnapshot(file);
    if (saved === undefined && options.create !== true) {
      throw new OciError("ARCHIVE_NOT_FOUND", `there is no archive ${path}`, { hint: "check the path" });
    }
    return new ArchiveStore(file, saved ?? emptySnapshot);
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
    const handle = await openUnchanged(this.place, this.#saved.identity);
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
        await assertUnchanged(this.place, this.#saved.identity);
        await lock.assertHeld();
        await inStore(`write ${this.place}`, () => rename(temp, this.place));
        await syncDirectory(dirname(this.place));
      },
      options,
    );
    this.#saved = (await readSnapshot(this.place)) ?? emptySnapshot;
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

const isDirectory = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined))?.isDirectory() === true;

const bytesFile = (name: string, bytes: Uint8Array): ArchiveFile => ({
  name,
  size: bytes.byteLength,
  open: () => [bytes],
});
