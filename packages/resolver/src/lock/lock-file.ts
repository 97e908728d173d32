import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ResolveError } from "../error.ts";
import { formatLock } from "./format-lock.ts";
import { type Lock, lockFileName } from "./lock.ts";
import { type ParsedLock, parseLock } from "./parse-lock.ts";

/** readLock reads the `stax.lock` of a workspace; `undefined` where there is none. Throws `LOCK_INVALID`, `LOCK_IO`. */
export function readLock(workspaceRoot: string): ParsedLock | undefined {
  const bytes = readIfThere(join(workspaceRoot, lockFileName));
  return bytes === undefined ? undefined : parseLock(bytes);
}

/**
 * writeLock writes the `stax.lock` of a workspace, whole or not at all, and tells whether it had to: a file that says the same, whatever
 * its line ends, is left alone. Throws `LOCK_IO`.
 */
export function writeLock(workspaceRoot: string, lock: Lock): boolean {
  const path = join(workspaceRoot, lockFileName);
  const text = formatLock(lock);
  if (readIfThere(path)?.toString("utf8").replaceAll("\r\n", "\n") === text) return false;
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw ioError("write", cause);
  }
  return true;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw ioError("read", cause);
  }
}

const ioError = (action: string, cause: unknown): ResolveError =>
  new ResolveError(
    "LOCK_IO",
    `cannot ${action} ${lockFileName}: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );
