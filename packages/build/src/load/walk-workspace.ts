import { type Dirent, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative, sep } from "node:path";
import type { IgnoreMatcher, IgnoreRules } from "@stax/layers";
import { BuildError } from "../error.ts";
import { isDirectory, isWorkspace } from "./workspace-root.ts";

/** WalkOptions say what is looked for, and what is left out. */
export interface WalkOptions {
  readonly isDefinition: (name: string) => boolean;
  readonly ignore?: ((directory: string, workspaceRoot: string) => IgnoreRules) | undefined;
}

// What lies here beside a definition is its content, whatever the files in it are called.
const layerDirectories: ReadonlySet<string> = new Set([
  "instruction-tree",
  "knowledge",
  "memory",
  "personas",
  "rules",
  "skills",
  "subagents",
  "surfaces",
]);

/**
 * walkWorkspace lists the definition files at and below a directory, each directory's before those below it, in the order of their names.
 * Links to directories are not followed. Throws DEFINITION_UNREADABLE for a directory that cannot be listed.
 */
export function walkWorkspace(from: string, workspaceRoot: string, options: WalkOptions): readonly string[] {
  const found: string[] = [];
  const visit = (directory: string, above: IgnoreMatcher): void => {
    const entries = list(directory, workspaceRoot);
    const definitions = entries
      .filter((entry) => options.isDefinition(entry.name))
      .map((entry) => join(directory, entry.name))
      .filter((path) => !isDirectory(path) && !above(within(workspaceRoot, path), false));
    found.push(...definitions);
    const isProject = definitions.length > 0;
    const ignored = isProject ? matcherOf(directory, workspaceRoot, options) : above;
    for (const entry of entries) {
      const path = join(directory, entry.name);
      if (!entry.isDirectory() || isLeftOut(entry.name, isProject) || isWorkspace(path)) continue;
      if (!ignored(within(workspaceRoot, path), true)) visit(path, ignored);
    }
  };
  // What lies below a home directory is no part of it: ~/.stax is the command's own.
  if (from !== homedir()) visit(from, matcherOf(workspaceRoot, workspaceRoot, options));
  return found;
}

const isLeftOut = (name: string, besideDefinition: boolean): boolean =>
  name.startsWith(".") || name === "node_modules" || (besideDefinition && layerDirectories.has(name));

const matcherOf = (directory: string, workspaceRoot: string, { ignore }: WalkOptions): IgnoreMatcher =>
  ignore?.(directory, workspaceRoot).within(workspaceRoot) ?? (() => false);

const within = (workspaceRoot: string, path: string): string => relative(workspaceRoot, path).split(sep).join("/");

function list(directory: string, workspaceRoot: string): readonly Dirent[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (cause) {
    throw new BuildError("DEFINITION_UNREADABLE", `${within(workspaceRoot, directory)} cannot be listed`, {
      cause,
      hint: "mend its permissions, or list it in .staxignore",
    });
  }
}
