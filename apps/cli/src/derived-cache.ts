import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CachePruneOptions, CachePruneResult, CacheUsage } from "@stax/oci";

/** What is kept of work that was done, below the cache directory. Any file of it may go at any time: the work is done again. */
export const derivedParts = ["layers", "packs", "stripped", "code"] as const;

interface CachedFile {
  readonly path: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/** usageOf counts the files of one part. Throws nothing: what is not there counts nothing. */
export async function usageOf(directory: string): Promise<CacheUsage> {
  const files = await filesIn(directory);
  return { blobs: files.length, size: files.reduce((sum, { size }) => sum + size, 0) };
}

/** pruneDerived deletes files that are old, or the oldest, as `ContentCache.prune` does. */
export async function pruneDerived(directory: string, options: CachePruneOptions): Promise<CachePruneResult> {
  const { maxAge = Number.POSITIVE_INFINITY, maxSize = Number.POSITIVE_INFINITY, dryRun = false } = options;
  const now = Date.now();
  const newestFirst = (await filesIn(directory)).sort((a, b) => b.modified - a.modified);
  const removed = { blobs: 0, size: 0 };
  const left = { blobs: 0, size: 0 };
  for (const file of newestFirst) {
    options.signal?.throwIfAborted();
    const goes = now - file.modified > maxAge || left.size + file.size > maxSize;
    const sum = goes ? removed : left;
    sum.blobs += 1;
    sum.size += file.size;
    if (goes && !dryRun) await rm(file.path, { force: true });
  }
  return { removed, left };
}

async function filesIn(directory: string): Promise<CachedFile[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (path) => {
      const stats = await lstat(path).catch(() => undefined);
      return stats === undefined ? [] : [{ path, size: stats.size, modified: stats.mtimeMs }];
    }),
  );
  return found.flat();
}
