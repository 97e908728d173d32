import { once } from "node:events";
import { crc32, createInflateRaw, type InflateRaw } from "node:zlib";
import { LayersError } from "../error.ts";
import type { Budget } from "./limits.ts";

/** ByteSource is bytes in pieces: a blob being fetched, a file being read, or pieces in memory. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * gunzip inflates exactly one gzip member and checks its checksum and length, streaming. Pieces are lent until the next step. More
 * than one member is refused: tools disagree whether the second one counts, so a layer could show different files to different readers.
 * Throws LAYER_GZIP_INVALID, LAYER_TRUNCATED, LAYER_MULTI_MEMBER, LAYER_TRAILING_DATA, LAYER_TOO_LARGE.
 */
export async function* gunzip(source: ByteSource, budget: Budget): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new Input(source, budget);
  try {
    yield* inflateMember(input, budget);
    await expectEnd(input);
  } finally {
    await input.close();
  }
}

async function* inflateMember(input: Input, budget: Budget): AsyncGenerator<Uint8Array, void, undefined> {
  await skipHeader(input);
  let crc = 0;
  let size = 0;
  for await (const piece of inflate(input)) {
    budget.takePlain(piece.length);
    crc = crc32(piece, crc);
    size = (size + piece.length) >>> 0;
    yield piece;
  }
  const trailer = await input.take(8);
  if (trailer.readUInt32LE(0) !== crc) throw invalid("has a wrong checksum: its content was damaged");
  if (trailer.readUInt32LE(4) !== size) throw invalid("has a wrong length: its content was damaged");
}

/** Input is the compressed bytes, with what was read too far given back. */
class Input {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #budget: Budget;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: ByteSource, budget: Budget) {
    this.#pieces = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.#budget = budget;
  }

  /** next gives the next piece, `undefined` at the end. */
  async next(): Promise<Buffer | undefined> {
    if (this.#rest.length > 0) {
      const rest = this.#rest;
      this.#rest = Buffer.alloc(0);
      return rest;
    }
    for (;;) {
      const step = await this.#pieces.next();
      if (step.done === true) return undefined;
      const { buffer, byteOffset, byteLength } = step.value;
      this.#budget.takePacked(byteLength);
      if (byteLength > 0) return Buffer.from(buffer, byteOffset, byteLength);
    }
  }

  /** giveBack returns what was not used, to be read again. */
  giveBack(piece: Buffer): void {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([piece, this.#rest]);
  }

  /** take gives exactly `length` bytes. */
  async take(length: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    for (let missing = length; missing > 0; ) {
      const piece = await this.next();
      if (piece === undefined) throw truncated();
      if (piece.length > missing) this.giveBack(piece.subarray(missing));
      // A copy: the source may lend its pieces.
      taken.push(Buffer.from(piece.subarray(0, missing)));
      missing -= Math.min(missing, piece.length);
    }
    return Buffer.concat(taken);
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

async function skipHeader(input: Input): Promise<void> {
  const header = await input.take(10);
  if (header[0] !== 0x1f || header[1] !== 0x8b || header[2] !== 8) throw invalid("is no gzip stream");
  const flags = header[3] ?? 0;
  if ((flags & 0xe0) !== 0) throw invalid("has reserved gzip flags");
  if ((flags & 4) !== 0) await input.take((await input.take(2)).readUInt16LE(0));
  for (const flag of [8, 16]) if ((flags & flag) !== 0) await skipName(input);
  if ((flags & 2) !== 0) await input.take(2);
}

async function skipName(input: Input): Promise<void> {
  for (let length = 0; (await input.take(1))[0] !== 0; length++)
    if (length > 4096) throw invalid("has a gzip header that does not end");
}

async function expectEnd(input: Input): Promise<void> {
  const more = await input.next();
  if (more === undefined) return;
  if (more[0] === 0x1f && (more.length < 2 || more[1] === 0x8b))
    throw new LayersError("LAYER_MULTI_MEMBER", "the layer holds more than one gzip member", {
      hint: "tools read such a layer differently; rebuild it as one member",
    });
  throw new LayersError("LAYER_TRAILING_DATA", "the layer has data after the end of its gzip stream");
}

/** Small, so that little is in memory at once however well it compressed. */
const pieceSize = 128 * 1024;

async function* inflate(input: Input): AsyncGenerator<Buffer, void, undefined> {
  const stream = createInflateRaw({ chunkSize: pieceSize });
  const closed = once(stream, "close").catch(() => {});
  const feeding = feed(stream, input);
  // Its error reaches the loop below through the stream.
  feeding.catch(() => {});
  try {
    for await (const piece of stream) yield piece;
    await feeding;
  } catch (error) {
    await feeding; // throws the source's own error first
    throw inflateError(error);
  } finally {
    stream.destroy();
    await closed;
    await feeding.catch(() => {});
  }
}

function inflateError(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "Z_BUF_ERROR") return truncated();
  if (typeof code === "string" && code.startsWith("Z_")) return invalid("cannot be inflated: its content was damaged");
  return error;
}

// One write at a time: what the stream did not use of it can be given back.
async function feed(stream: InflateRaw, input: Input): Promise<void> {
  let ended = false;
  let wake = () => {};
  const stop = () => {
    ended = true;
    wake();
  };
  stream.once("end", stop).once("close", stop);
  try {
    while (!ended) {
      const piece = await input.next();
      if (piece === undefined) break;
      const before = stream.bytesWritten;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (ended) resolve();
        else stream.write(piece, () => resolve());
      });
      const used = stream.bytesWritten - before;
      if (used < piece.length) {
        input.giveBack(piece.subarray(used));
        return;
      }
    }
    if (!ended) stream.end();
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

const invalid = (what: string): LayersError =>
  new LayersError("LAYER_GZIP_INVALID", `the layer ${what}`, { hint: "fetch or build it again" });

/** truncated is the error of a layer that ends too early. */
export const truncated = (): LayersError =>
  new LayersError("LAYER_TRUNCATED", "the layer ends too early", { hint: "fetch or build it again" });
