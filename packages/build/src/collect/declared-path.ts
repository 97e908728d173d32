import { lstatSync, realpathSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { printable } from "@stax/errors";

/** PathProblem is why a declared path cannot be used, as a finding without its place. */
export interface PathProblem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** DeclaredPath is a declared path that leads to what it should. */
export interface DeclaredPath {
  /** Absolute, links resolved. */
  readonly path: string;
  /** Set where symlinks were followed on the way. */
  readonly flattened: boolean;
  /** Set where it lies outside the root and the user allowed that. */
  readonly outside: boolean;
}

export interface DeclaredPathOptions {
  /** Directory of the file that holds the declaration: relative paths start there. */
  readonly from: string;
  /** What the path must not leave; absolute, links resolved. */
  readonly root: string;
  readonly kind: "file" | "directory";
  readonly allowOutsideRoot: boolean;
  /** Symlinks inside the root may be followed (`--symlink-mode flatten` for a layer that permits it). */
  readonly followLinks: boolean;
}

/** resolveDeclared resolves a path of a definition: contained after normalisation and after links, of the right type. */
export function resolveDeclared(declared: string, options: DeclaredPathOptions): DeclaredPath | PathProblem {
  const { from, root, kind, allowOutsideRoot } = options;
  const shown = printable(JSON.stringify(declared));
  if (declared.includes("\0")) return { code: "path-invalid", message: `${shown} holds a NUL character` };
  const lexical = resolve(from, declared);
  const outside = (isAbsolute(declared) && !allowOutsideRoot) || !isInside(root, lexical);
  if (outside && !allowOutsideRoot) return outsideRoot(shown);
  const link = outside ? undefined : firstLink(root, lexical);
  const stats = statOf(lexical);
  if (stats === undefined)
    return { code: "path-missing", message: `${shown} does not exist`, hint: "create it, or correct the path" };
  const path = realpathSync(lexical);
  if (!allowOutsideRoot && !isInside(root, path)) return outsideRoot(shown, "a symbolic link leads there");
  if (link !== undefined && !options.followLinks)
    return {
      code: "path-symlink",
      message: `${shown} goes through the symbolic link ${printable(relative(root, link))}`,
      hint: "name the real path, or build with --symlink-mode flatten where the layer permits it",
    };
  if (kind === "file" && !stats.isFile())
    return {
      code: "path-not-file",
      message: `${shown} is ${stats.isDirectory() ? "a directory" : "no regular file"}; a file is expected`,
    };
  if (kind === "directory" && !stats.isDirectory())
    return { code: "path-not-directory", message: `${shown} is no directory; a directory is expected` };
  return { path, flattened: link !== undefined, outside };
}

const outsideRoot = (shown: string, how = ""): PathProblem => ({
  code: "path-outside-root",
  message: `${shown} lies outside the project's root${how === "" ? "" : `: ${how}`}`,
  hint: "keep it inside, or build with --allow-outside-root if you know what you package",
});

/** isInside tells whether an absolute path is the root or below it. */
export function isInside(root: string, path: string): boolean {
  const between = relative(root, path);
  return between === "" || (between !== ".." && !between.startsWith(`..${sep}`) && !isAbsolute(between));
}

/** isProblem tells a refusal from a path. */
export const isProblem = (result: DeclaredPath | PathProblem): result is PathProblem => "code" in result;

function firstLink(root: string, path: string): string | undefined {
  const segments = relative(root, path).split(sep);
  let current = root;
  for (const segment of segments) {
    current = join(current, segment);
    if (statOf(current, lstatSync)?.isSymbolicLink() === true) return current;
  }
  return undefined;
}

function statOf(path: string, stat: (path: string) => Stats = followingStat): Stats | undefined {
  try {
    return stat(path);
  } catch {
    return undefined; // missing, dangling, a cycle, or not ours to read: for an author all of these are "not there"
  }
}

const followingStat = (path: string): Stats => lstatSync(realpathSync(path));

/** directoryOf is the directory of a file, links resolved. */
export const directoryOf = (file: string): string => realpathSync(dirname(file));
