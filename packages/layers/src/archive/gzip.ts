import { createGzip, type Gzip } from "node:zlib";
import { runtimeMatchesPako } from "./gzip-probe.ts";

/** Compressor turns blocks into one gzip member with pinned bytes (decision A3). */
export interface Compressor {
  /** write compresses a block and gives what came out so far; the block may be used again then. */
  write(block: Uint8Array): Promise<readonly Uint8Array[]>;
  /** finish gives the rest. */
  finish(): Promise<readonly Uint8Array[]>;
  /** destroy frees what is held; to be called in the end, however it ends. */
  destroy(): void;
}

/** CompressorName chooses who deflates; the bytes are the same. `auto`: the runtime's zlib where a probe shows that it is exact, else pako. */
export type CompressorName = "auto" | "zlib" | "pako";

/** createCompressor makes a compressor at level 6. The environment variable STAX_COMPRESSOR=pako overrides `auto`. */
export async function createCompressor(name: CompressorName = "auto"): Promise<Compressor> {
  const forced = name === "auto" && process.env.STAX_COMPRESSOR === "pako" ? "pako" : name;
  const native = forced === "zlib" || (forced === "auto" && runtimeMatchesPako());
  return native ? new NativeCompressor() : createPako();
}

/** Offset of the operating system in a gzip header; we always write 255, "unknown". */
const operatingSystem = 9;

class NativeCompressor implements Compressor {
  readonly #gzip: Gzip = createGzip({ level: 6, chunkSize: 512 * 1024 });
  #out: Uint8Array[] = [];
  #started = false;
  #failure: Error | undefined;
  #reject: (error: Error) => void = () => {};

  constructor() {
    this.#gzip.on("data", (chunk: Buffer) => {
      // A first piece shorter than the header cannot be: zlib writes the header at once.
      if (!this.#started) chunk[operatingSystem] = 255;
      this.#started = true;
      this.#out.push(chunk);
    });
    this.#gzip.on("error", (error) => {
      this.#failure = error;
      this.#reject(error);
    });
  }

  write(block: Uint8Array): Promise<readonly Uint8Array[]> {
    return this.#step((done) => this.#gzip.write(block, done));
  }

  finish(): Promise<readonly Uint8Array[]> {
    return this.#step((done) => {
      this.#gzip.once("end", done);
      this.#gzip.end();
    });
  }

  destroy(): void {
    this.#gzip.destroy();
  }

  async #step(start: (done: () => void) => void): Promise<readonly Uint8Array[]> {
    if (this.#failure !== undefined) throw this.#failure;
    await new Promise<void>((resolve, reject) => {
      this.#reject = reject;
      start(resolve);
    });
    const out = this.#out;
    this.#out = [];
    return out;
  }
}

async function createPako(): Promise<Compressor> {
  const { Deflate } = await import("pako");
  let out: Uint8Array[] = [];
  let started = false;
  const deflate = new Deflate({ gzip: true, level: 6, chunkSize: 256 * 1024 });
  deflate.onData = (chunk) => {
    if (!started) chunk[operatingSystem] = 255;
    started = true;
    out.push(chunk);
  };
  const push = async (block: Uint8Array, last: boolean): Promise<readonly Uint8Array[]> => {
    if (!deflate.push(block, last)) throw new Error(`pako failed: ${deflate.msg}`);
    // pako computes without a pause: let others run, so that an abort is seen.
    await new Promise((resolve) => setImmediate(resolve));
    const done = out;
    out = [];
    return done;
  };
  return { write: (block) => push(block, false), finish: () => push(new Uint8Array(0), true), destroy: () => {} };
}
