import { type FileEntry, layerKinds, sortTree } from "@stax/schema";
import type { Read } from "../contract.ts";
import { findingsInto } from "./rules.ts";

/** readKnowledge reads a directory of knowledge with its manifest, byte for byte. */
export const readKnowledge =
  (directory: string): Read<FileEntry> =>
  async (found, context) => {
    const inside = found.filter(({ path }) => path.startsWith(`${directory}/`));
    const rest = found.filter(({ path }) => !path.startsWith(`${directory}/`));
    if (inside.length === 0) return { rest };
    const tree = sortTree(inside.map(({ path, out }) => ({ ...out, path: path.slice(directory.length + 1) })));
    return { layers: { knowledge: await layerKinds.knowledge.parse(tree, findingsInto(context)) }, rest };
  };
