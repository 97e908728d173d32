import type { StoredLayer } from "@stax/artifact";
import { canonicalJson, type PackCache, type PackedLayer, packCache, packTree, type SourceTree } from "@stax/layers";
import { bytesContent, digestOf, type Ingester, type Pusher, type ReadOnlyStorage } from "@stax/oci";
import { annotations, kindOf, type LayerName } from "@stax/schema";
import type { CollectedLayer } from "./collect/collected.ts";
import { handover, type Sink } from "./handover.ts";

/** PackResult is a stored layer, and whether its bytes were known from an earlier build. */
export interface PackResult {
  readonly stored: StoredLayer;
  readonly cached: boolean;
  /** What the bytes told while they went by, paths in the layer. */
  readonly seen: Pick<PackedLayer, "notUtf8" | "credentials">;
}

const nothingSeen = { notUtf8: [], credentials: [] };

/** LayerPacker encodes collected layers into a store. */
export class LayerPacker {
  readonly #store: Pusher & Ingester & ReadOnlyStorage;
  readonly #cache: PackCache | undefined;
  readonly #signal: AbortSignal | undefined;

  /** `cacheDir` remembers what unchanged directories were packed into; without it every build packs all. */
  constructor(
    store: Pusher & Ingester & ReadOnlyStorage,
    cacheDir: string | undefined,
    signal: AbortSignal | undefined,
  ) {
    this.#store = store;
    this.#cache = cacheDir === undefined ? undefined : packCache(cacheDir);
    this.#signal = signal;
  }

  async layer(layer: CollectedLayer): Promise<PackResult> {
    if (layer.format === "tree") return this.#tree(layer);
    if (layer.format === "files") return this.payload(layer.name, layer.payload, false);
    if (layer.format === "text")
      return { stored: await this.#bytes(layer.name, layer.bytes, {}), cached: false, seen: nothingSeen };
    return { stored: await this.document(layer.name, layer.payload), cached: false, seen: nothingSeen };
  }

  /** payload stores a layer of files that lie in no directory together: what packages were merged into. */
  async payload(name: LayerName, payload: unknown, flattened: boolean): Promise<PackResult> {
    const kind = kindOf(name);
    if (kind.format !== "tree") return { stored: await this.document(name, payload), cached: false, seen: nothingSeen };
    const { diffId, ...content } = await this.#ingest(kind.mediaType, (sink) =>
      packTree(kind.files(payload), sink, { signal: this.#signal }),
    );
    const blob = { mediaType: kind.mediaType, digest: content.digest, size: content.size };
    const about = annotationsOf(name, payload, diffId, flattened);
    return { stored: { name, descriptor: { ...blob, annotations: about } }, cached: false, seen: content };
  }

  /** document stores a JSON layer. */
  document(name: LayerName, payload: unknown): Promise<StoredLayer> {
    return this.#bytes(name, canonicalJson(payload), kindOf(name).annotate?.(payload) ?? {});
  }

  async #bytes(name: LayerName, bytes: Uint8Array, extra: Readonly<Record<string, string>>): Promise<StoredLayer> {
    const { mediaType, title } = kindOf(name);
    const content = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    await this.#store.push(content, bytesContent(bytes));
    return { name, descriptor: { ...content, annotations: { [annotations.title]: title, ...extra } } };
  }

  async #tree(layer: CollectedLayer & { readonly format: "tree" }): Promise<PackResult> {
    const { name, payload, flattened } = layer;
    const { mediaType } = kindOf(name);
    const known = await this.#known(layer, mediaType);
    const packed = known ?? (await this.#pack(layer, mediaType));
    const { digest, size, diffId } = packed;
    const descriptor = { mediaType, digest, size, annotations: annotationsOf(name, payload, diffId, flattened) };
    return { stored: { name, descriptor }, cached: known !== undefined, seen: packed };
  }

  async #known(source: SourceTree, mediaType: string): Promise<PackedLayer | undefined> {
    const packed = await this.#cache?.lookup(source);
    if (packed === undefined) return undefined;
    const { digest, size } = packed;
    return (await this.#store.exists({ mediaType, digest, size })) ? packed : undefined;
  }

  #pack(source: SourceTree, mediaType: string): Promise<PackedLayer> {
    const options = { signal: this.#signal };
    return this.#ingest(
      mediaType,
      (sink) => this.#cache?.pack(source, sink, options) ?? packTree(source.tree, sink, options),
    );
  }

  async #ingest(mediaType: string, pack: (sink: Sink) => Promise<PackedLayer>): Promise<PackedLayer> {
    let packed: PackedLayer | undefined;
    const open = () =>
      handover(async (sink) => {
        packed = await pack(sink);
      });
    const { digest, size } = await this.#store.ingest({ open }, mediaType, { signal: this.#signal });
    if (packed === undefined) throw new Error("a store ended before the layer did");
    return { ...packed, digest, size };
  }
}

function annotationsOf(
  name: LayerName,
  payload: unknown,
  diffId: string,
  flattened: boolean,
): Readonly<Record<string, string>> {
  const { title, annotate } = kindOf(name);
  return {
    [annotations.title]: title,
    ...annotate?.(payload),
    [annotations.diffId]: diffId,
    ...(flattened ? { [annotations.flattened]: "true" } : {}),
  };
}
