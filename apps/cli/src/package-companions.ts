import { type Artifact, openArtifact } from "@stax/artifact";
import { parseJson } from "@stax/layers";
import {
  type Companion,
  type CompanionFinder,
  fetchBytes,
  type ParsedManifest,
  type ReadOnlyStorage,
  type RepositoryName,
} from "@stax/oci";
import { layerKinds, type ResolvedPackage } from "@stax/schema";
import type { Context } from "./context.ts";
import { packageSources } from "./options/packages.ts";
import type { ArtifactStore } from "./target.ts";

/** SourceOf opens a repository to read packages from. */
export type SourceOf = (name: RepositoryName) => Promise<ArtifactStore>;

/**
 * packageCompanions makes the packages of an artifact travel along (decisions A27, O7): those its packages layer names by digest, from
 * where the artifact is, else from a mirror or where their reference leads. They are tagged `pkg-<hex>`, so that no garbage collection
 * takes them. Throws `DEPENDENCY_NOT_FOUND`.
 */
export function packageCompanions(
  source: ArtifactStore,
  context: Context,
  sourceOf: SourceOf = async (name) => (await context.registries()).source(name),
): CompanionFinder {
  return async (parsed, descriptor, store) => {
    const listed = await packagesOf(parsed, store);
    if (listed.length === 0) return [];
    const artifact = await openArtifact(source, descriptor, { signal: context.signal });
    return await Promise.all(listed.map((entry) => companionOf(entry, artifact, context, sourceOf)));
  };
}

/** packagesOf is what the packages layer of a manifest lists. Throws what reading it throws. */
export async function packagesOf(parsed: ParsedManifest, store: ReadOnlyStorage): Promise<readonly ResolvedPackage[]> {
  if (parsed.kind !== "manifest") return [];
  const layer = parsed.manifest.layers.find(({ mediaType }) => mediaType === layerKinds.packages.mediaType);
  if (layer === undefined) return [];
  const content = await fetchBytes(store, layer, { limit: layerKinds.packages.maxSize });
  return layerKinds.packages.schema.parse(parseJson(content, { name: "packages layer" })).packages;
}

/** keptTagOf is the tag that keeps a package where it was taken along. */
export const keptTagOf = (digest: string): string => `pkg-${digest.slice(digest.indexOf(":") + 1)}`;

async function companionOf(
  entry: ResolvedPackage,
  artifact: Artifact,
  context: Context,
  sourceOf: SourceOf,
): Promise<Companion> {
  const { findPackages } = await import("@stax/resolver");
  const { mirrors, open } = packageSources(context);
  const opened: ArtifactStore[] = [];
  const [found] = await findPackages(artifact, [entry], {
    mirrors,
    signal: context.signal,
    open: async (name) => {
      opened.push(await sourceOf(name));
      if (open === undefined) throw new Error("packages have sources");
      return await open(name);
    },
  });
  if (found === undefined) throw new Error("every package is found, or an error is thrown");
  const { descriptor } = found.artifact;
  // One package is looked for in one place after the other: it is in the last.
  const elsewhere = found.place === "registry" ? opened.at(-1) : undefined;
  return { descriptor, reference: keptTagOf(descriptor.digest), ...(elsewhere !== undefined && { source: elsewhere }) };
}
