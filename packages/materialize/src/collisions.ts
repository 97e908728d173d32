import { printable } from "@stax/errors";
import { collisionKey } from "./path.ts";

/** Clash is a file that cannot be written: two parts want it with different content, or its path is not safe. */
export interface Clash {
  readonly path: string;
  readonly message: string;
}

/** collisions finds paths that a case-insensitive file system takes for one, and files where another path needs a directory. */
export function collisions(paths: readonly string[]): readonly Clash[] {
  const files = new Map(paths.map((path) => [collisionKey(path), path]));
  const clashes: Clash[] = [];
  for (const path of paths) {
    const key = collisionKey(path);
    const other = files.get(key);
    if (other !== undefined && other !== path)
      clashes.push({
        path,
        message: `and "${printable(other)}" are one file on a system that ignores case or normalises Unicode`,
      });
    for (let slash = key.indexOf("/"); slash >= 0; slash = key.indexOf("/", slash + 1)) {
      const file = files.get(key.slice(0, slash));
      if (file !== undefined)
        clashes.push({ path, message: `needs "${printable(file)}" to be a directory, which is also a file` });
    }
  }
  return clashes;
}
