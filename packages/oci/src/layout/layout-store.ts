import { lstat, readdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { OciError } from "../error.ts";
import { type HeldLock, withLock } from "../file-lock.ts";
import {
  assertRealDirectory,
  codeOf,
  inStore,
  ioError,
  makeDirectories,
  readRegular,
  writeAtomically,
} from "../file-system.ts";
import { IndexedStore } from "../indexed-store.ts";
import type { Index } from "../manifest.ts";
import type { Content, StorageOptions } from "../storage.ts";
import { emptyIndex, formatStoreIndex, maxIndexSize, parseStoreIndex } from "../store-index.ts";
import { BlobDirectory } from "./blob-directory.ts";
import { assertLayoutVersion, layoutMarker } from "./layout-marker.ts";
import { type PruneOptions, type PruneResult, pruneBlobs } from "./prune.ts";

/** LayoutOptions say whether a missing layout is made, and tune waiting for other processes; times in milliseconds. */
export interface LayoutOptions {
  /** Make the directory and an empty layout where there is none. */
  readonly create?: boolean | undefined;
  /** How long to wait for another process (default 60,000). */
  readonly lockTimeout?: number | undefined;
  /** A lock without a sign of life for this long is broken (default 10,000). */
  readonly staleAfter?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A blob this old may be about to be pruned: whoever relies on it makes it young again. In milliseconds. */
const freshFor = 10 * 60 * 1000;

const lockName = "index.json.lock";
const tempName = ".tmp";

/**
 * LayoutStore is an OCI image layout in a directory, safe with several processes: blobs and index appear by rename, changes of the
 * index happen under a lock, and a killed process leaves nothing but temporary files. Nothing outside the directory is touched.
 */
export class LayoutStore extends IndexedStore {
  /** The directory, absolute, links in its own path resolved. */
  readonly place: string;
  readonly #blobs: BlobDirectory;
  readonly #options: LayoutOptions;
  #peeked: { readonly identity: string | undefined; readonly index: Index } | undefined;

  private constructor(path: string, options: LayoutOptions) {
    super();
    this.place = path;
    this.#options = options;
    this.#blobs = new BlobDirectory(path, join(path, tempName), { durable: true });
  }

  /** open opens a layout, with `create` making it if need be. Throws `LAYOUT_NOT_FOUND`, `LAYOUT_INVALID`, `LAYOUT_UNSAFE`, `STORE_IO`. */
  static async open(path: string, options: LayoutOptions = {}): Promise<LayoutStore> {
    if (options.create === true) await makeDirectory(path);
    const root = await realpath(path).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") throw missing(path);
      throw ioError(error, `open ${path}`);
    });
    if (!(await isDirectory(root))) throw missing(path, `it is a file: write oci-archive:${path}`);
    const store = new LayoutStore(root, options);
    if (!(await store.#isLayout())) await store.#create();
    return store;
  }

  async fetch(target: Descriptor, options: StorageOptions = {}): Promise<Readable> {
    return this.#blobs.read(target, options);
  }

  override async exists(target: Descriptor): Promise<boolean> {
    const blob = await this.#blobs.stat(target.digest);
    if (blob?.size !== target.size) return false;
    if (Date.now() - blob.modified > freshFor) await this.#blobs.freshen(blob);
    return true;
  }

  async ingest(content: Content, mediaType: string, options: StorageOptions = {}): Promise<Descriptor> {
    await this.#prepareTemp();
    return { mediaType, ...(await this.#blobs.ingest(content, options)) };
  }

  /** prune deletes blobs that no entry reaches and that are older than an hour, and what killed processes left; under the lock. */
  async prune(options: PruneOptions = {}): Promise<PruneResult> {
    await this.#prepareTemp();
    return this.#locked(async (lock) => {
      const reachable = await this.reachableFrom(await this.loadIndex(), options);
      await lock.assertHeld();
      return pruneBlobs(this.#blobs, join(this.place, tempName), reachable, options);
    }, options);
  }

  protected async store(expected: Descriptor, content: Content, options: StorageOptions): Promise<void> {
    await this.#prepareTemp();
    await this.#blobs.write(expected, content, options);
  }

  protected async sizeOf(digest: Digest): Promise<number | undefined> {
    return (await this.#blobs.stat(digest))?.size;
  }

  protected async loadIndex(): Promise<Index> {
    const path = join(this.place, "index.json");
    const bytes = await readRegular(path, maxIndexSize);
    if (bytes === undefined) throw invalid(path, "it does not exist");
    try {
      return parseStoreIndex(bytes);
    } catch (cause) {
      throw invalid(path, cause instanceof Error ? cause.message : String(cause), cause);
    }
  }

  /** A file that was replaced is another file. Changes read anew all the same: an inode and a moment can come back. */
  protected override async peekIndex(): Promise<Index> {
    const stats = await lstat(join(this.place, "index.json"), { bigint: true }).catch(() => undefined);
    const identity = stats && `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
    if (identity === undefined || identity !== this.#peeked?.identity) {
      this.#peeked = { identity, index: await this.loadIndex() };
    }
    return this.#peeked.index;
  }

  protected async changeIndex(change: (index: Index) => Promise<Index>, options: StorageOptions): Promise<void> {
    await this.#prepareTemp();
    await this.#locked(async (lock) => {
      const index = await this.loadIndex();
      const next = await change(index);
      if (next === index) return;
      await lock.assertHeld();
      await this.#write("index.json", formatStoreIndex(next));
    }, options);
  }

  async #isLayout(): Promise<boolean> {
    const path = join(this.place, "oci-layout");
    const bytes = await readRegular(path, 64 * 1024);
    if (bytes === undefined) return false;
    assertLayoutVersion(bytes, path);
    return true;
  }

  /** The marker comes last: a directory with it is complete. */
  async #create(): Promise<void> {
    if (this.#options.create !== true) throw missing(this.place);
    await this.#assertOurs();
    await this.#prepareTemp();
    await this.#locked(async () => {
      if (await this.#isLayout()) return;
      await inStore(`create ${this.place}`, () => makeDirectories(join(this.place, "blobs", "sha256")));
      const index = await lstat(join(this.place, "index.json")).catch(() => undefined);
      if (index === undefined) await this.#write("index.json", formatStoreIndex(emptyIndex));
      await this.#write("oci-layout", layoutMarker);
    }, this.#options);
  }

  /** A folder of something else is not turned into a layout. */
  async #assertOurs(): Promise<void> {
    const ours = new Set(["blobs", "index.json", lockName, tempName]);
    const names = await inStore(`list ${this.place}`, () => readdir(this.place));
    const foreign = names.find((name) => !ours.has(name));
    // Another process may have finished the layout since we looked.
    if (foreign === undefined || (await this.#isLayout())) return;
    throw new OciError("LAYOUT_NOT_FOUND", `${this.place} is no OCI image layout and not empty: it holds ${foreign}`, {
      hint: "choose an empty or new directory",
    });
  }

  async #prepareTemp(): Promise<void> {
    const temp = join(this.place, tempName);
    if (assertRealDirectory(temp)) return;
    await inStore(`create ${temp}`, () => makeDirectories(temp));
  }

  #locked<T>(work: (lock: HeldLock) => Promise<T>, { signal }: StorageOptions): Promise<T> {
    const place = { path: join(this.place, lockName), staging: join(this.place, tempName) };
    return withLock(place, work, { signal, timeout: this.#options.lockTimeout, staleAfter: this.#options.staleAfter });
  }

  #write(name: string, bytes: Uint8Array): Promise<void> {
    return writeAtomically(join(this.place, name), bytes, { temp: join(this.place, tempName), parent: this.place });
  }
}

/** isLayout tells whether a directory holds an OCI image layout. */
export async function isLayout(path: string): Promise<boolean> {
  const stats = await lstat(join(resolve(path), "oci-layout")).catch(() => undefined);
  return stats?.isFile() === true;
}

async function makeDirectory(path: string): Promise<void> {
  await makeDirectories(path).catch((error: unknown) => {
    // A file: opening says so.
    if (codeOf(error) !== "EEXIST") throw ioError(error, `create ${path}`);
  });
}

const isDirectory = async (path: string): Promise<boolean> => (await lstat(path)).isDirectory();

function missing(path: string, hint = "check the path; a layout holds the files oci-layout and index.json"): OciError {
  return new OciError("LAYOUT_NOT_FOUND", `there is no OCI image layout in ${path}`, { hint });
}

function invalid(path: string, flaw: string, cause?: unknown): OciError {
  return new OciError("LAYOUT_INVALID", `${path} is not valid: ${flaw}`, { cause });
}
