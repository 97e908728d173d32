import { compareBytes, type FileEntry, type FileTree } from "@stax/schema";
import { matchesClaim } from "../path.ts";

/** finder gives files at a path or glob: those of a tree, and those that `more` finds beyond it. */
export const finder =
  (tree: FileTree, more: (globs: readonly string[]) => FileTree = () => []) =>
  (glob: string): readonly FileEntry[] => {
    const known = tree.filter(({ path }) => matchesClaim(glob, path));
    const paths = new Set(known.map(({ path }) => path));
    const beyond = more([glob]).filter(({ path }) => !paths.has(path));
    return [...known, ...beyond].sort((a, b) => compareBytes(a.path, b.path));
  };
