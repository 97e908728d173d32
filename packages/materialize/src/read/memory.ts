import { type FileEntry, layerKinds, type Memory, sortTree } from "@stax/schema";
import type { Read, ReadContext } from "../contract.ts";
import { filesBelow } from "./files-below.ts";

const metaName = "memory.meta.json";

/** readMemory reads what an agent starts out remembering, byte for byte; its description only where the format takes it. */
export const readMemory =
  (directory: string): Read<FileEntry> =>
  async (found, context) => {
    const { tree, rest } = filesBelow(directory, found);
    if (tree.length === 0) return { rest };
    return { layers: { memory: await memoryOf(tree, directory, context) }, rest };
  };

async function memoryOf(tree: readonly FileEntry[], directory: string, context: ReadContext): Promise<Memory> {
  const problems: string[] = [];
  const memory = await layerKinds.memory.parse(sortTree(tree), {
    report: ({ severity, message, ...finding }) => {
      if (severity === "error") problems.push(message);
      else context.note({ ...finding, severity, message, path: `${directory}/${metaName}` });
    },
  });
  const [problem] = problems;
  if (problem === undefined) return memory;
  context.left(`${directory}/${metaName}`, undefined, problem, "it is written anew when memory is pushed");
  return { files: memory.files.filter(({ path }) => path !== metaName) };
}
