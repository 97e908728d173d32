import { createHash } from "node:crypto";
import { OciError } from "./error.ts";

/** Digest names bytes by their hash: `sha256:<64 hex>` or `sha512:<128 hex>`, lower case. */
export type Digest = `sha256:${string}` | `sha512:${string}`;

/** DigestAlgorithm is the part before the colon. */
export type DigestAlgorithm = "sha256" | "sha512";

const pattern = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** isDigest tells whether a value is a well-formed digest; only such a value may become part of a path or a URL. */
export function isDigest(value: unknown): value is Digest {
  return typeof value === "string" && pattern.test(value);
}

/** parseDigest returns the text as a digest. Throws `DIGEST_INVALID` that says what is wrong. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new OciError("DIGEST_INVALID", `invalid digest "${excerpt(text)}": ${flawOf(text)}`, {
    hint: "a digest is sha256:<64 hex digits> or sha512:<128 hex digits>, in lower case",
  });
}

/** algorithmOf is the algorithm of a digest. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** encodedOf is the hexadecimal part of a digest. */
export function encodedOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** digestOf hashes bytes that are in memory. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** Digester hashes bytes that come in pieces. */
export interface Digester {
  /** Bytes taken so far. */
  readonly size: number;
  update(chunk: Uint8Array): void;
  /** Ends the digester: call it once. */
  digest(): Digest;
}

/** createDigester starts a {@link Digester}. */
export function createDigester(algorithm: DigestAlgorithm = "sha256"): Digester {
  const hash = createHash(algorithm);
  let size = 0;
  return {
    get size() {
      return size;
    },
    update(chunk) {
      size += chunk.byteLength;
      hash.update(chunk);
    },
    digest: () => `${algorithm}:${hash.digest("hex")}`,
  };
}

function flawOf(text: string): string {
  const colon = text.indexOf(":");
  if (colon < 0) return "it has no algorithm";
  const algorithm = text.slice(0, colon);
  if (algorithm !== "sha256" && algorithm !== "sha512") return `the algorithm "${excerpt(algorithm)}" is not supported`;
  const encoded = text.slice(colon + 1);
  if (/^[a-fA-F0-9]+$/.test(encoded) && /[A-F]/.test(encoded)) return "hex digits must be lower case";
  if (!/^[a-f0-9]*$/.test(encoded)) return "it holds characters that are no hex digits";
  return `it has ${encoded.length} hex digits instead of ${algorithm === "sha256" ? 64 : 128}`;
}

const excerpt = (text: string): string => (text.length > 150 ? `${text.slice(0, 150)}…` : text);
