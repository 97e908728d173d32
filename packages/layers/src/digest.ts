import { createHash } from "node:crypto";
import { printable } from "@stax/errors";
import type { Digest } from "@stax/schema";
import { LayersError } from "./error.ts";

const pattern = /^sha256:([a-f0-9]{64})$/;

/** hexOf takes the hex digits out of a sha256 digest, the only form that may become a file name. Throws LAYER_DIGEST_INVALID. */
export function hexOf(digest: string): string {
  const hex = pattern.exec(digest)?.[1];
  if (hex === undefined)
    throw new LayersError("LAYER_DIGEST_INVALID", `"${printable(digest.slice(0, 200))}" is no sha256 digest`, {
      hint: "a digest is sha256: and 64 lower-case hex digits",
    });
  return hex;
}

/** sha256Of is the digest of bytes in memory. */
export const sha256Of = (bytes: Uint8Array): Digest => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
