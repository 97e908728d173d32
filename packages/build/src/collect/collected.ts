import { relative, sep } from "node:path";
import type { StatKey } from "@stax/layers";
import type { Agent, FileTree, LayerName, Mcp, Package, Payload, Persona, Profile } from "@stax/schema";
import type { DefinitionFile } from "../load/index.ts";
import type { CheckedDocument, SourceDocument } from "./document.ts";

/** CollectedLayer is a layer's content, read and checked; file bodies of trees stay closed. */
export type CollectedLayer =
  | {
      readonly name: LayerName;
      readonly format: "tree";
      readonly tree: FileTree;
      /** The state of the files on disk: unchanged files need not be packed again. */
      readonly statKey: StatKey;
      readonly payload: unknown;
      readonly flattened: boolean;
      /** The directory as findings name it. */
      readonly shown: string;
    }
  /** Files that lie in no directory of their own as they are packed: those of a plugin. */
  | { readonly name: LayerName; readonly format: "files"; readonly payload: unknown }
  | { readonly name: LayerName; readonly format: "text"; readonly bytes: Uint8Array }
  | {
      readonly name: LayerName;
      readonly format: "json";
      readonly payload: unknown;
      /** The file that says it, where one document does. */
      readonly document?: SourceDocument;
    };

/** shownOf names a layer's directory as findings do; a layer that has none by its own name. */
export const shownOf = (layer: CollectedLayer): string => (layer.format === "tree" ? layer.shown : layer.name);

/** CollectedPersona is one identity of an agent and the file that defines it. */
export interface CollectedPersona {
  readonly persona: Persona;
  readonly path: string;
}

/** CollectedPackage is an entry of `packages`: a reference, or a package of this workspace. */
export interface CollectedPackage {
  readonly declared: string;
  readonly local?: CollectedProject;
}

/** CollectedProject is a definition with everything it names. */
export interface CollectedProject {
  readonly file: DefinitionFile;
  readonly kind: "agent" | "package" | "profile";
  readonly definition: Agent | Package | Profile;
  readonly document: CheckedDocument<unknown>;
  /** Without persona, secrets and packages: those are below. */
  readonly layers: readonly CollectedLayer[];
  /** The declared or default persona. */
  readonly persona?: CollectedPersona;
  /** Those in `personas/`, by file name. */
  readonly personas: readonly CollectedPersona[];
  readonly packages: readonly CollectedPackage[];
}

/** mcpOf is the MCP layer of a project, if it has one. */
export function mcpOf(project: CollectedProject): Mcp | undefined {
  const layer = project.layers.find(({ name }) => name === "mcp");
  return layer?.format === "json" ? (layer.payload as Payload<"mcp">) : undefined; // the layer's name says which payload it has
}

/** pathOf names a package of the workspace as the lock does. */
export function pathOf({ file }: CollectedProject, workspaceRoot: string): string {
  const path = relative(workspaceRoot, file.directory).split(sep).join("/");
  return path.startsWith("..") ? path : `./${path}`;
}

/** findLocal finds a package of the workspace, by that name, among those that a project builds on. */
export function findLocal(
  project: CollectedProject,
  path: string,
  workspaceRoot: string,
): CollectedProject | undefined {
  for (const { local } of project.packages) {
    if (local === undefined) continue;
    const found = pathOf(local, workspaceRoot) === path ? local : findLocal(local, path, workspaceRoot);
    if (found !== undefined) return found;
  }
  return undefined;
}
