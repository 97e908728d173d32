import { randomUUID } from "node:crypto";
import { lstat, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { inStore, makeDirectories } from "../file-system.ts";
import { BlobDirectory } from "../layout/blob-directory.ts";

/** Spool is where pushed content waits until an archive is saved: a hidden directory beside it. */
export interface Spool {
  readonly path: string;
  readonly blobs: BlobDirectory;
}

/** createSpool makes a spool. It lies beside the archive: the temporary directory of the system may be memory. Throws `STORE_IO`. */
export async function createSpool(archive: string): Promise<Spool> {
  const directory = dirname(archive);
  const path = join(directory, `.${basename(archive)}.${randomUUID()}.spool`);
  await inStore(`create ${path}`, () => makeDirectories(path));
  await removeAbandoned(directory, basename(archive));
  return { path, blobs: new BlobDirectory(path, path, { durable: false }) };
}

const day = 24 * 60 * 60 * 1000;

/** What killed processes left beside this archive. */
async function removeAbandoned(directory: string, name: string): Promise<void> {
  for (const entry of await readdir(directory).catch(() => [])) {
    if (!entry.startsWith(`.${name}.`) || !/\.[0-9a-f-]{36}\.spool$/.test(entry)) continue;
    const path = join(directory, entry);
    const stats = await lstat(path).catch(() => undefined);
    if (stats?.isDirectory() && Date.now() - stats.mtimeMs > day) await rm(path, { recursive: true, force: true });
  }
}
