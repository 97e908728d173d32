import type { Chunks } from "../../storage.ts";

/**
 * readAhead reads the next block of a source while the last one is being used. Two buffers take turns: a block is lent until the next
 * one is asked for. `size` in bytes.
 */
export async function* readAhead(chunks: Chunks, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  const source = new BlockReader(chunks);
  let [filling, spare] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
  let next = source.fill(filling);
  try {
    for (;;) {
      const block = await next;
      if (block.byteLength === 0) return;
      [filling, spare] = [spare, filling];
      next = source.fill(filling);
      // It is awaited in the next round, if there is one.
      next.catch(() => undefined);
      yield block;
    }
  } finally {
    source.close();
  }
}

class BlockReader {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: Chunks) {
    this.#iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  }

  /** The filled part of the buffer; less than all of it, and perhaps nothing, at the end. */
  async fill(buffer: Buffer): Promise<Uint8Array> {
    let held = 0;
    for (;;) {
      const part = this.#rest.subarray(0, buffer.byteLength - held);
      buffer.set(part, held);
      held += part.byteLength;
      this.#rest = this.#rest.subarray(part.byteLength);
      if (held === buffer.byteLength) return buffer;
      const { done, value } = await this.#iterator.next();
      if (done === true) return buffer.subarray(0, held);
      this.#rest = value;
    }
  }

  /** Not awaited: a source that stands still ends when it moves again. */
  close(): void {
    Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }
}
