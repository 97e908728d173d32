import type { Diagnostic } from "@stax/errors";
import { readRuntime } from "@stax/materialize";
import type { FileTree, Layers } from "@stax/schema";
import { nameOf } from "./identity.ts";
import { pluginContract } from "./plugin-contract.ts";
import { layOut } from "./plugin-layout.ts";

/** SkillFiles is the skills layer of files, and what of them it does not hold. Paths of findings are those of the files. */
export interface SkillFiles {
  readonly layers: Pick<Layers, "skills">;
  readonly diagnostics: readonly Diagnostic[];
}

/** readSkillFiles makes a skills layer of the files of an archive: one skill, named `name` where no directory names it, or several. */
export async function readSkillFiles(tree: FileTree, name: string): Promise<SkillFiles> {
  const diagnostics: Diagnostic[] = [];
  const said = { skills: ["./"] };
  const options = { name: nameOf(name), onlySaid: true, serverFiles: [] };
  const layout = await layOut(tree, said, options, (finding) => diagnostics.push(finding));
  const skills = layout.tree.filter(({ path }) => path.startsWith("skills/"));
  const read = await readRuntime(pluginContract, skills);
  for (const finding of read.diagnostics)
    diagnostics.push(
      finding.path === undefined ? finding : { ...finding, path: layout.origins.get(finding.path) ?? finding.path },
    );
  return { layers: read.layers.skills === undefined ? {} : { skills: read.layers.skills }, diagnostics };
}
