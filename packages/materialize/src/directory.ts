import * as fs from "node:fs";
import { join } from "node:path";
import { printable } from "@stax/errors";
import { MaterializeError } from "./error.ts";

// Linux gives an open directory a name below /proc that stays with that very directory, whatever happens to its path: what openat(2)
// does elsewhere. Where that is missing, the path is verified again after each step.
const pinned = process.platform === "linux" && fs.existsSync("/proc/self/fd");
const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;

/** Flags that open a file for reading, but no link and no pipe. */
export const readFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/** Directory is an open directory. Its entries are reached through it, not through a path that somebody may swap. */
export class Directory {
  readonly path: string;
  readonly #fd: number;
  readonly #inode: string;

  private constructor(fd: number, path: string) {
    this.#fd = fd;
    this.path = path;
    this.#inode = inodeOf(fs.fstatSync(fd, { bigint: true }));
  }

  /** open opens a directory, but no link to one. `at`: how it is reached; `path`: its name. */
  static open(at: string, path: string): Directory {
    return new Directory(fs.openSync(at, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path);
  }

  /** at is a path for the entry `name` of this very directory. */
  at(name: string): string {
    return join(pinned ? `/proc/self/fd/${this.#fd}` : this.path, name);
  }

  /** isCurrent tells whether the directory's path still leads to it. */
  isCurrent(): boolean {
    const now = fs.lstatSync(this.path, { bigint: true, throwIfNoEntry: false });
    return now !== undefined && inodeOf(now) === this.#inode;
  }

  /** verify throws ERR_STAX_ROOT_CHANGED where the directory's path now leads elsewhere. */
  verify(): void {
    if (!this.isCurrent())
      throw new MaterializeError("ROOT_CHANGED", `${printable(this.path)} was replaced while stax was at work`, {
        hint: "run again once nothing else changes the output root",
      });
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

const inodeOf = ({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string => `${dev}:${ino}`;
