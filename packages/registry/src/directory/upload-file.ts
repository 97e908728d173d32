import { createHash, type Hash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { algorithmOf, type Chunks, type Digest, type DigestAlgorithm } from "@stax/oci";
import { type BlobUpload, UploadTooLong } from "../storage.ts";
import { makeDirectory, syncDirectory } from "./regular-file.ts";

/** UploadPlace says where an upload waits and where it goes. */
export interface UploadPlace {
  /** A directory on the file system of the blobs. */
  readonly temp: string;
  /** The path of a blob; its directory exists when this returns. */
  prepare(digest: Digest): Promise<string>;
}

const batchSize = 1024 * 1024;

/** UploadFile is an upload in a temporary file, hashed while it is written. No file stays open between two requests. */
export class UploadFile implements BlobUpload {
  readonly #place: UploadPlace;
  readonly #path: string;
  #algorithm: DigestAlgorithm;
  #hash: Hash;
  #size = 0;

  private constructor(place: UploadPlace, algorithm: DigestAlgorithm) {
    this.#place = place;
    this.#path = join(place.temp, randomUUID());
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  /** create makes the temporary file. */
  static async create(place: UploadPlace, algorithm: DigestAlgorithm = "sha256"): Promise<UploadFile> {
    const upload = new UploadFile(place, algorithm);
    await makeDirectory(place.temp);
    await (await open(upload.#path, "wx", 0o644)).close();
    return upload;
  }

  get size(): number {
    return this.#size;
  }

  async append(
    chunks: Chunks,
    options: { readonly limit?: number | undefined; readonly digest?: Digest } = {},
  ): Promise<void> {
    const { limit = Number.POSITIVE_INFINITY, digest } = options;
    if (this.#size === 0 && digest !== undefined) this.#start(algorithmOf(digest));
    const before = { size: this.#size, hash: this.#hash.copy() };
    const handle = await open(this.#path, "r+");
    try {
      await this.#write(handle, chunks, before.size + limit);
    } catch (error) {
      if (!(error instanceof UploadTooLong)) throw error;
      await handle.truncate(before.size);
      this.#size = before.size;
      this.#hash = before.hash;
      throw error;
    } finally {
      await handle.close();
    }
  }

  async commit(digest: Digest): Promise<boolean> {
    try {
      const matches = (await this.#digest(algorithmOf(digest))) === digest;
      if (matches) await this.#publish(digest);
      return matches;
    } finally {
      // Nothing is left to discard once it was renamed.
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  async #publish(digest: Digest): Promise<void> {
    const handle = await open(this.#path, "r+");
    try {
      await handle.datasync();
    } finally {
      await handle.close();
    }
    const path = await this.#place.prepare(digest);
    await rename(this.#path, path);
    await syncDirectory(dirname(path));
  }

  #start(algorithm: DigestAlgorithm): void {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  /** Small chunks are gathered: one write a megabyte. What arrived before a failure is written too. */
  async #write(handle: FileHandle, chunks: Chunks, end: number): Promise<void> {
    let batch: Uint8Array[] = [];
    let held = 0;
    const flush = async () => {
      const buffers = batch;
      batch = [];
      held = 0;
      await writeFully(handle, buffers, this.#size);
      for (const buffer of buffers) {
        this.#hash.update(buffer);
        this.#size += buffer.byteLength;
      }
    };
    try {
      for await (const chunk of chunks) {
        if (this.#size + held + chunk.byteLength > end) throw new UploadTooLong();
        batch.push(chunk);
        held += chunk.byteLength;
        if (held >= batchSize) await flush();
      }
    } finally {
      if (batch.length > 0) await flush();
    }
  }

  /** The digest was announced under another algorithm than the one the bytes were hashed with while they came. */
  async #digest(algorithm: DigestAlgorithm): Promise<Digest> {
    if (algorithm === this.#algorithm) return `${algorithm}:${this.#hash.copy().digest("hex")}`;
    const hash = createHash(algorithm);
    for await (const chunk of createReadStream(this.#path, { highWaterMark: batchSize })) hash.update(chunk);
    return `${algorithm}:${hash.digest("hex")}`;
  }
}

async function writeFully(handle: FileHandle, buffers: readonly Uint8Array[], position: number): Promise<void> {
  const whole = buffers.length === 1 ? buffers[0] : undefined;
  const total = buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { bytesWritten } =
    whole === undefined
      ? await handle.writev(buffers, position)
      : await handle.write(whole, 0, whole.byteLength, position);
  if (bytesWritten === total) return;
  // A full disk writes a part and fails at the next attempt.
  await writeFully(handle, [Buffer.concat(buffers).subarray(bytesWritten)], position + bytesWritten);
}
