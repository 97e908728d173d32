import { realpathSync, statSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { isInside } from "../collect/declared-path.ts";
import { BuildError } from "../error.ts";

/**
 * containedPath resolves a definition file and its links, and holds it inside the workspace. Throws DEFINITION_UNREADABLE and
 * DEFINITION_OUTSIDE.
 */
export function containedPath(file: string, workspaceRoot: string): string {
  const shown = nameOf(resolve(workspaceRoot, file), workspaceRoot);
  const path = realFile(resolve(workspaceRoot, file), shown);
  if (!isInside(workspaceRoot, path))
    throw new BuildError(
      "DEFINITION_OUTSIDE",
      `${shown} lies outside the workspace ${workspaceRoot}, or a link leads there`,
      {
        hint: "move the file into the workspace",
      },
    );
  return path;
}

/** nameOf is how messages name a file: relative to the workspace, with `/`. */
export const nameOf = (path: string, workspaceRoot: string): string =>
  relative(workspaceRoot, path).replaceAll(sep, "/");

function realFile(path: string, shown: string): string {
  try {
    const real = realpathSync(path);
    if (statSync(real).isFile()) return real;
  } catch (cause) {
    throw new BuildError("DEFINITION_UNREADABLE", `${shown} cannot be read`, { cause });
  }
  throw new BuildError("DEFINITION_UNREADABLE", `${shown} is no regular file`, {
    hint: "a definition is read at once and whole, so it cannot be a pipe, a socket or a device",
  });
}
