import { existsSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

const markers = ["stax.config.json", "stax.config.yaml", "stax.config.yml", ".stax", ".git"];

/**
 * workspaceRootOf finds the workspace of a file or directory: the nearest directory at or above it that holds `stax.config.*`, `.stax/`
 * or `.git`; else the directory itself (decision A16). The home directory counts only for what stands directly in it: `~/.stax` is the
 * command's own, and a definition may read its whole workspace.
 */
export function workspaceRootOf(path: string): string {
  const absolute = resolve(path);
  const start = isDirectory(absolute) ? absolute : dirname(absolute);
  const home = homedir();
  for (let at = start; at !== dirname(at); at = dirname(at)) {
    if (at === home && at !== start) break;
    if (isWorkspace(at)) return at;
  }
  return start;
}

/** isWorkspace tells whether a directory is marked as a workspace of its own. */
export const isWorkspace = (directory: string): boolean => markers.some((marker) => isMarked(directory, marker));

// An empty or foreign `.stax` file is no marker; `.git` is a file in a worktree.
function isMarked(directory: string, marker: string): boolean {
  const path = join(directory, marker);
  return marker === ".stax" ? isDirectory(path) : existsSync(path);
}

/** isDirectory tells whether a path leads to a directory. */
export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** namesIn lists a directory in the order of its names; nothing where there is none. */
export function namesIn(directory: string): readonly string[] {
  return isDirectory(directory) ? readdirSync(directory).sort() : [];
}
