import type { StoredLayer } from "@stax/artifact";
import { canonicalJson, packTree } from "@stax/layers";
import { bytesContent, type Descriptor, digestOf, type Ingester, type Pusher } from "@stax/oci";
import { annotations, kindOf, type LayerName } from "@stax/schema";
import type { CollectedLayer } from "./collect/collected.ts";
import { handover } from "./handover.ts";

/** PackResult is a stored layer, and whether its bytes were known from an earlier build. */
export interface PackResult {
  readonly stored: StoredLayer;
  readonly cached: boolean;
}

/** LayerPacker encodes collected layers into a store. */
export class LayerPacker {
  readonly #store: Pusher & Ingester;
  readonly #signal: AbortSignal | undefined;

  constructor(store: Pusher & Ingester, _layout: string, signal: AbortSignal | undefined) {
    this.#store = store;
    this.#signal = signal;
  }

  async layer(layer: CollectedLayer): Promise<PackResult> {
    if (layer.format === "tree") return this.#tree(layer);
    if (layer.format === "text") return { stored: await this.#bytes(layer.name, layer.bytes, {}), cached: false };
    return { stored: await this.document(layer.name, layer.payload), cached: false };
  }

  /** document stores a JSON layer. */
  document(name: LayerName, payload: unknown): Promise<StoredLayer> {
    return this.#bytes(name, canonicalJson(payload), kindOf(name).annotate?.(payload) ?? {});
  }

  /** finish keeps what the next build can use. */
  async finish(): Promise<void> {}

  async #bytes(name: LayerName, bytes: Uint8Array, extra: Readonly<Record<string, string>>): Promise<StoredLayer> {
    const { mediaType, title } = kindOf(name);
    const content = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    await this.#store.push(content, bytesContent(bytes));
    return { name, descriptor: { ...content, annotations: { [annotations.title]: title, ...extra } } };
  }

  async #tree({ name, tree, payload, flattened }: CollectedLayer & { readonly format: "tree" }): Promise<PackResult> {
    const { mediaType, title, annotate } = kindOf(name);
    let diffId = "";
    const pack = () =>
      handover(async (sink) => {
        ({ diffId } = await packTree(tree, sink, { signal: this.#signal }));
      });
    const content: Descriptor = await this.#store.ingest({ open: pack }, mediaType, { signal: this.#signal });
    const extra = {
      ...annotate?.(payload),
      [annotations.diffId]: diffId,
      ...(flattened ? { [annotations.flattened]: "true" } : {}),
    };
    return {
      stored: { name, descriptor: { ...content, annotations: { [annotations.title]: title, ...extra } } },
      cached: false,
    };
  }
}
