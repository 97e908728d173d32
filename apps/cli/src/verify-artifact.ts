import {
  childrenOf,
  type Descriptor,
  type Digest,
  fetchManifest,
  isManifestType,
  type StorageOptions,
} from "@stax/oci";
import type { ArtifactStore } from "./target.ts";

/**
 * verifyArtifact reads everything that an artifact is made of and holds it against its digests, so that nothing damaged is uploaded
 * . Throws `DIGEST_MISMATCH`, `SIZE_MISMATCH`, `BLOB_NOT_FOUND`, `MANIFEST_INVALID`.
 */
export async function verifyArtifact(
  store: ArtifactStore,
  roots: readonly Descriptor[],
  options: StorageOptions,
): Promise<void> {
  const seen = new Set<Digest>();
  const queue = [...roots];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next.digest)) continue;
    seen.add(next.digest);
    if (isManifestType(next.mediaType)) queue.push(...childrenOf(await fetchManifest(store, next, options)));
    else await drain(store, next, options);
  }
}

async function drain(store: ArtifactStore, blob: Descriptor, options: StorageOptions): Promise<void> {
  // The stream verifies itself; what is read goes nowhere.
  for await (const _ of await store.fetch(blob, options)) options.signal?.throwIfAborted();
}
