import { mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * makeDirectories makes a directory and those above it that are missing, and adds what it made to `made`, outermost first. Node's own
 * recursive mkdir never ends where a directory that exists answers ENOENT, as /proc does. Throws what Node throws.
 */
export function makeDirectories(path: string, made: string[], mode?: number): void {
  if (isDirectory(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectories(parent, made, mode);
  try {
    mkdirSync(path, { mode });
    made.push(path);
  } catch (error) {
    // Somebody else may have made it in the meantime.
    if (!isDirectory(path)) throw error;
  }
}

/** removeEmpty takes back directories that {@link makeDirectories} made, as far as nobody put something there in the meantime. */
export function removeEmpty(made: readonly string[]): void {
  for (const path of made.toReversed()) {
    try {
      rmdirSync(path);
    } catch {
      // It holds something that is not ours.
    }
  }
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
