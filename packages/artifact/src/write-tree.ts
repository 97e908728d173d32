import { constants } from "node:fs";
import { lstat, mkdtemp, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { makeDirectories } from "@stax/oci";
import type { FileEntry, FileTree } from "@stax/schema";
import { ArtifactError } from "./error.ts";

/**
 * writeTree writes files below a directory that does not exist yet or is empty, all or none: they are written into a new directory beside
 * it, which then takes its place. No path of a tree can leave it. Throws `EXTRACT_EXISTS`, `EXTRACT_FAILED`.
 */
export async function writeTree(
  directory: string,
  tree: FileTree,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const target = resolve(directory);
  await assertFree(target);
  const temporary = await besideOf(target).catch((error: unknown) => {
    throw failed(directory, error);
  });
  try {
    const made = new Set<string>([temporary]);
    for (const entry of tree) {
      options.signal?.throwIfAborted();
      await writeEntry(temporary, entry, made);
    }
    await rmdir(target).catch(ignoreMissing);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw failed(directory, error);
  }
}

async function besideOf(target: string): Promise<string> {
  await makeDirectories(dirname(target));
  return mkdtemp(join(dirname(target), `.${basename(target)}.`));
}

const failed = (directory: string, error: unknown): unknown =>
  isSystemError(error)
    ? new ArtifactError("EXTRACT_FAILED", `cannot write ${directory}: ${error.message}`, { cause: error })
    : error;

async function assertFree(target: string): Promise<void> {
  const stats = await lstat(target).catch(() => undefined);
  if (stats === undefined) return;
  if (!stats.isDirectory())
    throw new ArtifactError("EXTRACT_EXISTS", `${target} is there already and is no directory`, {
      hint: "name a new or an empty directory",
    });
  if ((await readdir(target)).length > 0)
    throw new ArtifactError("EXTRACT_EXISTS", `${target} is not empty`, {
      hint: "name a new or an empty directory; nothing is overwritten",
    });
}

async function writeEntry(root: string, entry: FileEntry, made: Set<string>): Promise<void> {
  const path = join(root, entry.path);
  if (!path.startsWith(`${root}/`) || path !== `${root}/${entry.path}`)
    throw new Error(`${entry.path} is no path of a tree`); // readers of archives refuse such names
  const parent = dirname(path);
  if (!made.has(parent)) {
    await makeDirectories(parent);
    made.add(parent);
  }
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(path, flags, entry.executable ? 0o777 : 0o666);
  try {
    for await (const chunk of entry.open()) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "syscall" in error;

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
