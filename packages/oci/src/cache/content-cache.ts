import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { OciError } from "../error.ts";
import { inStore, makeDirectories } from "../file-system.ts";
import { BlobDirectory } from "../layout/blob-directory.ts";
import type { Content, Fetcher, Pusher, ReadOnlyStorage, StorageOptions } from "../storage.ts";
import { Turns } from "../turns.ts";
import { Memo } from "./memo.ts";

/** CachePruneOptions say what goes; without both nothing does. */
export interface CachePruneOptions extends StorageOptions {
  /** Content that was not used for longer, in milliseconds. */
  readonly maxAge?: number | undefined;
  /** The least recently used content, until the rest is no larger, in bytes. */
  readonly maxSize?: number | undefined;
  /** Report only. */
  readonly dryRun?: boolean | undefined;
  /** The clock, for tests (default `Date.now`). */
  readonly now?: (() => number) | undefined;
}

/** CacheUsage counts content. */
export interface CacheUsage {
  readonly blobs: number;
  /** In bytes. */
  readonly size: number;
}

/** CachePruneResult says what was (or with `dryRun` would be) deleted, and what is left. */
export interface CachePruneResult {
  readonly removed: CacheUsage;
  readonly left: CacheUsage;
}

const hour = 60 * 60 * 1000;

/**
 * ContentCache is content by digest in a directory that all projects and processes share: verified while it is written, visible when it
 * is complete, verified again when it is read. Everything in it can be fetched again, so any part may be deleted at any time.
 */
export class ContentCache implements ReadOnlyStorage, Pusher {
  readonly path: string;
  /** What tags and lists of referrers were when they were last seen. */
  readonly memo: Memo;
  readonly #blobs: BlobDirectory;
  readonly #temp: string;
  readonly #turns = new Turns();

  private constructor(path: string) {
    this.path = path;
    this.#temp = join(path, "tmp");
    this.#blobs = new BlobDirectory(path, this.#temp, { durable: false });
    this.memo = new Memo(join(path, "memo"), this.#temp);
  }

  /** open opens the cache in a directory, which is made if need be. Throws `STORE_IO`. */
  static async open(path: string): Promise<ContentCache> {
    await inStore(`create ${path}`, () => makeDirectories(join(path, "tmp"), 0o700));
    return new ContentCache(path);
  }

  /** exists tells whether content of this digest and size is there, and counts as a use. */
  async exists(target: Descriptor): Promise<boolean> {
    const blob = await this.#blobs.stat(target.digest);
    if (blob?.size !== target.size) return false;
    await this.#blobs.freshen(blob);
    return true;
  }

  /** fetch opens content. Throws `BLOB_NOT_FOUND`; what turns out to be damaged is deleted, and the stream fails with `DIGEST_MISMATCH`. */
  async fetch(target: Descriptor, options: StorageOptions = {}): Promise<Readable> {
    const stream = await this.#blobs.read(target, options);
    stream.once("error", (error) => {
      if (error instanceof OciError && isDamage(error)) void this.remove(target);
    });
    return stream;
  }

  /** push stores content, verified; others who push the same wait for the first, and do it themselves where that fails. Throws `SIZE_MISMATCH`, `DIGEST_MISMATCH`, `STORE_IO`. */
  async push(expected: Descriptor, content: Content, options: StorageOptions = {}): Promise<void> {
    const storing = async () => {
      await this.#store(expected, content, options);
      return true;
    };
    await this.#turns.run(`${expected.digest} ${expected.size}`, storing, options.signal);
  }

  async #store(expected: Descriptor, content: Content, options: StorageOptions): Promise<void> {
    if (!(await this.exists(expected))) await this.#blobs.write(expected, content, options);
  }

  /** fill makes sure that content is there, fetching it from a source if it is not. Throws what the source throws. */
  async fill(target: Descriptor, source: Fetcher, options: StorageOptions = {}): Promise<void> {
    if (await this.exists(target)) return;
    await this.push(target, { open: () => source.fetch(target, options) }, options);
  }

  /** sizeOf is the size of cached content in bytes; undefined where there is none. */
  async sizeOf(digest: Digest): Promise<number | undefined> {
    return (await this.#blobs.stat(digest))?.size;
  }

  /** remove deletes content, if it is there. */
  async remove({ digest }: Pick<Descriptor, "digest">): Promise<void> {
    await rm(this.#blobs.pathOf(digest), { force: true }).catch(() => undefined);
  }

  /** usage counts what is there. */
  async usage(): Promise<CacheUsage> {
    const blobs = await this.#blobs.list();
    return { blobs: blobs.length, size: blobs.reduce((sum, { size }) => sum + size, 0) };
  }

  /** prune deletes what was not used for long, or least recently. Somebody who reads it meanwhile reads on. */
  async prune(options: CachePruneOptions = {}): Promise<CachePruneResult> {
    const {
      maxAge = Number.POSITIVE_INFINITY,
      maxSize = Number.POSITIVE_INFINITY,
      dryRun = false,
      now = Date.now,
      signal,
    } = options;
    const newestFirst = [...(await this.#blobs.list())].sort((a, b) => b.modified - a.modified);
    const removed = { blobs: 0, size: 0 };
    const left = { blobs: 0, size: 0 };
    for (const blob of newestFirst) {
      signal?.throwIfAborted();
      const goes = now() - blob.modified > maxAge || left.size + blob.size > maxSize;
      const sum = goes ? removed : left;
      sum.blobs++;
      sum.size += blob.size;
      if (goes && !dryRun) await this.remove(blob);
    }
    if (!dryRun) {
      await removeOld(this.#temp, now() - hour);
      if (Number.isFinite(maxAge)) await removeOld(this.memo.path, now() - maxAge);
    }
    return { removed, left };
  }
}

const isDamage = ({ code }: OciError): boolean =>
  code === "ERR_STAX_DIGEST_MISMATCH" || code === "ERR_STAX_SIZE_MISMATCH";

async function removeOld(directory: string, before: number): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const path = join(directory, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats !== undefined && stats.mtimeMs < before) await rm(path, { recursive: true, force: true });
  }
}
