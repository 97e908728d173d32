import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

/** probeDigest is the sha256 of the probe's gzip bytes as pako 3.0.3 writes them at level 6, header byte 9 set to 255. A test holds it. */
export const probeDigest = "78255d754a0382dc234c9774fee5971cff71c86f2245cae947a9b96112456d91";

let matches: boolean | undefined;

/** runtimeMatchesPako tells whether the zlib of this runtime deflates to pako's bytes. Measured once a process, about 15 ms. */
export function runtimeMatchesPako(): boolean {
  matches ??= digestOfGzip(gzipSync(probeData(), { level: 6 })) === probeDigest;
  return matches;
}

/** digestOfGzip is the sha256 (hex) of a gzip member, without regard to the operating system it names. */
export function digestOfGzip(member: Uint8Array): string {
  const pinned = Buffer.from(member);
  pinned[9] = 255;
  return createHash("sha256").update(pinned).digest("hex");
}

const size = 384 * 1024;
const vocabulary =
  'the agent reads a rule before it writes any code and then runs every test # - `src/index.ts` \n\n --- 0123456789 {"name": "value"}, é 漢字 '.split(
    " ",
  );

/**
 * probeData is 384 KiB of text, noise, zeros and repetition near and far (within the window and beyond it): what deflate
 * implementations treat differently.
 */
export function probeData(): Uint8Array {
  const next = generator();
  const pieces: Buffer[] = [];
  for (let length = 0; length < size; ) {
    const piece = probePiece(next, pieces);
    pieces.push(piece);
    length += piece.length;
  }
  return Buffer.concat(pieces).subarray(0, size);
}

function probePiece(next: () => number, before: readonly Buffer[]): Buffer {
  const choice = next() % 8;
  const length = 256 + (next() % 6000);
  if (choice === 0) return Buffer.alloc(length, next() % 3 === 0 ? 0 : next());
  if (choice === 1) return Buffer.from(Array.from({ length }, next));
  if (choice === 2) return before[next() % Math.max(1, before.length)] ?? Buffer.alloc(0);
  const words = Array.from({ length: length / 4 }, () => vocabulary[next() % vocabulary.length]);
  return Buffer.from(words.join(" "));
}

// xorshift32; the low bits are the weak ones.
function generator(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 3) & 0xffffff;
  };
}
