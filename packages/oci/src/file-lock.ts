import { createHash, randomUUID } from "node:crypto";
import { readlinkSync } from "node:fs";
import { mkdir, readdir, rename, rm, rmdir, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { OciError } from "./error.ts";
import { codeOf, ioError } from "./file-system.ts";

/** LockPlace is where a lock lives: a directory that exists only while it is held, and one for preparing it on the same file system. */
export interface LockPlace {
  readonly path: string;
  readonly staging: string;
}

/** LockOptions tune waiting; times in milliseconds. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for another process (default 60,000). */
  readonly timeout?: number | undefined;
  /** A lock that shows no sign of life for this long is broken (default 10,000). */
  readonly staleAfter?: number | undefined;
}

/** HeldLock is a lock of ours. */
export interface HeldLock {
  /** Throws `LAYOUT_LOCKED` when another process took us for dead (a suspended machine): nothing may be written then. */
  assertHeld(): Promise<void>;
}

/**
 * withLock runs `work` while no other process does so under the same lock. A lock is a directory that holds one file named
 * after its owner: renaming a prepared directory into place takes it, unlinking the file frees it, and both are atomic.
 * Whoever finds the owner dead unlinks that very file, so a new owner's lock cannot be broken by mistake.
 */
export async function withLock<T>(
  place: LockPlace,
  work: (lock: HeldLock) => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  return inTurn(place.path, async () => {
    const token = `${owner}.${process.pid}.${randomUUID()}`;
    await acquire(place, token, options);
    const own = join(place.path, token);
    const beat = setInterval(() => void utimes(own, new Date(), new Date()).catch(() => undefined), beatEvery);
    beat.unref();
    try {
      return await work({ assertHeld: () => assertHeld(own, place) });
    } finally {
      clearInterval(beat);
      await unlink(own).catch(() => undefined);
      // Fails when the next owner is already in: then it is not ours to remove.
      await rmdir(place.path).catch(() => undefined);
    }
  });
}

const beatEvery = 1000;

// Process ids mean something only on the same boot of the same machine in the same namespace.
const owner = createHash("sha256").update(`${hostname()}\n${pidNamespace()}`).digest("hex").slice(0, 16);

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

const turns = new Map<string, Promise<unknown>>();

/** Within a process callers take turns, so that they need not poll. */
async function inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = turns.get(path);
  const mine = (before ?? Promise.resolve()).then(work, work);
  const settled = mine.catch(() => undefined);
  turns.set(path, settled);
  try {
    return await mine;
  } finally {
    if (turns.get(path) === settled) turns.delete(path);
  }
}

async function acquire(place: LockPlace, token: string, options: LockOptions): Promise<void> {
  const { signal, timeout = 60_000, staleAfter = 10_000 } = options;
  const staged = join(place.staging, token);
  const started = performance.now();
  const watch = new Watch(place.path);
  signal?.throwIfAborted();
  try {
    await mkdir(staged);
    await writeFile(join(staged, token), "");
    while (!(await tryRename(staged, place.path))) {
      await watch.breakIfDead(staleAfter);
      if (performance.now() - started > timeout) throw lockedBy(place.path, watch.holder);
      await delay(5 + Math.random() * 15, undefined, { signal });
    }
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    throw ioError(error, `lock ${place.path}`);
  }
}

/** A directory replaces no directory, unless that one is empty: then its owner has just left. */
async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    // Windows refuses to replace even an empty directory.
    if (process.platform !== "win32" || (code !== "EPERM" && code !== "EACCES")) throw error;
    await rmdir(to).catch(() => undefined);
    return false;
  }
}

/** Watches the owner of a lock for signs of life, by our own clock: those of two machines may differ. */
class Watch {
  readonly #path: string;
  #holder: string | undefined;
  #beat = Number.NaN;
  #since = 0;

  constructor(path: string) {
    this.#path = path;
  }

  get holder(): string | undefined {
    return this.#holder;
  }

  async breakIfDead(staleAfter: number): Promise<void> {
    const [holder] = await readdir(this.#path).catch(() => []);
    if (holder === undefined) return;
    const beat = await stat(join(this.#path, holder)).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.NaN,
    );
    if (holder !== this.#holder || beat !== this.#beat) {
      this.#holder = holder;
      this.#beat = beat;
      this.#since = performance.now();
    }
    if (isDeadHere(holder) || performance.now() - this.#since > staleAfter) {
      await unlink(join(this.#path, holder)).catch(() => undefined);
    }
  }
}

function isDeadHere(token: string): boolean {
  const [host, pid] = token.split(".");
  if (host !== owner || !/^\d+$/.test(pid ?? "")) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

async function assertHeld(own: string, place: LockPlace): Promise<void> {
  const held = await stat(own).catch(() => undefined);
  if (held !== undefined) return;
  throw new OciError("LAYOUT_LOCKED", `the lock ${place.path} was taken over by another process`, {
    hint: "this process seemed dead (was the machine suspended?); run the command again",
  });
}

function lockedBy(path: string, holder: string | undefined): OciError {
  const pid = holder?.split(".")[1];
  const who = pid !== undefined && /^\d+$/.test(pid) ? `process ${pid}` : "another process";
  return new OciError("LAYOUT_LOCKED", `${path} is held by ${who}`, {
    hint: `wait until ${who} has finished; if it is gone for good, remove ${path}`,
  });
}
