import { parseJson } from "@stax/layers";
import {
  type Companion,
  type CompanionFinder,
  encodedOf,
  fetchBytes,
  isDigest,
  type ReferenceResolver,
} from "@stax/oci";
import { layerKinds } from "@stax/schema";

/**
 * packageCompanions makes the packages of an artifact travel along (decisions A27, O7): those its packages layer names by digest, from
 * where the artifact is. They are tagged `pkg-<hex>`, so that no garbage collection takes them.
 */
export function packageCompanions(source: ReferenceResolver): CompanionFinder {
  return async (parsed, _descriptor, store) => {
    if (parsed.kind !== "manifest") return [];
    const layer = parsed.manifest.layers.find(({ mediaType }) => mediaType === layerKinds.packages.mediaType);
    if (layer === undefined) return [];
    const content = await fetchBytes(store, layer, { limit: layerKinds.packages.maxSize });
    const listed = layerKinds.packages.schema.parse(parseJson(content, { name: "packages layer" })).packages;
    return await Promise.all(listed.map(({ digest }) => companionOf(digest, source)));
  };
}

async function companionOf(digest: string, source: ReferenceResolver): Promise<Companion> {
  if (!isDigest(digest)) throw new Error(`${digest} passed the schema of packages`);
  return { descriptor: await source.resolve(digest), reference: `pkg-${encodedOf(digest)}` };
}
