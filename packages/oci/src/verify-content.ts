import type { ErrorCategory } from "@stax/errors";
import { algorithmOf, createDigester, type Digest } from "./digest.ts";
import { OciError } from "./error.ts";

/** Expected is what bytes are held against: every {@link Descriptor} is one. */
export interface Expected {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** VerifyOptions say where the bytes come from, for the message, and whose failure a difference is. */
export interface VerifyOptions {
  /** For the message, e.g. `/srv/layout`. */
  readonly origin?: string | undefined;
  /** `build` (default) for local bytes, `registry` for the wire. */
  readonly category?: Extract<ErrorCategory, "build" | "registry"> | undefined;
}

/** Verifier holds bytes against a size and a digest as they pass: too long throws at once, too short and wrong at the end. */
export interface Verifier {
  update(chunk: Uint8Array): void;
  /** Ends the verifier; bytes are trustworthy only after it returned. */
  finish(): void;
}

/** createVerifier starts a {@link Verifier}. Throws `SIZE_MISMATCH` (checked first) or `DIGEST_MISMATCH`. */
export function createVerifier(expected: Expected, options: VerifyOptions = {}): Verifier {
  const digester = createDigester(algorithmOf(expected.digest));
  return {
    update(chunk) {
      if (digester.size + chunk.byteLength > expected.size) throw tooLong(expected, options);
      digester.update(chunk);
    },
    finish() {
      assertSize(digester.size, expected, options);
      const actual = digester.digest();
      if (actual !== expected.digest) throw wrongBytes(actual, expected, options);
    },
  };
}

/** assertSize compares a known size with the expected one before any byte is hashed. Throws `SIZE_MISMATCH`. */
export function assertSize(actual: number, expected: Expected, options: VerifyOptions = {}): void {
  if (actual > expected.size) throw tooLong(expected, options, actual);
  if (actual === expected.size) return;
  throw new OciError(
    "SIZE_MISMATCH",
    `${nameOf(expected, options)} is too short: ${actual} of ${expected.size} bytes`,
    {
      hint: repair,
      category: options.category,
    },
  );
}

/** assertBytes verifies bytes that are in memory. Throws `SIZE_MISMATCH` or `DIGEST_MISMATCH`. */
export function assertBytes(bytes: Uint8Array, expected: Expected, options: VerifyOptions = {}): void {
  assertSize(bytes.byteLength, expected, options);
  const verifier = createVerifier(expected, options);
  verifier.update(bytes);
  verifier.finish();
}

/** verified passes chunks on and throws as {@link createVerifier} does; the last chunk is trustworthy only when the iteration ended. */
export async function* verified(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  expected: Expected,
  options: VerifyOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const verifier = createVerifier(expected, options);
  for await (const chunk of chunks) {
    verifier.update(chunk);
    yield chunk;
  }
  verifier.finish();
}

const repair = "the content was damaged, cut off or replaced: remove it and fetch or build it again";

const nameOf = ({ digest }: Expected, { origin }: VerifyOptions): string =>
  origin === undefined ? digest : `${digest} in ${origin}`;

function tooLong(expected: Expected, options: VerifyOptions, actual?: number): OciError {
  const found =
    actual === undefined ? `more than ${expected.size} bytes` : `${actual} bytes instead of ${expected.size}`;
  return new OciError("SIZE_MISMATCH", `${nameOf(expected, options)} is too long: ${found}`, {
    hint: repair,
    category: options.category,
  });
}

function wrongBytes(actual: Digest, expected: Expected, options: VerifyOptions): OciError {
  return new OciError("DIGEST_MISMATCH", `${nameOf(expected, options)} has other bytes: their digest is ${actual}`, {
    hint: repair,
    category: options.category,
  });
}
