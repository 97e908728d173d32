import {
  childrenOf,
  type Descriptor,
  type Digest,
  fetchManifest,
  isManifestType,
  OciError,
  type ParsedManifest,
  type StorageOptions,
} from "@stax/oci";
import { packagesOf } from "./package-companions.ts";
import type { ArtifactStore } from "./target.ts";

/** VerifyArtifactOptions tell what is read. */
export interface VerifyArtifactOptions extends StorageOptions {
  readonly onBlob?: (descriptor: Descriptor) => void;
}

/**
 * verifyArtifact reads everything that artifacts are made of, their packages in the same store too, and holds it against its digests, so
 * that nothing damaged is uploaded. Throws `DIGEST_MISMATCH`, `SIZE_MISMATCH`, `BLOB_NOT_FOUND`, `MANIFEST_INVALID`.
 */
export async function verifyArtifact(
  store: ArtifactStore,
  roots: readonly Descriptor[],
  options: VerifyArtifactOptions,
): Promise<void> {
  const seen = new Set<Digest>();
  const queue = [...roots];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next.digest)) continue;
    seen.add(next.digest);
    options.onBlob?.(next);
    if (!isManifestType(next.mediaType)) await drain(store, next, options);
    else {
      const parsed = await fetchManifest(store, next, options);
      queue.push(...childrenOf(parsed), ...(await packagesHere(store, parsed, options)));
    }
  }
}

/** Packages from elsewhere are verified on their way, like everything that is fetched. */
async function packagesHere(
  store: ArtifactStore,
  parsed: ParsedManifest,
  options: StorageOptions,
): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  for (const { digest } of await packagesOf(parsed, store)) {
    try {
      found.push(await store.resolve(digest, options));
    } catch (error) {
      if (!(error instanceof OciError) || error.code !== "ERR_STAX_REFERENCE_NOT_FOUND") throw error;
    }
  }
  return found;
}

async function drain(store: ArtifactStore, blob: Descriptor, options: StorageOptions): Promise<void> {
  // The stream verifies itself; what is read goes nowhere.
  for await (const _ of await store.fetch(blob, options)) options.signal?.throwIfAborted();
}
