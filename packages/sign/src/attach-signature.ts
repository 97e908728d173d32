import type { KeyObject } from "node:crypto";
import {
  bytesContent,
  type Descriptor,
  describeContent,
  emptyDescriptor,
  type Fetcher,
  fetchBytes,
  fetchManifest,
  OciError,
  type PredecessorFinder,
  type Pusher,
  packManifest,
  type StorageOptions,
} from "@stax/oci";
import { bundleMediaType, signaturePredicateType, signedBy } from "./bundle.ts";

/** AttachOptions complete {@link attachSignature}. */
export interface AttachOptions extends StorageOptions {
  /** What the signature says of when it was made (default: now). Nobody vouches for it. */
  readonly created?: Date | undefined;
}

/**
 * attachSignature stores a bundle as a referrer of what it signs, as cosign does, and returns the referrer. A registry without the
 * referrers API gets it in the list under the fallback tag. Throws what the store throws.
 */
export async function attachSignature(
  target: Pusher,
  descriptor: Descriptor,
  bundle: Uint8Array,
  options: AttachOptions = {},
): Promise<Descriptor> {
  const { created = new Date() } = options;
  const content = bytesContent(bundle);
  const layer = await describeContent(content, bundleMediaType, options);
  await target.push(layer, content, options);
  const { mediaType, digest, size } = descriptor;
  const annotations = {
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": signaturePredicateType,
    "org.opencontainers.image.created": created.toISOString().replace(/\.\d+Z$/, "Z"),
  };
  const parts = { artifactType: bundleMediaType, subject: { mediaType, digest, size }, layers: [layer], annotations };
  return await packManifest(target, parts, options);
}

/** SignatureSource is a store whose referrers can be listed and read. */
export interface SignatureSource extends Fetcher, PredecessorFinder {}

/** In bytes. A bundle with certificate and log entry has about 10,000. */
const bundleLimit = 1024 * 1024;

/**
 * findSignature is a referrer of `descriptor` that holds a signature of it by this key; undefined where there is none. What others have
 * attached and cannot be read is passed over. Throws what the store throws, where it cannot be reached.
 */
export async function findSignature(
  source: SignatureSource,
  descriptor: Descriptor,
  publicKey: KeyObject,
  options: StorageOptions = {},
): Promise<Descriptor | undefined> {
  for (const referrer of await source.predecessors(descriptor, options)) {
    if (!mayHoldBundle(referrer)) continue;
    const bundles = await bundlesOf(source, referrer, options);
    if (bundles.some((bundle) => signedBy(bundle, descriptor, publicKey))) return referrer;
  }
  return undefined;
}

/** cosign 2 lists its bundles under the type of their empty config. */
const mayHoldBundle = ({ artifactType }: Descriptor): boolean =>
  artifactType === bundleMediaType || artifactType === emptyDescriptor.mediaType;

async function bundlesOf(
  source: Fetcher,
  referrer: Descriptor,
  options: StorageOptions,
): Promise<readonly Uint8Array[]> {
  try {
    const parsed = await fetchManifest(source, referrer, options);
    const [layer, ...further] = parsed.kind === "manifest" ? parsed.manifest.layers : [];
    if (layer?.mediaType !== bundleMediaType || further.length > 0) return [];
    return [await fetchBytes(source, layer, { ...options, limit: bundleLimit })];
  } catch (error) {
    // Damaged, too large, gone: it is somebody's, and no signature of ours.
    if (error instanceof OciError && error.category === "build") return [];
    throw error;
  }
}
