import { randomUUID } from "node:crypto";
import { constants, lstatSync, type Stats } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OciError } from "./error.ts";

/** codeOf is the `code` of an error of Node, e.g. `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EMFILE: "too many files are open",
  ENOTDIR: "a part of the path is no directory",
  EISDIR: "it is a directory",
  ENOENT: "it does not exist",
  EIO: "the device failed",
};

/** ioError turns an error of the file system into one that a user can read; every other error is returned as it is. */
export function ioError(error: unknown, action: string): unknown {
  const code = codeOf(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  return new OciError("STORE_IO", `cannot ${action}: ${reasons[code] ?? "the file system refused"} (${code})`, {
    cause: error,
  });
}

/** inStore runs a file operation and turns its failure into `STORE_IO`: "cannot <action>: permission denied". */
export async function inStore<T>(action: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw ioError(error, action);
  }
}

/**
 * makeDirectories makes a directory and those above it that are missing. Node's own recursive mkdir never ends where a directory that exists
 * answers ENOENT, as /proc does. Throws what Node throws, `EEXIST` where something else lies there.
 */
export async function makeDirectories(path: string, mode?: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) === "ENOENT" && dirname(path) !== path) {
      await makeDirectories(dirname(path), mode);
      await makeLast(path, mode);
    } else if (!(await isDirectory(path))) throw error;
  }
}

// Somebody else may have made it in the meantime.
async function makeLast(path: string, mode: number | undefined): Promise<void> {
  await mkdir(path, { mode }).catch(async (error: unknown) => {
    if (!(await isDirectory(path))) throw error;
  });
}

const isDirectory = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false;

// O_NONBLOCK: a FIFO in place of a file must not hang us. Windows has neither flag.
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** openRegular opens a regular file for reading and follows no link. Undefined where there is none. Throws `LAYOUT_UNSAFE`, `STORE_IO`. */
export async function openRegular(path: string): Promise<{ handle: FileHandle; size: number } | undefined> {
  const handle = await open(path, openFlags).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    // ELOOP: a symbolic link; ENXIO: a socket
    if (codeOf(error) === "ELOOP" || codeOf(error) === "ENXIO") throw unsafe(path, "is no regular file");
    throw ioError(error, `open ${path}`);
  });
  if (handle === undefined) return undefined;
  const stats = await handle.stat();
  if (stats.isFile()) return { handle, size: stats.size };
  await handle.close();
  throw unsafe(path, "is no regular file");
}

/** readRegular reads a small regular file whole; undefined where there is none. Throws as {@link openRegular}, and above `limit` bytes. */
export async function readRegular(path: string, limit: number): Promise<Uint8Array | undefined> {
  const opened = await openRegular(path);
  if (opened === undefined) return undefined;
  try {
    if (opened.size > limit)
      throw new OciError("CONTENT_TOO_LARGE", `${path} has ${opened.size} bytes; the limit is ${limit}`);
    return await inStore(`read ${path}`, () => opened.handle.readFile());
  } finally {
    await opened.handle.close();
  }
}

/**
 * assertRealDirectory refuses a directory that is a link, so that nothing leads out. False where there is none. Throws `LAYOUT_UNSAFE`.
 * Synchronous: it is asked several times a blob of directories that the system has just looked at, which takes it two microseconds, and a
 * turn through Node's thread pool fifty.
 */
export function assertRealDirectory(path: string): boolean {
  const stats = lstatOf(path);
  if (stats === undefined) return false;
  if (!stats.isDirectory()) throw unsafe(path, "is no directory of its own");
  return true;
}

function lstatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw ioError(error, `read ${path}`);
  }
}

/** writeAtomically replaces a file: temp file, fsync, rename, fsync of the directory. A reader sees the old bytes or the new ones. */
export async function writeAtomically(
  path: string,
  bytes: Uint8Array,
  directories: { readonly temp: string; readonly parent: string },
): Promise<void> {
  const temp = join(directories.temp, randomUUID());
  await inStore(`write ${path}`, async () => {
    try {
      const handle = await open(temp, "wx");
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temp, path);
    } catch (error) {
      await rm(temp, { force: true });
      throw error;
    }
    await syncDirectory(directories.parent);
  });
}

/** syncDirectory makes a rename survive a power failure, where the system can. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY).catch(() => undefined);
  // Windows and some network file systems cannot; the rename is atomic all the same.
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function unsafe(path: string, what: string): OciError {
  return new OciError("LAYOUT_UNSAFE", `${path} ${what}`, {
    hint: "a layout holds plain files and directories only: replace links by what they point to",
  });
}
