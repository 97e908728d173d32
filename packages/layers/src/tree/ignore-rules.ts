import { readFileSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { printable } from "@stax/errors";
import ignore, { type Ignore } from "ignore";
import { LayersError } from "../error.ts";

/** The file that lists what is not packed, in gitignore syntax. */
export const ignoreFileName = ".staxignore";

/** Directories (and files) of these names are never packed, whatever a `.staxignore` says. Compared without case, as git does. */
export const alwaysIgnored: readonly string[] = [".git", ".stax"];

/** Patterns that hold unless a `.staxignore` negates them or {@link IgnoreOptions.defaults} is false. */
export const defaultIgnored: readonly string[] = [
  "node_modules/",
  "__pycache__/",
  ".hg/",
  ".svn/",
  ".DS_Store",
  "Thumbs.db",
  "desktop.ini",
];

/** IgnoreOptions say where rules come from. All paths are absolute. */
export interface IgnoreOptions {
  /** The directory of the definition: its `.staxignore` is relative to it. */
  readonly base: string;
  /** Its `.staxignore` is relative to it, and gives way to the one of `base` (decision A16). */
  readonly workspaceRoot?: string | undefined;
  /** `false` drops {@link defaultIgnored}. */
  readonly defaults?: boolean | undefined;
  /** Output directories of this build: never packed. */
  readonly outputs?: readonly string[] | undefined;
  /** More names that are never packed: `.hg` and `.svn` for source snapshots. */
  readonly always?: readonly string[] | undefined;
}

/** IgnoreMatcher tells whether a path, relative to the directory it was made for, is left out. */
export type IgnoreMatcher = (path: string, isDirectory: boolean) => boolean;

/** IgnoreRules decide what is not packed. Made once for a build, shared by its layers. */
export interface IgnoreRules {
  /** within makes the matcher of one directory (absolute). Its parents must be asked first: a file in an ignored directory is never seen. */
  within(root: string): IgnoreMatcher;
}

/** readIgnoreRules reads the `.staxignore` files of a definition. Throws SOURCE_UNREADABLE for one that is there and cannot be read. */
export function readIgnoreRules(options: IgnoreOptions): IgnoreRules {
  const base = resolve(options.base);
  const top = options.workspaceRoot === undefined ? base : resolve(options.workspaceRoot);
  const anchor = isWithin(top, base) ? top : base;
  const patterns = [
    ...(anchor === base ? [] : readPatterns(anchor)),
    ...readPatterns(base).map((line) => rebase(line, slashed(relative(anchor, base)))),
  ];
  const defaults = options.defaults === false ? [] : defaultIgnored;
  const always = new Set([...alwaysIgnored, ...(options.always ?? [])].map((name) => name.toLowerCase()));
  const outputs = (options.outputs ?? []).map((path) => resolve(path));
  const matches = patternMatcher(patterns, defaults);
  return { within: (root) => matcherWithin(resolve(root), { anchor, base, always, outputs, matches }) };
}

interface Rules {
  readonly anchor: string;
  readonly base: string;
  readonly always: ReadonlySet<string>;
  readonly outputs: readonly string[];
  readonly matches: IgnoreMatcher;
}

function matcherWithin(root: string, { anchor, base, always, outputs, matches }: Rules): IgnoreMatcher {
  const prefix = isWithin(anchor, root) ? slashed(relative(anchor, root)) : "";
  // A layer may itself lie in a directory that is never packed.
  const buried =
    isWithin(base, root) &&
    slashed(relative(base, root))
      .split("/")
      .some((name) => always.has(name.toLowerCase()));
  const inside = outputs.filter((output) => isWithin(root, output) || isWithin(output, root));
  return (path, isDirectory) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (buried || always.has(name.toLowerCase())) return true;
    if (inside.length > 0 && inside.some((output) => isWithin(output, join(root, path)))) return true;
    return matches(prefix === "" ? path : `${prefix}/${path}`, isDirectory);
  };
}

// Without any .staxignore the defaults are a set of names: asking `ignore` for each of 20,000 files would cost more than reading them.
function patternMatcher(patterns: readonly string[], defaults: readonly string[]): IgnoreMatcher {
  if (patterns.length === 0) {
    const directories = new Set(defaults.filter((name) => name.endsWith("/")).map((name) => name.slice(0, -1)));
    const names = new Set(defaults.filter((name) => !name.endsWith("/")));
    return (path, isDirectory) => {
      const segments = path.split("/");
      const name = segments.at(-1) ?? "";
      return (
        names.has(name) ||
        (isDirectory && directories.has(name)) ||
        segments.slice(0, -1).some((s) => directories.has(s) || names.has(s))
      );
    };
  }
  // Case matters everywhere, so that a build does not depend on the file system.
  const rules: Ignore = ignore({ ignorecase: false }).add([...defaults, ...patterns]);
  return (path, isDirectory) => rules.ignores(isDirectory ? `${path}/` : path);
}

const maxIgnoreFile = 1024 * 1024;

function readPatterns(directory: string): readonly string[] {
  const file = join(directory, ignoreFileName);
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) return [];
    if (!stats.isFile() || stats.size > maxIgnoreFile) throw new Error("it is no file of at most 1 MiB");
    const text = readFileSync(file, "utf8").replace(/^\ufeff/, "");
    return text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  } catch (cause) {
    throw new LayersError("SOURCE_UNREADABLE", `cannot read ${printable(file)}`, { cause });
  }
}

/** rebase turns a pattern of a directory into one of a directory above, as git reads nested ignore files. */
function rebase(line: string, directory: string): string {
  if (directory === "") return line;
  const negated = line.startsWith("!");
  const pattern = negated ? line.slice(1) : line;
  const anchored = withoutTrailingSpaces(pattern).slice(0, -1).includes("/");
  const below = anchored ? pattern.replace(/^\//, "") : `**/${pattern}`;
  return `${negated ? "!" : ""}/${directory.replace(/[\\*?[\]]/g, "\\$&")}/${below}`;
}

function withoutTrailingSpaces(pattern: string): string {
  let end = pattern.length;
  while (end > 0 && pattern[end - 1] === " " && pattern[end - 2] !== "\\") end--;
  return pattern.slice(0, end);
}

const slashed = (path: string): string => (sep === "/" ? path : path.split(sep).join("/"));

/** isNeverPacked tells whether a relative path lies in a directory of {@link alwaysIgnored}. */
export const isNeverPacked = (path: string): boolean =>
  slashed(path)
    .split("/")
    .some((name) => alwaysIgnored.includes(name.toLowerCase()));

/** isWithin tells whether a path is a directory or lies in it; both absolute and normalised. */
export function isWithin(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
