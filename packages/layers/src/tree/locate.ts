import { lstatSync, realpathSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { printable } from "@stax/errors";
import { LayersError } from "../error.ts";
import { isNeverPacked, isWithin } from "./ignore-rules.ts";

/** Place is a directory to be read, and the directories that a symlink in it may lead into. All real paths. */
export interface Place {
  readonly real: string;
  /** As the user named it, absolute. */
  readonly lexical: string;
  readonly containers: readonly string[];
  /** Relative to the project, `/`-separated; "" for the project itself. */
  readonly shown: string;
}

/** LocateOptions are what {@link locate} takes of the options of readTree. */
export interface LocateOptions {
  readonly projectRoot?: string | undefined;
  readonly allowOutsideRoot?: boolean | undefined;
  readonly symlinks?: "reject" | "flatten" | "exclude" | undefined;
}

/** locate finds a directory and judges where it lies. Throws SOURCE_MISSING, SOURCE_OUTSIDE, SOURCE_SYMLINK. */
export function locate(root: string, { projectRoot, allowOutsideRoot = false, symlinks }: LocateOptions): Place {
  const lexical = resolve(root);
  const project = projectRoot === undefined ? lexical : resolve(projectRoot);
  const shown = relative(project, lexical).split(sep).join("/");
  const name = printable(shown === "" ? root : shown);
  const real = realDirectory(lexical, name);
  const realProject = projectRoot === undefined ? real : realDirectory(project, printable(project));
  const inside = isWithin(realProject, real);
  if (!inside && !allowOutsideRoot)
    throw new LayersError("SOURCE_OUTSIDE", `${name} lies outside the project`, {
      hint: "move it into the project, or pass --allow-outside-root",
    });
  // A symlink must not open what is never packed under another name.
  if (real !== lexical && inside && isNeverPacked(relative(realProject, real)))
    throw new LayersError(
      "SOURCE_OUTSIDE",
      `${name} leads into ${printable(relative(realProject, real))}, which is never packed`,
    );
  const link = symlinks === "flatten" ? undefined : linkOnTheWay(project, lexical);
  if (link !== undefined)
    throw new LayersError("SOURCE_SYMLINK", `${name} is reached through the symlink ${printable(link)}`, {
      hint: "name the real directory, or pass --symlink-mode flatten",
    });
  return { real, lexical, containers: inside ? [realProject] : [realProject, real], shown };
}

function realDirectory(path: string, name: string): string {
  try {
    const real = realpathSync.native(path);
    if (statSync(real).isDirectory()) return real;
  } catch (cause) {
    throw new LayersError("SOURCE_MISSING", `${name} does not exist or cannot be reached`, {
      hint: "fix the path in the definition",
      cause,
    });
  }
  throw new LayersError("SOURCE_MISSING", `${name} is no directory`, { hint: "fix the path in the definition" });
}

// Only below the project: how the project itself is reached is the user's own affair.
function linkOnTheWay(project: string, path: string): string | undefined {
  if (!isWithin(project, path)) return lstatSync(path).isSymbolicLink() ? path : undefined;
  let at = project;
  const below = relative(project, path);
  for (const segment of below === "" ? [] : below.split(sep)) {
    at = join(at, segment);
    if (lstatSync(at).isSymbolicLink()) return relative(project, at);
  }
  return undefined;
}
