import { dirname } from "node:path";
import type { Context } from "./context.ts";
import { projectOptions } from "./options/project.ts";

/** ProjectIdentity is what the definition in a directory is called, and where. */
export interface ProjectIdentity {
  readonly name: string;
  /** Of its version. */
  readonly tag: string;
  readonly directory: string;
}

/** identifyProject reads the definition in a directory for its name and version. Throws what validation throws. */
export async function identifyProject(path: string, context: Context): Promise<ProjectIdentity> {
  const options = await projectOptions(context, { entry: path });
  const { validateProject } = await import("./lazy/validate-project.ts");
  const { projects, diagnostics } = await validateProject(options);
  const [project] = projects;
  if (project === undefined) context.gate(diagnostics);
  if (project === undefined) throw new Error(`${path} was validated without a result`);
  return {
    name: project.name,
    tag: project.version.replaceAll("+", "_"),
    directory: dirname(path) === "." ? context.cwd : path,
  };
}
