import { annotations, kindOf, type LayerName, type Payload } from "@stax/schema";
import type { Sink } from "./archive/block-pipe.ts";
import { type PackOptions, packTree } from "./archive/pack-tree.ts";
import { canonicalJson } from "./canonical-json.ts";
import { sha256Of } from "./digest.ts";

/** StoredBlob is what is known of an encoded layer's bytes. */
export interface StoredBlob {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Of the uncompressed archive, for tree layers. */
  readonly diffId?: string | undefined;
}

/** LayerDescriptor is a layer's entry in a manifest. */
export interface LayerDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * encodeLayer writes a payload to a sink as the layer kind's format has it — canonical JSON, the authored bytes, or a packed tree — and
 * gives the layer's descriptor. Throws JSON_UNREPRESENTABLE and what {@link packTree} throws.
 */
export async function encodeLayer<Name extends LayerName>(
  name: Name,
  payload: Payload<Name>,
  sink: Sink,
  options: PackOptions = {},
): Promise<LayerDescriptor> {
  const kind = kindOf(name);
  if (kind.format === "tree") return describeLayer(name, payload, await packTree(kind.files(payload), sink, options));
  const bytes: Uint8Array = kind.format === "json" ? canonicalJson(payload) : (payload as Payload<"prompt">).bytes; // the only text kinds have this payload
  await sink(bytes);
  return describeLayer(name, payload, { digest: sha256Of(bytes), size: bytes.byteLength });
}

/** describeLayer gives the descriptor of a layer whose bytes are known, from {@link encodeLayer}'s parts or a {@link PackCache}. */
export function describeLayer<Name extends LayerName>(
  name: Name,
  payload: Payload<Name>,
  { digest, size, diffId }: StoredBlob,
): LayerDescriptor {
  const { mediaType, title, annotate } = kindOf(name);
  return {
    mediaType,
    digest,
    size,
    annotations: {
      [annotations.title]: title,
      ...annotate?.(payload),
      ...(diffId === undefined ? {} : { [annotations.diffId]: diffId }),
    },
  };
}
