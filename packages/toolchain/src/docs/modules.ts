import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, type WorkspacePackage, workspacePackages } from "../workspace.ts";

/** importSource imports a source file of the workspace, by its path relative to the root; undefined where there is none. */
export async function importSource(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const file = join(root, path);
  return existsSync(file) ? await import(pathToFileURL(file).href) : undefined;
}

/** published packages of the workspace, in the order of the tables of the docs. */
export const published = (): readonly WorkspacePackage[] =>
  workspacePackages().filter(({ manifest }) => manifest.private !== true);
