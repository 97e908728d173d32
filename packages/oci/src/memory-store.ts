import { Readable } from "node:stream";
import type { Descriptor } from "./descriptor.ts";
import { type Digest, digestOf, parseDigest } from "./digest.ts";
import { IndexedStore } from "./indexed-store.ts";
import { createLimit } from "./limit.ts";
import type { Index } from "./manifest.ts";
import { type Content, notFound, type StorageOptions } from "./storage.ts";
import { emptyIndex } from "./store-index.ts";
import { assertBytes, verified } from "./verify-content.ts";

/** MemoryStore keeps everything in memory: for tests and for small things in between. */
export class MemoryStore extends IndexedStore {
  readonly place: string = "the memory store";
  readonly #blobs = new Map<Digest, Uint8Array>();
  #index: Index = emptyIndex;
  readonly #turn = createLimit(1);

  async fetch(target: Descriptor, options: StorageOptions = {}): Promise<Readable> {
    options.signal?.throwIfAborted();
    const bytes = this.#blobs.get(parseDigest(target.digest));
    if (bytes === undefined) throw notFound(target, this.place);
    assertBytes(bytes, target, { origin: this.place });
    return Readable.from([Buffer.from(bytes)], { objectMode: false });
  }

  async ingest(content: Content, mediaType: string, options: StorageOptions = {}): Promise<Descriptor> {
    const bytes = await collect(await content.open(), options);
    const digest = digestOf(bytes);
    this.#blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.byteLength };
  }

  protected async store(expected: Descriptor, content: Content, options: StorageOptions): Promise<void> {
    this.#blobs.set(expected.digest, await collect(verified(await content.open(), expected), options));
  }

  protected async sizeOf(digest: Digest): Promise<number | undefined> {
    return this.#blobs.get(digest)?.byteLength;
  }

  protected async loadIndex(): Promise<Index> {
    return this.#index;
  }

  protected changeIndex(change: (index: Index) => Promise<Index>): Promise<void> {
    return this.#turn(async () => {
      this.#index = await change(this.#index);
    });
  }
}

async function collect(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { signal }: StorageOptions,
): Promise<Uint8Array> {
  const copies: Uint8Array[] = [];
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    copies.push(Buffer.from(chunk));
  }
  return Buffer.concat(copies);
}
