import { type BigIntStats, lstatSync } from "node:fs";
import { printable } from "@stax/errors";
import ignore from "ignore";
import { pathProblem } from "../archive/entry-path.ts";
import { namesIn } from "./directory-names.ts";
import type { Findings } from "./findings.ts";
import type { IgnoreMatcher } from "./ignore-rules.ts";
import type { Place } from "./locate.ts";
import { sensitiveFile } from "./sensitive-files.ts";
import type { FileStats } from "./source-entry.ts";
import { resolveLink } from "./symlink.ts";

/** FoundFile is a file to be packed: its path in the tree, its real path, its state. */
export interface FoundFile {
  readonly path: string;
  readonly file: string;
  readonly stats: FileStats;
}

/** Flattened is a symlink that was replaced by what it leads to; `target` is relative to the project. */
export interface Flattened {
  readonly path: string;
  readonly target: string;
}

/** WalkOptions are what the walk takes of the options of readTree. */
export interface WalkOptions {
  readonly symlinks?: "reject" | "flatten" | "exclude" | undefined;
  readonly emptyTopLevel?: "warning" | "error" | undefined;
  readonly allowSensitive?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A directory being read: where it is, what it is called in the tree, and the directories it lies in, to notice a circle. */
interface Folder {
  readonly path: string;
  readonly real: string;
  readonly stats: FileStats;
  readonly parents: readonly string[];
  /** Reached through a symlink: hard links there are the link's doing. */
  readonly linked: boolean;
}

const maxDepth = 256;
const maxFiles = 500_000;
const largeFile = 10n * 1024n * 1024n;

/** TreeWalk looks at every file of a directory without opening one. */
export class TreeWalk {
  readonly flattened: Flattened[] = [];
  readonly excluded: string[] = [];
  readonly #place: Place;
  readonly #findings: Findings;
  readonly #ignored: IgnoreMatcher;
  readonly #options: WalkOptions;
  readonly #allowed: (path: string) => boolean;
  readonly #files: FoundFile[] = [];
  /** Paths by device and inode, of files with several links. */
  readonly #inodes = new Map<string, string>();
  #pausedAt = Date.now();

  constructor(place: Place, ignored: IgnoreMatcher, findings: Findings, options: WalkOptions) {
    this.#place = place;
    this.#ignored = ignored;
    this.#findings = findings;
    this.#options = options;
    const { allowSensitive = [] } = options;
    const allowed = ignore({ ignorecase: false }).add([...allowSensitive]);
    this.#allowed = (path) => allowSensitive.length > 0 && allowed.ignores(path);
  }

