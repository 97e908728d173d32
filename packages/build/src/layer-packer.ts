import type { StoredLayer } from "@stax/artifact";
import { canonicalJson, type PackCache, type PackedLayer, packCache, packTree, type SourceTree } from "@stax/layers";
import { bytesContent, digestOf, type Ingester, type Pusher, type ReadOnlyStorage } from "@stax/oci";
import { annotations, kindOf, type LayerName } from "@stax/schema";
import type { CollectedLayer } from "./collect/collected.ts";
import { handover } from "./handover.ts";

/** PackResult is a stored layer, and whether its bytes were known from an earlier build. */
export interface PackResult {
  readonly stored: StoredLayer;
  readonly cached: boolean;
  /** Markdown and YAML files that are no valid UTF-8, paths in the layer. */
  readonly notUtf8: readonly string[];
}

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
    if (layer.format === "text")
      return { stored: await this.#bytes(layer.name, layer.bytes, {}), cached: false, notUtf8: [] };
    return { stored: await this.document(layer.name, layer.payload), cached: false, notUtf8: [] };
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
    const { mediaType, title, annotate } = kindOf(name);
    const known = await this.#known(layer, mediaType);
    const { digest, size, diffId, notUtf8 } = known ?? (await this.#pack(layer, mediaType));
    const extra = {
      ...annotate?.(payload),
      [annotations.diffId]: diffId,
      ...(flattened ? { [annotations.flattened]: "true" } : {}),
    };
    const descriptor = { mediaType, digest, size, annotations: { [annotations.title]: title, ...extra } };
    return { stored: { name, descriptor }, cached: known !== undefined, notUtf8 };
  }

  async #known(source: SourceTree, mediaType: string): Promise<PackedLayer | undefined> {
    const packed = await this.#cache?.lookup(source);
    if (packed === undefined) return undefined;
    const { digest, size } = packed;
    return (await this.#store.exists({ mediaType, digest, size })) ? packed : undefined;
  }

  async #pack(source: SourceTree, mediaType: string): Promise<PackedLayer> {
    const options = { signal: this.#signal };
    let packed: PackedLayer | undefined;
    const open = () =>
      handover(async (sink) => {
        packed = await (this.#cache?.pack(source, sink, options) ?? packTree(source.tree, sink, options));
      });
    const { digest, size } = await this.#store.ingest({ open }, mediaType, options);
    if (packed === undefined) throw new Error("a store ended before the layer did");
    return { ...packed, digest, size };
  }
}
