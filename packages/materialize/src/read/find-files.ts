import * as fs from "node:fs";
import { join, sep } from "node:path";
import { type Diagnostic, printable } from "@stax/errors";
import { compareBytes, type FileEntry, type FileTree } from "@stax/schema";
import { readFlags } from "../directory.ts";
import { MaterializeError } from "../error.ts";
import { matchesClaim, pathProblem } from "../path.ts";
import { Root, reasonOf } from "../root.ts";

/** FoundFiles is what lies in a root at the paths that were asked for. */
export interface FoundFiles {
  readonly tree: FileTree;
  readonly diagnostics: readonly Diagnostic[];
}

/** Directories in which nobody writes for an agent, or that belong to another project. */
const foreign = new Set([".git", ".hg", ".svn", ".stax", "node_modules", "__pycache__", ".venv"]);
const mostEntries = 500_000;

/**
 * findFiles lists the files below a directory whose paths match one of the globs. Links are followed to places inside the directory only;
 * directories of other repositories and of package managers are not entered. Contents are read when an entry is opened. Throws ERR_STAX_ROOT_UNUSABLE.
 */
export function findFiles(directory: string, globs: readonly string[], signal?: AbortSignal): FoundFiles {
  const walk = new Walk(openRoot(directory), globs, signal);
  walk.enter("", []);
  return {
    tree: walk.found.sort((a, b) => compareBytes(a.path, b.path)),
    diagnostics: walk.diagnostics,
  };
}

function openRoot(directory: string): Root {
  if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return Root.at(directory);
  throw new MaterializeError("ROOT_UNUSABLE", `${printable(directory)} is no directory`, {
    hint: "name the directory of the repository whose files are to be read",
  });
}

class Walk {
  readonly found: FileEntry[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #root: Root;
  readonly #globs: readonly string[];
  readonly #signal: AbortSignal | undefined;
  #entries = 0;

  constructor(root: Root, globs: readonly string[], signal: AbortSignal | undefined) {
    this.#root = root;
    this.#globs = globs;
    this.#signal = signal;
  }

  /** `above`: the real paths of the directories around this one, so that a link cannot lead in a circle. */
  enter(path: string, above: readonly string[]): void {
    this.#signal?.throwIfAborted();
    const real = fs.realpathSync(join(this.#root.path, path));
    if (above.includes(real)) return;
    for (const entry of this.#list(path)) {
      this.#entries += 1;
      if (this.#entries > mostEntries)
        throw new MaterializeError("ROOT_UNUSABLE", `there are more than ${mostEntries} files to look at`, {
          hint: "name a directory further down",
        });
      const at = path === "" ? entry.name : `${path}/${entry.name}`;
      this.#look(at, entry, [...above, real]);
    }
  }

  #list(path: string): readonly fs.Dirent[] {
    try {
      return fs.readdirSync(join(this.#root.path, path), { withFileTypes: true });
    } catch (error) {
      this.#report(path, `cannot be listed: ${reasonOf(error)}`);
      return [];
    }
  }

  #look(path: string, entry: fs.Dirent, above: readonly string[]): void {
    const problem = pathProblem(path);
    const target = entry.isSymbolicLink() ? this.#targetOf(path) : undefined;
    const isDirectory = target === undefined ? entry.isDirectory() : target.stats.isDirectory();
    if (isDirectory && !this.#mayHold(path, entry.name)) return;
    if (!isDirectory && !this.#isWanted(path)) return;
    if (problem !== undefined) this.#report(path, problem);
    else if (entry.isSymbolicLink() && target === undefined)
      this.#report(path, "is a link that leads outside, or nowhere, and is not followed");
    else if (isDirectory && path !== "" && fs.existsSync(join(this.#root.path, path, ".git")))
      return; // another repository's
    else if (isDirectory) this.enter(path, above);
    else if (target?.stats.isFile() ?? entry.isFile()) this.found.push(this.#entryOf(path, target?.path ?? path));
    else this.#report(path, "is no regular file");
  }

  #targetOf(path: string): { readonly path: string; readonly stats: fs.Stats } | undefined {
    try {
      const real = fs.realpathSync(join(this.#root.path, path));
      if (!real.startsWith(this.#root.path + sep)) return undefined;
      return { path: real.slice(this.#root.path.length + 1).replaceAll(sep, "/"), stats: fs.statSync(real) };
    } catch {
      return undefined;
    }
  }

  #isWanted = (path: string): boolean => this.#globs.some((glob) => matchesClaim(glob, path));

  #mayHold(path: string, name: string): boolean {
    return !foreign.has(name) && this.#globs.some((glob) => mayLieBelow(glob, path));
  }

  #entryOf(path: string, real: string): FileEntry {
    const stats = fs.statSync(join(this.#root.path, real));
    const root = this.#root;
    return {
      path,
      size: stats.size,
      executable: (stats.mode & 0o100) !== 0,
      open: () => contentOf(root, real),
    };
  }

  #report(path: string, message: string): void {
    this.diagnostics.push({ code: "import-left", severity: "warning", path, message });
  }
}

/** Whether a path that matches a glob can lie below a directory. Hidden directories are entered only where a glob names them. */
function mayLieBelow(glob: string, directory: string): boolean {
  const star = glob.indexOf("*");
  const fixed = glob.slice(0, glob.lastIndexOf("/", star < 0 ? glob.length : star) + 1);
  const here = `${directory}/`;
  if (fixed.startsWith(here)) return true;
  if (!glob.includes("**")) return false;
  if (fixed !== "") return here.startsWith(fixed);
  const named = glob.split("/");
  return directory.split("/").every((segment) => !segment.startsWith(".") || named.includes(segment));
}

/** The content of a file, through directories that are no links when it is read. */
function* contentOf(root: Root, path: string): Iterable<Uint8Array> {
  const slash = path.lastIndexOf("/");
  const directory = root.open(path.slice(0, Math.max(0, slash)));
  if (directory === undefined) throw new MaterializeError("ROOT_CHANGED", `${printable(path)} is gone`);
  try {
    const fd = fs.openSync(directory.at(path.slice(slash + 1)), readFlags);
    try {
      for (;;) {
        const buffer = Buffer.allocUnsafe(256 * 1024);
        const read = fs.readSync(fd, buffer);
        if (read === 0) return;
        yield buffer.subarray(0, read);
      }
    } finally {
      fs.closeSync(fd);
    }
  } finally {
    directory.close();
  }
}
