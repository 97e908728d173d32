import { createHash, type Hash } from "node:crypto";
import type { Compressor } from "./gzip.ts";

/** Sink takes the bytes of a layer in order. A chunk is lent until the returned promise settles. */
export type Sink = (chunk: Uint8Array) => void | Promise<void>;

const blockLength = 1024 * 1024;

/**
 * BlockPipe coalesces what is appended into blocks of 1 MiB, hashes them, compresses them one at a time beside the caller, hashes the
 * result and hands it to the sink. Three blocks are all it holds.
 */
export class BlockPipe {
  readonly #compressor: Compressor;
  readonly #sink: Sink;
  readonly #plain: Hash = createHash("sha256");
  readonly #packed: Hash = createHash("sha256");
  readonly #free: Buffer[] = [Buffer.allocUnsafe(blockLength), Buffer.allocUnsafe(blockLength)];
  #block: Buffer = Buffer.allocUnsafe(blockLength);
  #filled = 0;
  /** Settles when the blocks handed over so far are compressed. */
  #compressed: Promise<void> = Promise.resolve();
  #drained: Promise<void> = Promise.resolve();
  #waiting: (() => void) | undefined;
  #failure: unknown;
  #failed = false;
  /** Bytes before and after compression. */
  plainSize = 0;
  packedSize = 0;

  constructor(compressor: Compressor, sink: Sink) {
    this.#compressor = compressor;
    this.#sink = sink;
  }

  /** append copies bytes. It returns a promise only where the caller must wait: awaiting each small file costs more than reading it. */
  append(bytes: Uint8Array): Promise<void> | undefined {
    if (bytes.length < blockLength - this.#filled) {
      this.#block.set(bytes, this.#filled);
      this.#filled += bytes.length;
      return undefined;
    }
    return this.#appendAcross(bytes);
  }

  async #appendAcross(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + blockLength - this.#filled);
      this.#block.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === blockLength) await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    this.#handOver();
    let next = this.#free.pop();
    while (next === undefined) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
      next = this.#free.pop();
      if (this.#failed) throw this.#failure;
    }
    if (this.#failed) throw this.#failure;
    this.#block = next;
  }

  #handOver(): void {
    const block = this.#block;
    const filled = block.subarray(0, this.#filled);
    this.#filled = 0;
    this.plainSize += filled.length;
    this.#plain.update(filled);
    this.#compressed = this.#compressed.then(() => this.#compress(block, filled)).catch((error) => this.#fail(error));
  }

  async #compress(block: Buffer, filled: Uint8Array): Promise<void> {
    if (this.#failed) return this.#release(block);
    const out = await this.#compressor.write(filled);
    this.#release(block);
    await this.#emit(out);
  }

  #release(block: Buffer): void {
    this.#free.push(block);
    this.#waiting?.();
  }

  // The sink may be slow: it works while the next block is compressed, never more than one block behind.
  async #emit(out: readonly Uint8Array[]): Promise<void> {
    await this.#drained;
    this.#drained = this.#drain(out);
    this.#drained.catch((error) => this.#fail(error));
  }

  async #drain(out: readonly Uint8Array[]): Promise<void> {
    for (const chunk of out) {
      this.packedSize += chunk.length;
      this.#packed.update(chunk);
      await this.#sink(chunk);
    }
  }

  #fail(error: unknown): void {
    if (!this.#failed) this.#failure = error;
    this.#failed = true;
    this.#waiting?.();
  }

  /** finish compresses the rest and gives the digests (hex) of what went in and what came out. */
  async finish(): Promise<{ readonly plain: string; readonly packed: string }> {
    this.#handOver();
    await this.#compressed;
    if (this.#failed) throw this.#failure;
    await this.#emit(await this.#compressor.finish());
    await this.#drained;
    if (this.#failed) throw this.#failure;
    return { plain: this.#plain.digest("hex"), packed: this.#packed.digest("hex") };
  }

  /** settle waits until nothing uses the blocks or the sink any more, after a failure. */
  async settle(): Promise<void> {
    this.#failed = true;
    await this.#compressed;
    await this.#drained.catch(() => {});
  }
}
