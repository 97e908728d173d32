import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { OciError } from "./error.ts";
import { ioError } from "./file-system.ts";
import { createVerifier, type Expected, markHeld, type VerifyOptions } from "./verify-content.ts";

// Larger ones are no faster and leave more for the garbage collector: 4 streams at once must fit into 40 MB.
const chunkSize = 128 * 1024;

/** BlobStreamOptions are those of verification, and the signal that ends the stream. */
export interface BlobStreamOptions extends VerifyOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * blobStream reads a blob out of a file, from `start` on, verified: the last chunk is given out only when the digest is right.
 * It closes the handle when it ends or is destroyed.
 */
export function blobStream(
  handle: FileHandle,
  from: { readonly start: number; readonly path: string },
  expected: Expected,
  options: BlobStreamOptions = {},
): Readable {
  const verifier = createVerifier(expected, options);
  let position = 0;
  const next = async (): Promise<Uint8Array | null> => {
    const length = Math.min(chunkSize, expected.size - position);
    if (length === 0) {
      if (position === 0) verifier.finish();
      return null;
    }
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(length), 0, length, from.start + position);
    const chunk = buffer.subarray(0, bytesRead);
    position += bytesRead;
    verifier.update(chunk);
    // The file shrank while it was read: finish says how short it is.
    if (position === expected.size || bytesRead === 0) verifier.finish();
    return chunk;
  };
  const stream = new Readable({
    highWaterMark: chunkSize,
    ...(options.signal !== undefined && { signal: options.signal }),
    read() {
      next().then(
        (chunk) => this.push(chunk),
        (error: unknown) => this.destroy(asError(ioError(error, `read ${from.path}`))),
      );
    },
    destroy(error, done) {
      handle.close().then(
        () => done(error),
        () => done(error),
      );
    },
  });
  return markHeld(stream, expected);
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new OciError("STORE_IO", `cannot read: ${String(error)}`);
