import { parseJson } from "@stax/layers";
import {
  type Companion,
  type CompanionFinder,
  encodedOf,
  fetchBytes,
  isDigest,
  type ParsedManifest,
  type ReadOnlyStorage,
  type ReferenceResolver,
} from "@stax/oci";
import { layerKinds, type ResolvedPackage } from "@stax/schema";
import type { Context } from "./context.ts";
import { findPackage } from "./find-package.ts";

/**
 * packageCompanions makes the packages of an artifact travel along (decisions A27, O7): those its packages layer names by digest, from
 * where the artifact is. They are tagged `pkg-<hex>`, so that no garbage collection takes them.
 */
export function packageCompanions(source: ReadOnlyStorage & ReferenceResolver, context: Context): CompanionFinder {
  return async (parsed, _descriptor, store) => {
    const listed = await packagesOf(parsed, store);
    return await Promise.all(listed.map((entry) => companionOf(entry, source, context)));
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

async function companionOf(
  entry: ResolvedPackage,
  source: ReadOnlyStorage & ReferenceResolver,
  context: Context,
): Promise<Companion> {
  if (!isDigest(entry.digest)) throw new Error(`${entry.digest} passed the schema of packages`);
  const found = await findPackage(entry, source, context);
  return {
    descriptor: found.descriptor,
    reference: `pkg-${encodedOf(entry.digest)}`,
    ...(found.source !== source && { source: found.source }),
  };
}