  /** read gives the files, in no order. */
  async read(): Promise<FoundFile[]> {
    const { real } = this.#place;
    const stats = lstatSync(real, { bigint: true });
    const root = { path: "", real, stats, parents: [], linked: false };
    if (await this.#folder(root)) this.#reportEmpty("");
    return this.#files;
  }

  /** Tells whether the folder holds nothing to pack and nothing to report. */
  async #folder(folder: Folder): Promise<boolean> {
    await this.#pause();
    if (folder.parents.length > maxDepth)
      return this.#refuse("tree-too-deep", folder.path, `lies deeper than ${maxDepth} directories`);
    const names = this.#namesIn(folder);
    const empty: string[] = [];
    let holds = names === undefined;
    for (const name of names ?? []) {
      const path = folder.path === "" ? name : `${folder.path}/${name}`;
      const found = await this.#name(folder, name, path);
      if (found === "empty") empty.push(path);
      else if (found === "something") holds = true;
    }
    if (names !== undefined && !this.#unchanged(folder))
      holds = !this.#refuse("file-unreadable", folder.path, "changed while it was read");
    if (!holds && folder.path !== "") return true;
    for (const path of empty) this.#reportEmpty(path);
    return !holds && empty.length === 0;
  }

  async #name(folder: Folder, name: string, path: string): Promise<"nothing" | "empty" | "something"> {
    const real = `${folder.real === "/" ? "" : folder.real}/${name}`;
    const stats = this.#statsOf(real, path);
    if (stats === undefined) return "something";
    if (this.#ignored(path, stats.isDirectory())) return "nothing";
    if (!this.#acceptsName(name, path)) return "something";
    if (stats.isDirectory()) return (await this.#enter(folder, path, real, stats)) ? "empty" : "something";
    if (stats.isFile()) this.#file(path, real, stats, folder.linked);
    else if (stats.isSymbolicLink()) return this.#link(folder, path, real);
    else
      this.#refuse("file-type", path, `is ${specialType(stats)}: only files, directories and symlinks can be packed`);
    return "something";
  }

  async #enter(folder: Folder, path: string, real: string, stats: FileStats, linked = folder.linked): Promise<boolean> {
    const parents = [...folder.parents, identity(folder.stats)];
    if (parents.includes(identity(stats)))
      return this.#refuse("symlink-cycle", path, "leads back to a directory that it lies in");
    return this.#folder({ path, real, stats, parents, linked });
  }

  async #link(folder: Folder, path: string, real: string): Promise<"nothing" | "empty" | "something"> {
    if (this.#options.symlinks === "exclude") {
      this.excluded.push(path);
      this.#findings.add("symlink-excluded", "warning", path, "is a symlink and was left out");
      return "something";
    }
    if (this.#options.symlinks !== "flatten") {
      this.#refuse("symlink-rejected", path, "is a symlink", "replace it by the file, or pass --symlink-mode flatten");
      return "something";
    }
    const target = resolveLink(real, this.#place.containers);
    if ("problem" in target) {
      this.#refuse(target.problem, path, target.message);
      return "something";
    }
    if (target.stats.isDirectory() && this.#ignored(path, true)) return "nothing";
    // Of a directory, what lies in it: `.ssh/` is a secret as a whole.
    const name = target.stats.isDirectory() ? `${target.shown}/_` : target.shown;
    if (!this.#acceptsContent(path, name)) return "something";
    this.flattened.push({ path, target: target.shown });
    this.#findings.add(
      "symlink-flattened",
      "info",
      path,
      `was replaced by what it leads to, ${printable(target.shown)}`,
    );
    if (target.stats.isDirectory())
      return (await this.#enter(folder, path, target.real, target.stats, true)) ? "empty" : "something";
    this.#file(path, target.real, target.stats, true);
    return "something";
  }

  #file(path: string, real: string, stats: BigIntStats, linked: boolean): void {
    if (
      !this.#acceptsContent(path, this.#shown(path)) ||
      (!linked && stats.nlink > 1n && !this.#firstOfInode(path, stats))
    )
      return;
    if (stats.size > largeFile)
      this.#findings.add("file-large", "warning", path, `holds ${(Number(stats.size) / 1024 / 1024).toFixed(1)} MiB`);
    if (this.#files.length === maxFiles)
      this.#refuse("tree-too-deep", path, `is file number ${maxFiles + 1}: a layer holds ${maxFiles} at most`);
    if (this.#files.length < maxFiles) this.#files.push({ path, file: real, stats: identifying(stats) });
  }

  // With the directories above the layer: a layer may itself lie in `.aws/`.
  readonly #shown = (path: string): string => (this.#place.shown === "" ? path : `${this.#place.shown}/${path}`);

  // Judged by the name in the project and, of a symlink, by the name of what it leads to.
  #acceptsContent(path: string, name: string): boolean {
    const sensitive = sensitiveFile(name);
    if (sensitive === undefined || this.#allowed(path)) return true;
    const { code, severity, what } = sensitive;
    if (severity === "warning") this.excluded.push(path);
    const left = severity === "warning" ? " and was left out" : "";
    this.#findings.add(code, severity, path, `looks like ${what} by its name${left}`, {
      hint: "add it to .staxignore, or pass --allow-sensitive with its path",
    });
    return false;
  }

  // An ordinary file may have many links (package stores make them); two of them in one layer would be a link inside it.
  #firstOfInode(path: string, stats: FileStats): boolean {
    const key = identity(stats);
    const other = this.#inodes.get(key);
    if (other === undefined) {
      this.#inodes.set(key, path);
      return true;
    }
    this.#refuse("hard-link", path, `is a hard link to "${printable(other)}"`, "make one of them a copy");
    return false;
  }

  #acceptsName(name: string, path: string): boolean {
    // The directories above were judged before; a drive letter only matters in front.
    const problem =
      pathProblem(path === name ? name : `_/${name}`) ?? (path.length > 1000 ? pathProblem(path) : undefined);
    if (problem === undefined) return true;
    this.#refuse("path-invalid", printable(path), problem, "rename it");
    return false;
  }

  #namesIn(folder: Folder): readonly string[] | undefined {
    try {
      const { names, notUtf8 } = namesIn(folder.real);
      for (const shown of notUtf8) {
        const path = folder.path === "" ? shown : `${folder.path}/${shown}`;
        if (!this.#ignored(path, false))
          this.#refuse("path-invalid", path, "has a name that is not UTF-8", "rename it");
      }
      return names;
    } catch (error) {
      this.#refuseUnreadable(folder.path, error);
      return undefined;
    }
  }

  #statsOf(real: string, path: string): BigIntStats | undefined {
    try {
      return lstatSync(real, { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      this.#refuseUnreadable(path, error);
      return undefined;
    }
  }

  #refuseUnreadable(path: string, error: unknown): void {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    this.#refuse("file-unreadable", path, `cannot be read: ${code}`, "check its permissions");
  }

  // A directory swapped for a symlink while it was read gave us names from elsewhere.
  #unchanged({ real, stats }: Folder): boolean {
    const now = lstatSync(real, { bigint: true, throwIfNoEntry: false });
    return now?.isDirectory() === true && identity(now) === identity(stats);
  }

  #reportEmpty(path: string): void {
    const severity = path.includes("/") || path === "" ? "warning" : (this.#options.emptyTopLevel ?? "warning");
    this.#findings.add("directory-empty", severity, path, "holds no file to pack: empty directories are not stored");
  }

  /** Reports an error; `false`, so that a caller can say "not empty" in one line. */
  #refuse(code: Parameters<Findings["add"]>[0], path: string, message: string, hint?: string): false {
    this.#findings.add(code, "error", path, message, hint === undefined ? {} : { hint });
    return false;
  }

  // The walk is synchronous (four times faster); let others run now and then.
  async #pause(): Promise<void> {
    this.#options.signal?.throwIfAborted();
    if (Date.now() - this.#pausedAt < 50) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#pausedAt = Date.now();
  }
}

// The rest of a stat is three times as large, and there may be 20,000 of them.
const identifying = ({ dev, ino, size, mtimeNs, ctimeNs, mode }: FileStats): FileStats => ({
  dev,
  ino,
  size,
  mtimeNs,
  ctimeNs,
  mode,
});

const identity = ({ dev, ino }: Pick<FileStats, "dev" | "ino">): string => `${dev}:${ino}`;

function specialType(stats: BigIntStats): string {
  if (stats.isFIFO()) return "a FIFO";
  if (stats.isSocket()) return "a socket";
  return stats.isBlockDevice() ? "a block device" : "a character device";
}
