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

/**
 * sizeVerifier starts a {@link Verifier} of the size alone, for chunks that are held against the digest where they come from
 * ({@link isHeld}). Throws `SIZE_MISMATCH`.
 */
export function sizeVerifier(expected: Expected, options: VerifyOptions = {}): Verifier {
  let size = 0;
  return {
    update({ byteLength }) {
      size += byteLength;
      if (size > expected.size) throw tooLong(expected, options);
    },
    finish() {
      assertSize(size, expected, options);
    },
  };
}

/** The streams of this library that end without an error only when every byte was held against this digest. */
const held = new WeakMap<object, Digest>();

/** markHeld remembers that chunks fail before their end unless they have this digest. Only for what verifies them itself. */
export function markHeld<T extends object>(chunks: T, { digest }: Pick<Expected, "digest">): T {
  held.set(chunks, digest);
  return chunks;
}

/** passHeld says of chunks that pass others on, untouched, what is known of those. */
export function passHeld<T extends object>(from: object, to: T): T {
  const digest = held.get(from);
  return digest === undefined ? to : markHeld(to, { digest });
}

/** isHeld tells whether chunks are held against the expected digest by this library while they stream: hashing them twice proves nothing more. */
export function isHeld(chunks: object, { digest }: Pick<Expected, "digest">): boolean {
  return held.get(chunks) === digest;
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
