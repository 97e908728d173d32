import { createHash, hash } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join, sep } from "node:path";
import { printable } from "@stax/errors";
import type { Digest } from "@stax/schema";
import { Directory, readFlags } from "./directory.ts";
import { MaterializeError } from "./error.ts";
import { checkPath, parentOf } from "./path.ts";

/** FileState is what lies at a path. */
export type FileState =
  | { readonly kind: "absent" }
  | { readonly kind: "file"; readonly digest: Digest; readonly size: number; readonly executable: boolean }
  | { readonly kind: "other"; readonly what: "directory" | "symlink" | "outside" | "special" };

/** Disk is what a plan reads. */
export interface Disk {
  /** state looks at a path. */
  state(path: string): FileState;
  /** read reads a file of at most `limit` bytes; `undefined` where there is none. */
  read(path: string, limit: number): Uint8Array | undefined;
  /** release closes what was kept open between two looks. */
  release(): void;
}

/** noDisk is an empty directory, or one that does not exist yet. */
export const noDisk: Disk = { state: () => ({ kind: "absent" }), read: () => undefined, release: () => undefined };

/** openForReading opens a directory to plan against; a missing one is taken as empty and is not made. */
export const openForReading = (path: string): Disk => (fs.existsSync(path) ? Root.at(path) : noDisk);

/** Root is a directory that everything is read from and written to; nothing outside it is touched, whatever links lie in it. */
export class Root implements Disk {
  /** Absolute, with links resolved. */
  readonly path: string;
  // Consecutive files mostly share their directory, or the ones above it: the last one and those above it stay open, and the one that is
  // used, or gone on from, is verified each time.
  readonly #chain: { readonly path: string; readonly directory: Directory }[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  /** at takes a directory as a root, and makes it if it is missing. Throws ERR_STAX_ROOT_UNUSABLE. */
  static at(path: string): Root {
    try {
      makeDirectories(path);
      return new Root(fs.realpathSync(path));
    } catch (cause) {
      const message = `cannot use ${printable(path)} as output root: ${reasonOf(cause)}`;
      throw new MaterializeError("ROOT_UNUSABLE", message, { cause });
    }
  }

  /**
   * directory opens a directory by a relative path ("" for the root itself). A missing one is made where `made` is given, which is told of
   * each; else the result is `undefined`. Throws ERR_STAX_PATH_UNSAFE for a link that leads outside. Stays open until the next call.
   */
  directory(path: string, made?: (path: string) => void): Directory | undefined {
    if (path !== "") checkPath(path);
    let { path: at, directory } = this.#above(path);
    while (at !== path) {
      const end = path.indexOf("/", at === "" ? 0 : at.length + 1);
      at = end === -1 ? path : path.slice(0, end);
      const below = this.#enter(directory, nameOf(at), made);
      if (below === undefined) return undefined;
      const opened = below === "link" ? this.#follow(join(directory.path, nameOf(at)), [], made, 0) : below;
      if (opened === undefined) return undefined;
      directory = opened;
      this.#chain.push({ path: at, directory });
    }
    return directory;
  }

