import type { Chunks } from "../../storage.ts";

/** ChunkReader cuts content into pieces of one size. A piece is ours until the next one is read. */
export class ChunkReader {
  readonly #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #size: number;
  #rest: Uint8Array = new Uint8Array();

  /** `size` in bytes. */
  constructor(chunks: Chunks, size: number) {
    this.#source = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
    this.#size = size;
  }

  /** skip leaves out the first bytes. */
  async skip(bytes: number): Promise<void> {
    let left = bytes;
    while (left > 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return;
      this.#rest = value.subarray(Math.min(left, value.byteLength));
      left -= Math.min(left, value.byteLength);
    }
  }

  /** next is the next piece; shorter than the size, and perhaps empty, at the end. */
  async next(): Promise<Buffer> {
    const piece = Buffer.allocUnsafeSlow(this.#size);
    let held = 0;
    for (;;) {
      const taken = this.#rest.subarray(0, this.#size - held);
      piece.set(taken, held);
      held += taken.byteLength;
      this.#rest = this.#rest.subarray(taken.byteLength);
      if (held === this.#size) return piece;
      const { done, value } = await this.#source.next();
      if (done === true) return piece.subarray(0, held);
      this.#rest = value;
    }
  }

  /** close ends the source. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
