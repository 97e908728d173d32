import type { FileHandle } from "node:fs/promises";
import { inStore } from "../file-system.ts";
import type { Chunks } from "../storage.ts";

const bufferSize = 1024 * 1024;

/**
 * writeChunks writes chunks to a file in pieces of a useful size; `take` sees every chunk before it is written. The name is for messages.
 * Only failures of the file become `STORE_IO`: those of the source pass as they are.
 */
export async function writeChunks(
  handle: FileHandle,
  name: string,
  chunks: Chunks,
  take: (chunk: Uint8Array) => void,
  signal?: AbortSignal,
): Promise<void> {
  const writer = new BufferedWriter(handle, name);
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      take(chunk);
      await writer.write(chunk);
    }
    await writer.finish();
  } finally {
    await writer.close();
  }
}

/** Buffers of writers that have ended: thousands of small files must not leave as many megabytes behind. */
const pool: Buffer[] = [];
const maxPooled = 8;

const takeBuffer = (): Buffer => pool.pop() ?? Buffer.allocUnsafeSlow(bufferSize);

function giveBack(buffer: Buffer | undefined): void {
  if (buffer !== undefined && pool.length < maxPooled) pool.push(buffer);
}

/** Fills one buffer while the other one is being written: the disk and the source need not wait for each other. */
class BufferedWriter {
  readonly #handle: FileHandle;
  readonly #name: string;
  #filling: Buffer = takeBuffer();
  #spare: Buffer | undefined;
  #held = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(handle: FileHandle, name: string) {
    this.#handle = handle;
    this.#name = name;
  }

  async write(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.byteLength > 0) {
      const part = rest.subarray(0, bufferSize - this.#held);
      this.#filling.set(part, this.#held);
      this.#held += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#held === bufferSize) await this.#swap();
    }
  }

  async finish(): Promise<void> {
    await this.#writing;
    await writeFully(this.#handle, this.#name, this.#filling.subarray(0, this.#held));
  }

  /** Waits for what is under way, whatever becomes of it: nothing is written to a handle that is closed, nor out of a buffer of somebody else. */
  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    giveBack(this.#filling);
    giveBack(this.#spare);
  }

  async #swap(): Promise<void> {
    await this.#writing;
    const full = this.#filling;
    this.#filling = this.#spare ?? takeBuffer();
    this.#spare = full;
    this.#held = 0;
    this.#writing = writeFully(this.#handle, this.#name, full);
    // Whoever waits next hears of a failure; until then it is nobody's.
    this.#writing.catch(() => undefined);
  }
}

async function writeFully(handle: FileHandle, name: string, bytes: Uint8Array): Promise<void> {
  let at = 0;
  while (at < bytes.byteLength) {
    const { bytesWritten } = await inStore(`write ${name}`, () => handle.write(bytes, at));
    at += bytesWritten;
  }
}
