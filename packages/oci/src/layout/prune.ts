import { lstat, readdir, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Digest } from "../digest.ts";
import { codeOf, inStore } from "../file-system.ts";
import type { StorageOptions } from "../storage.ts";
import type { BlobDirectory, StoredBlob } from "./blob-directory.ts";

/** PruneOptions tune what is old enough; times in milliseconds. */
export interface PruneOptions extends StorageOptions {
  /** Younger blobs stay: a build or copy in another process may be about to use them (default one hour). */
  readonly minAge?: number | undefined;
  /** The clock, for tests (default `Date.now`). */
  readonly now?: (() => number) | undefined;
  /** Report only. */
  readonly dryRun?: boolean | undefined;
}

/** PruneResult says what was (or with `dryRun` would be) deleted. */
export interface PruneResult {
  readonly digests: readonly Digest[];
  /** In bytes. */
  readonly freed: number;
}

const hour = 60 * 60 * 1000;

/** pruneBlobs deletes old blobs that are not reachable, and old temporary files. The caller holds the layout's lock. */
export async function pruneBlobs(
  blobs: BlobDirectory,
  temp: string,
  reachable: ReadonlySet<Digest>,
  options: PruneOptions,
): Promise<PruneResult> {
  const { minAge = hour, now = Date.now, dryRun = false, signal } = options;
  const before = now() - minAge;
  const pruned: StoredBlob[] = [];
  for (const blob of await blobs.list()) {
    signal?.throwIfAborted();
    if (reachable.has(blob.digest) || blob.modified > before) continue;
    if (!dryRun) await removeBlob(blob.path);
    pruned.push(blob);
  }
  if (!dryRun) await removeOld(temp, before);
  return {
    digests: pruned.map(({ digest }) => digest).sort(),
    freed: pruned.reduce((sum, { size }) => sum + size, 0),
  };
}

async function removeBlob(path: string): Promise<void> {
  await inStore(`delete ${path}`, () => unlink(path)).catch((error: unknown) => {
    if (error instanceof Error && codeOf(error.cause) === "ENOENT") return;
    throw error;
  });
}

async function removeOld(directory: string, before: number): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const path = join(directory, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats !== undefined && stats.mtimeMs < before) await rm(path, { recursive: true, force: true });
  }
}