  /** The directory itself, or the nearest above it, that is open; the root where none is. */
  #above(path: string): { readonly path: string; readonly directory: Directory } {
    const last = this.#chain.at(-1);
    if (last?.path === path) {
      last.directory.verify();
      return last;
    }
    const isAbove = (other: string) => other === "" || other === path || path.startsWith(`${other}/`);
    while (!isAbove(this.#chain.at(-1)?.path ?? "")) this.#chain.pop()?.directory.close();
    const above = this.#chain.at(-1);
    if (above?.directory.isCurrent()) return above;
    this.release();
    const root = { path: "", directory: Directory.open(this.path, this.path) };
    this.#chain.push(root);
    return root;
  }

  /** open is {@link directory} for a directory that stays open until the caller closes it. */
  open(path: string, made?: (path: string) => void): Directory | undefined {
    return this.#walk(path === "" ? [] : checkPath(path).split("/"), made, 0);
  }

  release(): void {
    for (const { directory } of this.#chain.splice(0)) directory.close();
  }

  state(path: string): FileState {
    const place = this.#place(path);
    if (typeof place === "string") return place === "missing" ? { kind: "absent" } : { kind: "other", what: "outside" };
    const at = place.directory.at(place.name);
    const stat = fs.lstatSync(at, { throwIfNoEntry: false });
    if (stat === undefined) return { kind: "absent" };
    if (stat.isSymbolicLink()) return { kind: "other", what: "symlink" };
    if (stat.isDirectory()) return { kind: "other", what: "directory" };
    if (!stat.isFile()) return { kind: "other", what: "special" };
    return { kind: "file", ...digestOfFile(at, stat.size), executable: (stat.mode & 0o100) !== 0 };
  }

  read(path: string, limit: number): Uint8Array | undefined {
    const place = this.#place(path);
    if (typeof place === "string") return undefined;
    const stat = fs.lstatSync(place.directory.at(place.name), { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile()) return undefined;
    if (stat.size > limit)
      throw new MaterializeError("ROOT_UNUSABLE", `${printable(path)} holds ${stat.size} bytes, more than ${limit}`);
    return withFile(place.directory.at(place.name), (fd) => fs.readFileSync(fd));
  }

  #place(path: string): { readonly directory: Directory; readonly name: string } | "missing" | "outside" {
    const parent = parentOf(checkPath(path));
    try {
      const directory = this.directory(parent);
      return directory === undefined ? "missing" : { directory, name: nameOf(path) };
    } catch (error) {
      // A link that leads outside, or a file on the way: something is there, and it is none of ours.
      if (error instanceof MaterializeError && outsideCodes.has(error.code)) return "outside";
      throw error;
    }
  }

  #walk(segments: readonly string[], made: ((path: string) => void) | undefined, links: number): Directory | undefined {
    let directory = Directory.open(this.path, this.path);
    for (const [index, segment] of segments.entries()) {
      const parent = directory;
      try {
        const below = this.#enter(parent, segment, made);
        if (below === undefined) return undefined;
        if (below === "link") return this.#follow(join(parent.path, segment), segments.slice(index + 1), made, links);
        directory = below;
      } finally {
        parent.close();
      }
    }
    return directory;
  }

  #enter(
    parent: Directory,
    segment: string,
    made: ((path: string) => void) | undefined,
  ): Directory | "link" | undefined {
    const here = join(parent.path, segment);
    try {
      const stat = fs.lstatSync(parent.at(segment), { throwIfNoEntry: false });
      if (stat?.isSymbolicLink()) return "link";
      if (stat === undefined && made === undefined) return undefined;
      if (stat === undefined) {
        fs.mkdirSync(parent.at(segment), { mode: 0o755 });
        made?.(this.#relative(here));
      }
      return Directory.open(parent.at(segment), here);
    } catch (cause) {
      throw this.#unusable(here, cause);
    }
  }

  // A link is followed only to a place inside the root, by walking there without links.
  #follow(
    link: string,
    rest: readonly string[],
    made: ((path: string) => void) | undefined,
    links: number,
  ): Directory | undefined {
    const target = links > 16 ? undefined : realPath(link);
    if (target === undefined || (target !== this.path && !target.startsWith(this.#prefix)))
      throw new MaterializeError(
        "PATH_UNSAFE",
        `${printable(this.#relative(link))} is a link that leads outside the output root`,
        { hint: "remove the link, or choose another output root" },
      );
    const inside = target === this.path ? [] : this.#relative(target).split("/");
    return this.#walk([...inside, ...rest], made, links + 1);
  }

  get #prefix(): string {
    return this.path.endsWith(sep) ? this.path : this.path + sep;
  }

  #relative(path: string): string {
    return path.slice(this.#prefix.length).replaceAll(sep, "/");
  }

  #unusable(path: string, cause: unknown): Error {
    if (cause instanceof MaterializeError) return cause;
    const where = printable(this.#relative(path));
    if (changeCodes.has(codeOf(cause)))
      return new MaterializeError("ROOT_CHANGED", `${where} is no directory, or changed while stax was at work`, {
        cause,
      });
    return new MaterializeError("ROOT_UNUSABLE", `cannot use ${where}: ${reasonOf(cause)}`, { cause });
  }
}

const outsideCodes = new Set<string>(["ERR_STAX_PATH_UNSAFE", "ERR_STAX_ROOT_CHANGED"]);
const changeCodes = new Set(["ELOOP", "ENOTDIR", "EEXIST", "ENOENT"]);

/** codeOf is the code of an error of the file system, or "". */
export const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? ""); // Node's file errors carry one

/** reasonOf says what the file system objects to. */
export const reasonOf = (error: unknown): string => printable(error instanceof Error ? error.message : String(error));

/** nameOf is the last segment of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

// Node's own recursive mkdir never ends where a directory that exists answers ENOENT, as /proc does.
function makeDirectories(path: string): void {
  if (isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectories(parent);
  try {
    fs.mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    // Somebody else may have made it in the meantime.
    if (!isDirectory(path)) throw error;
  }
}

const isDirectory = (path: string): boolean => fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

function realPath(path: string): string | undefined {
  try {
    return fs.realpathSync(path);
  } catch {
    return undefined;
  }
}

/** withFile opens a file that is no link for reading, and closes it. */
export function withFile<T>(path: string, use: (fd: number) => T): T {
  const fd = fs.openSync(path, readFlags);
  try {
    return use(fd);
  } finally {
    fs.closeSync(fd);
  }
}

const buffer = Buffer.allocUnsafeSlow(1024 * 1024);

/** digestOfFile reads a file in pieces; one that is as small as expected with one read. */
export function digestOfFile(path: string, expected = 0): { readonly digest: Digest; readonly size: number } {
  return withFile(path, (fd) => {
    let read = fs.readSync(fd, buffer);
    if (read === expected && read < buffer.length)
      return { digest: `sha256:${hash("sha256", buffer.subarray(0, read), "hex")}`, size: read };
    const whole = createHash("sha256");
    let size = 0;
    for (; read > 0; read = fs.readSync(fd, buffer)) {
      whole.update(read === buffer.length ? buffer : buffer.subarray(0, read));
      size += read;
    }
    return { digest: `sha256:${whole.digest("hex")}`, size };
  });
}
