import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open } from "node:fs/promises";
import { RegistryError } from "../error.ts";

/** codeOf is the `code` of an error of Node, e.g. `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

// O_NONBLOCK: a FIFO in place of a file must not hang us. Windows has neither flag.
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** openFile opens a regular file and follows no link; undefined where there is none. Throws `STORAGE_CHANGED`. */
export async function openFile(path: string): Promise<{ handle: FileHandle; size: number } | undefined> {
  const handle = await open(path, openFlags).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    if (codeOf(error) === "ELOOP") throw changed(path, "a link");
    throw error;
  });
  if (handle === undefined) return undefined;
  const stats = await handle.stat();
  if (stats.isFile()) return { handle, size: stats.size };
  await handle.close();
  throw changed(path, "no regular file");
}

/** sizeOfFile is the size of a regular file in bytes; undefined where there is none. Throws `STORAGE_CHANGED` for a link. */
export async function sizeOfFile(path: string): Promise<number | undefined> {
  const stats = await lstatIfThere(path);
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw changed(path, "no regular file");
  return stats.size;
}

/** isRealDirectory is false where there is nothing. Throws `STORAGE_CHANGED` for a link or a file, so that nothing leads out. */
export async function isRealDirectory(path: string): Promise<boolean> {
  const stats = await lstatIfThere(path);
  if (stats === undefined) return false;
  if (!stats.isDirectory()) throw changed(path, "no directory of its own");
  return true;
}

/** makeDirectory makes one directory, whose parent exists, unless it is there. Throws `STORAGE_CHANGED` for a link. */
export async function makeDirectory(path: string): Promise<void> {
  if (await isRealDirectory(path)) return;
  await mkdir(path).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
  await isRealDirectory(path);
}

/** syncDirectory makes a rename survive a power failure, where the system can. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY).catch(() => undefined);
  // Windows and some network file systems cannot; the rename is atomic all the same.
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

async function lstatIfThere(path: string) {
  return lstat(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  });
}

const changed = (path: string, what: string): RegistryError =>
  new RegistryError("STORAGE_CHANGED", `${path} is ${what}`, {
    hint: "a registry's directory holds plain files and directories only: replace links by what they point to",
  });
