import { canonicalJson } from "@stax/layers";
import { fetchBytes } from "@stax/oci";
import { type FileTree, fileEntry, kindOf, type LayerName, sortTree } from "@stax/schema";
import type { Artifact } from "./open-artifact.ts";
import { openTree, type ReadLayersOptions } from "./read-layers.ts";
import { writeTree } from "./write-tree.ts";

/** Extraction is what {@link extractArtifact} wrote, paths relative to the directory. */
export interface Extraction {
  readonly files: readonly { readonly path: string; readonly size: number; readonly executable: boolean }[];
}

// Where each layer goes: a directory for a tree, a file for a document; as an author would have them.
const directories: Partial<Record<LayerName, string>> = {
  knowledge: "knowledge",
  rules: "rules",
  skills: "skills",
  instructionTree: "instruction-tree",
  surfaces: "surfaces",
  memory: "memory",
  sourceSnapshot: "source",
};

/**
 * extractArtifact writes the canonical layers and the config as files below a directory: trees as directories, documents byte for byte.
 * Existing files are never overwritten. Throws what reading and writing throw.
 */
export async function extractArtifact(
  artifact: Artifact,
  directory: string,
  options: ReadLayersOptions,
): Promise<Extraction> {
  const wanted = artifact.layers.filter(
    ({ name }) => name !== undefined && (options.names === undefined || options.names.includes(name)),
  );
  const trees = await Promise.all(
    wanted.map((layer) => treeOf(artifact, layer as (typeof wanted)[number] & { readonly name: LayerName }, options)),
  ); // filtered above
  const config = options.names === undefined ? [fileEntry("config.json", canonicalJson(artifact.config))] : [];
  const tree = sortTree([...config, ...trees.flat()]);
  await writeTree(directory, tree, { signal: options.signal });
  return { files: tree.map(({ path, size, executable }) => ({ path, size, executable })) };
}

async function treeOf(
  artifact: Artifact,
  layer: Artifact["layers"][number] & { readonly name: LayerName },
  options: ReadLayersOptions,
): Promise<FileTree> {
  const kind = kindOf(layer.name);
  if (kind.format !== "tree")
    return [
      fileEntry(
        kind.title,
        await fetchBytes(artifact.source, layer.descriptor, {
          limit: options.maxLayerSize?.[layer.name] ?? kind.maxSize,
          signal: options.signal,
        }),
      ),
    ];
  const { tree } = await openTree(artifact, layer, options);
  const prefix = directories[layer.name] ?? layer.name;
  return tree.map((entry) => ({ ...entry, path: `${prefix}/${entry.path}` }));
}
