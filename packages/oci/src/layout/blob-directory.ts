import { randomUUID } from "node:crypto";
import { type FileHandle, lstat, open, readdir, rename, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { blobStream } from "../blob-stream.ts";
import { algorithmOf, createDigester, type Digest, encodedOf, isDigest, parseDigest } from "../digest.ts";
import {
  assertRealDirectory,
  codeOf,
  inStore,
  ioError,
  makeDirectories,
  openRegular,
  syncDirectory,
} from "../file-system.ts";
import { type Chunks, type Content, notFound, type StorageOptions } from "../storage.ts";
import { assertSize, createVerifier, type Expected, isHeld, sizeVerifier } from "../verify-content.ts";
import { writeChunks } from "./write-chunks.ts";

/** StoredBlob is a blob file of a layout. */
export interface StoredBlob {
  readonly digest: Digest;
  readonly path: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/** What is done with chunks on their way to the disk: `finish` throws unless they were what they had to be. */
interface Intake {
  take(this: void, chunk: Uint8Array): void;
  finish(): Digest;
}

/** BlobDirectory is the `blobs` of an image layout: one file a blob, named by its digest, complete from the moment it is visible. */
export class BlobDirectory {
  readonly #root: string;
  readonly #temp: string;
  readonly #durable: boolean;

  /** `temp` is a directory on the same file system. Durable blobs survive a power failure. */
  constructor(root: string, temp: string, options: { readonly durable: boolean }) {
    this.#root = root;
    this.#temp = temp;
    this.#durable = options.durable;
  }

  /** pathOf is where a blob lives. Only a well-formed digest ever becomes a path. Throws `DIGEST_INVALID`. */
  pathOf(digest: Digest): string {
    return join(this.#algorithmDirectory(parseDigest(digest)), encodedOf(digest));
  }

  /** stat describes a stored blob; undefined where there is none. Throws `LAYOUT_UNSAFE` when it is a link. */
  async stat(digest: Digest): Promise<StoredBlob | undefined> {
    const path = this.pathOf(digest);
    if (!this.#isReady(digest)) return undefined;
    const stats = await lstat(path).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return undefined;
      throw ioError(error, `read ${path}`);
    });
    if (stats === undefined) return undefined;
    if (!stats.isFile()) await (await openRegular(path))?.handle.close();
    return { digest, path, size: stats.size, modified: stats.mtimeMs };
  }

  /** read opens a blob and verifies it while it streams. Throws `BLOB_NOT_FOUND`, `SIZE_MISMATCH`. */
  async read(expected: Expected, options: StorageOptions): Promise<Readable> {
    options.signal?.throwIfAborted();
    const path = this.pathOf(expected.digest);
    const opened = this.#isReady(expected.digest) ? await openRegular(path) : undefined;
    if (opened === undefined) throw notFound(expected, this.#root);
    const origin = { origin: this.#root };
    try {
      assertSize(opened.size, expected, origin);
    } catch (error) {
      await opened.handle.close();
      throw error;
    }
    return blobStream(opened.handle, { start: 0, path }, expected, { ...origin, signal: options.signal });
  }

  /** write stores a blob: temp file, verified while it is written, renamed into place. Throws `SIZE_MISMATCH`, `DIGEST_MISMATCH`. */
  async write(expected: Expected, content: Content, options: StorageOptions): Promise<void> {
    const verified = (chunks: Chunks): Intake => {
      const verifier = isHeld(chunks, expected) ? sizeVerifier(expected) : createVerifier(expected);
      return {
        take: (chunk) => verifier.update(chunk),
        finish: () => {
          verifier.finish();
          return expected.digest;
        },
      };
    };
    await this.#place(content, options, verified);
  }

  /** ingest stores a blob whose digest is found out while it is written. */
  async ingest(content: Content, options: StorageOptions): Promise<Expected> {
    const digester = createDigester();
    const digest = await this.#place(content, options, () => ({
      take: (chunk) => digester.update(chunk),
      finish: () => digester.digest(),
    }));
    return { digest, size: digester.size };
  }

  /** freshen makes a blob young, so that a prune that runs meanwhile spares it. Failing is no harm: the layout may be read-only. */
  async freshen({ path }: StoredBlob): Promise<void> {
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
  }

  /** list names every blob; what other tools left among them is skipped. */
  async list(): Promise<readonly StoredBlob[]> {
    const found: StoredBlob[] = [];
    for (const algorithm of ["sha256", "sha512"] as const) {
      const names = await readdir(join(this.#root, "blobs", algorithm)).catch((error: unknown) => {
        if (codeOf(error) === "ENOENT") return [];
        throw ioError(error, `list the blobs of ${this.#root}`);
      });
      for (const name of names) {
        const digest = `${algorithm}:${name}`;
        const blob = isDigest(digest) ? await this.stat(digest) : undefined;
        if (blob !== undefined) found.push(blob);
      }
    }
    return found;
  }

  async #place(content: Content, { signal }: StorageOptions, intakeOf: (chunks: Chunks) => Intake): Promise<Digest> {
    signal?.throwIfAborted();
    const chunks = await content.open();
    const intake = intakeOf(chunks);
    const temp = join(this.#temp, randomUUID());
    const handle = await inStore(`create a file in ${this.#temp}`, () => open(temp, "wx"));
    try {
      await this.#fill(handle, temp, chunks, intake, signal);
      const digest = intake.finish();
      const path = this.pathOf(digest);
      await this.#prepare(digest);
      await inStore(`write ${path}`, () => rename(temp, path));
      if (this.#durable) await syncDirectory(this.#algorithmDirectory(digest));
      return digest;
    } catch (error) {
      await rm(temp, { force: true });
      throw error;
    }
  }

  async #fill(
    handle: FileHandle,
    temp: string,
    chunks: Chunks,
    { take }: Intake,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    try {
      await writeChunks(handle, temp, chunks, take, signal);
      if (this.#durable) await inStore(`write ${temp}`, () => handle.datasync());
    } finally {
      await handle.close();
    }
  }

  #algorithmDirectory(digest: Digest): string {
    return join(this.#root, "blobs", algorithmOf(digest));
  }

  #isReady(digest: Digest): boolean {
    return assertRealDirectory(join(this.#root, "blobs")) && assertRealDirectory(this.#algorithmDirectory(digest));
  }

  async #prepare(digest: Digest): Promise<void> {
    if (this.#isReady(digest)) return;
    await inStore(`create ${this.#algorithmDirectory(digest)}`, () =>
      makeDirectories(this.#algorithmDirectory(digest)),
    );
    this.#isReady(digest);
  }
}
