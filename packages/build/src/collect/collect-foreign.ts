import { join } from "node:path";
import { isStaxError } from "@stax/errors";
import { kindOf, type LayerName, layersAllowedIn, type Package } from "@stax/schema";
import type { DefinitionFile } from "../load/index.ts";
import type { CollectedLayer, CollectedProject } from "./collected.ts";
import type { SourceDocument } from "./document.ts";
import type { Session } from "./session.ts";

/** ForeignPlace is a folder that somebody else's tool made, and of a marketplace the plugin that is meant. */
export interface ForeignPlace {
  /** Absolute, links resolved. */
  readonly directory: string;
  readonly plugin?: string | undefined;
}

/** isForeign tells whether a folder is a plugin, a marketplace or a folder of skills. */
export async function isForeign({ directory }: ForeignPlace): Promise<boolean> {
  const { foreignKindOf } = await import("@stax/foreign");
  return foreignKindOf(directory) !== undefined;
}

/**
 * collectForeign reads a plugin, a marketplace or a folder of skills as a package of the workspace. What it cannot carry is reported to the
 * session; the result is a message where it cannot be read at all.
 */
export async function collectForeign(
  { directory, plugin }: ForeignPlace,
  workspaceRoot: string,
  session: Session,
): Promise<CollectedProject | string> {
  const { readForeign } = await import("@stax/foreign");
  try {
    const found = await readForeign(directory, { plugin, signal: session.options.signal });
    for (const finding of found.diagnostics)
      session.report({ ...finding, path: session.shown(join(directory, finding.path ?? "")) });
    const { secrets, ...layers } = found.layers;
    const { name, version, description } = found;
    const definition: Package = {
      name,
      version,
      description,
      ...(secrets !== undefined && { secrets: secrets.secrets }),
    };
    // Two plugins of one marketplace may share its folder.
    const own = plugin === undefined ? directory : `${directory}#${plugin}`;
    const file: DefinitionFile = {
      path: join(own, found.manifest ?? ""),
      kind: "package",
      directory: own,
      workspaceRoot,
    };
    const loaded = { value: definition, positions: () => undefined, path: file.path, warnings: [] };
    const document = { path: file.path, loaded, content: definition, value: definition };
    return {
      file,
      kind: "package",
      definition,
      document,
      layers: layersAllowedIn("package").flatMap((layer) =>
        collected(layer, layers[layer as keyof typeof layers], document),
      ),
      personas: [],
      packages: [],
    };
  } catch (error) {
    if (!isStaxError(error) || error.category !== "build") throw error;
    return error.message;
  }
}

function collected(name: LayerName, payload: unknown, document: SourceDocument): readonly CollectedLayer[] {
  if (payload === undefined) return [];
  const isTree = kindOf(name).format === "tree";
  return [isTree ? { name, format: "files", payload } : { name, format: "json", payload, document }];
}
