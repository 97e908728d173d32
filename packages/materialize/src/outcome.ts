import { createHash } from "node:crypto";
import type { Digest, FileEntry } from "@stax/schema";
import { MaterializeError } from "./error.ts";
import type { Claim, Owned } from "./owned.ts";
import type { FileState } from "./root.ts";

/** Target is a file as it is before or after a change. */
export type Target = Exclude<FileState, { kind: "other" }>;

/** Change is one file that is written or deleted. */
export interface Change {
  readonly path: string;
  readonly before: Target;
  readonly after: Target;
  /** What we own there afterwards. */
  readonly owned?: Owned;
  readonly why: "new" | "updated" | "stale" | "restored";
}

/** Conflict is a place where a person's file is in the way. */
export interface Conflict {
  readonly path: string;
  readonly reason: "exists" | "edited" | "adopted" | "invalid" | "not-a-file" | "link" | "outside" | "clash";
  readonly message: string;
  /** Of a configuration file: the key, as JSON Pointer. */
  readonly key?: string;
  /** `force` would overwrite it. */
  readonly forceable: boolean;
}

/** PlanOptions say whose files may be touched. */
export interface PlanOptions {
  /** Delete what an earlier run of the same source wrote and this one does not want. */
  readonly prune?: boolean;
  /** Overwrite files that stax did not write, or that were edited since. */
  readonly force?: boolean;
  /** Put a marked block into a person's document instead of refusing. */
  readonly blocks?: boolean;
  /** Tells artifacts apart in one root; only what was written for this source is updated or pruned. */
  readonly source?: string;
  readonly signal?: AbortSignal;
}

/** Outcome is what a planner decided for one path. */
export interface Outcome {
  readonly change?: Omit<Change, "path" | "owned">;
  readonly content?: FileEntry;
  readonly claim?: Claim;
  readonly adopted?: true;
  readonly conflicts?: readonly Conflict[];
  /** Keys of an earlier run that are no longer wanted. */
  readonly stale?: boolean;
}

/** digestOf is the digest of an entry, read if it is not known. */
export async function digestOf(entry: FileEntry): Promise<{ readonly digest: Digest; readonly size: number }> {
  if (entry.digest?.startsWith("sha256:")) return { digest: entry.digest, size: entry.size };
  const hash = createHash("sha256");
  let size = 0;
  const content = entry.open();
  const take = (piece: Uint8Array) => {
    hash.update(piece);
    size += piece.byteLength;
  };
  if (Symbol.iterator in content) for (const piece of content) take(piece);
  else for await (const piece of content) take(piece);
  if (size !== entry.size)
    throw new MaterializeError("CONTENT_CHANGED", `${entry.path} holds ${size} bytes instead of ${entry.size}`);
  return { digest: `sha256:${hash.digest("hex")}`, size };
}

/** digestOfBytes is the digest and size of an entry that is in memory. */
export function digestOfBytes(entry: FileEntry): { readonly digest: Digest; readonly size: number } {
  const content = entry.open();
  if (!(Symbol.iterator in content)) throw new Error(`${entry.path} is not in memory`);
  const hash = createHash("sha256");
  for (const piece of content) hash.update(piece);
  return { digest: `sha256:${hash.digest("hex")}`, size: entry.size };
}
