import * as z from "zod";
import { bytes, plural } from "../table.ts";
import type { Transferred } from "../transfer-progress.ts";

/** transferredSchema is what a transfer did, as data. */
export const transferredSchema = z.object({
  /** Blobs and manifests that were written. */
  copied: z.number(),
  /** Taken over from another repository of the same registry. */
  mounted: z.number(),
  /** There before. */
  kept: z.number(),
  /** Written. */
  bytes: z.number(),
});

/** formatTransferred is the same in a line. */
export function formatTransferred({ copied, mounted, kept, bytes: size }: Transferred): string {
  const taken = mounted === 0 ? "" : `, ${mounted} mounted`;
  return `${plural(copied, "object")} written (${bytes(size)})${taken}, ${kept} there before`;
}

/** referencePositional is an artifact in a registry. */
export const referencePositional = {
  describe: "The artifact in a registry: <registry>/<repository>:<tag> or …@<digest>",
  required: true,
} as const;
