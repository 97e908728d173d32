import type { Descriptor } from "../../descriptor.ts";
import { algorithmOf, type Digest, digestOf, encodedOf } from "../../digest.ts";
import { mediaTypes } from "../../media-type.ts";

/** fallbackTagOf is the tag under which registries without the API keep the referrers of a manifest: `sha256-<hex>`, cut to a tag's length. */
export function fallbackTagOf(subject: Digest): string {
  return `${algorithmOf(subject).slice(0, 32)}-${encodedOf(subject).slice(0, 64)}`;
}

/** EncodedIndex is an index with its descriptor. */
export interface EncodedIndex {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** encodeIndex writes an index of referrers; the same entries give the same bytes whoever added them in which order. */
export function encodeIndex(entries: Iterable<Descriptor>): EncodedIndex {
  const manifests = [...entries].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
  return { descriptor: { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.byteLength }, bytes };
}
