import { type FileEntry, type Knowledge, layerKinds, sortTree } from "@stax/schema";
import type { Read, ReadContext } from "../contract.ts";
import { filesBelow } from "./files-below.ts";

const manifestName = "knowledge.manifest.json";

/** readKnowledge reads a directory of knowledge, byte for byte; its manifest only where the format takes it. */
export const readKnowledge =
  (directory: string): Read<FileEntry> =>
  async (found, context) => {
    const { tree, rest } = filesBelow(directory, found);
    if (tree.length === 0) return { rest };
    return { layers: { knowledge: await knowledgeOf(tree, directory, context) }, rest };
  };

async function knowledgeOf(tree: readonly FileEntry[], directory: string, context: ReadContext): Promise<Knowledge> {
  const problems: string[] = [];
  const knowledge = await layerKinds.knowledge.parse(sortTree(tree), {
    report: (finding) => {
      if (finding.severity === "error") problems.push(finding.message);
      else context.note({ ...finding, path: `${directory}/${finding.path ?? ""}` });
    },
  });
  const [problem] = problems;
  if (problem === undefined) return knowledge;
  context.left(`${directory}/${manifestName}`, undefined, problem, "mend it and import again, or write a new one");
  return { files: knowledge.files, metadata: {} };
}
