import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { type Descriptor, dataOf } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { OciError } from "./error.ts";
import { ioError } from "./file-system.ts";
import { assertManifestSize, maxManifestSize, type ParsedManifest, parseManifest } from "./manifest.ts";
import { assertBytes, verified } from "./verify-content.ts";

/** Chunks are the pieces of some content. A piece is lent until the next one is asked for: who keeps it copies it. */
export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Content is bytes that can be opened again, so that a failed transfer can start over; it is never whole in memory unless it was before. */
export interface Content {
  open(): Chunks | Promise<Chunks>;
  /** The digest that the chunks are held against where they come from, so that a transfer need not do it once more. Stores always do. */
  readonly verified?: Digest | undefined;
}

/** StorageOptions end every method of a store. */
export interface StorageOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Fetcher opens content by its descriptor. The stream fails when size or digest differ; bytes are trustworthy once it has ended. */
export interface Fetcher {
  fetch(target: Descriptor, options?: StorageOptions): Promise<Readable>;
}

/** Pusher stores content, verified while it streams; what differs from `expected` never becomes visible. */
export interface Pusher {
  push(expected: Descriptor, content: Content, options?: StorageOptions): Promise<void>;
}

/** ReadOnlyStorage is content by descriptor. */
export interface ReadOnlyStorage extends Fetcher {
  exists(target: Descriptor, options?: StorageOptions): Promise<boolean>;
}

/** ReferenceResolver finds the descriptor that a tag or a digest names. */
export interface ReferenceResolver {
  resolve(reference: string, options?: StorageOptions): Promise<Descriptor>;
}

/** Tagger gives a stored manifest a tag, taking it from whichever had it; a digest as reference keeps the manifest without a tag. */
export interface Tagger {
  tag(target: Descriptor, reference: string, options?: StorageOptions): Promise<void>;
}

/** PredecessorOptions filter referrers. */
export interface PredecessorOptions extends StorageOptions {
  /** Only referrers of this artifact type. */
  readonly artifactType?: string | undefined;
}

/** PredecessorFinder lists the referrers of a manifest: those whose `subject` it is, with their artifact type and annotations. */
export interface PredecessorFinder {
  predecessors(node: Descriptor, options?: PredecessorOptions): Promise<readonly Descriptor[]>;
}

/** Target is where artifacts live: a registry's repository, a layout, an archive, memory. */
export interface Target extends ReadOnlyStorage, Pusher, ReferenceResolver, Tagger {}

/** Ingester stores content whose digest is not known yet. */
export interface Ingester {
  ingest(content: Content, mediaType: string, options?: StorageOptions): Promise<Descriptor>;
}

/** StoreEntry is one line of a store's index. */
export interface StoreEntry {
  /** The tag; absent for a manifest that is kept without one. */
  readonly reference?: string;
  readonly descriptor: Descriptor;
}

/** ReferenceLister lists what a store holds. */
export interface ReferenceLister {
  list(options?: StorageOptions): Promise<readonly StoreEntry[]>;
}

/** bytesContent makes {@link Content} of bytes that are in memory. */
export function bytesContent(bytes: Uint8Array): Content {
  return { open: () => [bytes] };
}

/** fileContent makes {@link Content} of a file on disk. Reading it throws `STORE_IO`. */
export function fileContent(path: string): Content {
  return { open: () => fileChunks(path) };
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* createReadStream(path, { highWaterMark: 128 * 1024 });
  } catch (error) {
    throw ioError(error, `read ${path}`);
  }
}

/** fetchContent makes {@link Content} of what a store holds; each opening fetches it anew. */
export function fetchContent(source: Fetcher, target: Descriptor, options?: StorageOptions): Content {
  return { open: () => source.fetch(target, options), verified: target.digest };
}

/**
 * fetchBytes reads content into memory, verified whatever the store does. `limit` is the most bytes accepted (default 4 MiB).
 * Throws `CONTENT_TOO_LARGE`, `SIZE_MISMATCH`, `DIGEST_MISMATCH`.
 */
export async function fetchBytes(
  source: Fetcher,
  target: Descriptor,
  options: StorageOptions & { readonly limit?: number | undefined } = {},
): Promise<Uint8Array> {
  const { limit = maxManifestSize, signal } = options;
  if (target.size > limit) {
    throw new OciError("CONTENT_TOO_LARGE", `${target.digest} has ${target.size} bytes; the limit here is ${limit}`);
  }
  const chunks: Uint8Array[] = [];
  const stream = await source.fetch(target, { signal });
  for await (const chunk of verified(stream, target)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** fetchManifest reads and parses a manifest or index. Throws what {@link fetchBytes} and `parseManifest` throw. */
export async function fetchManifest(
  source: Fetcher,
  target: Descriptor,
  options?: StorageOptions,
): Promise<ParsedManifest> {
  assertManifestSize(target);
  const embedded = dataOf(target);
  if (embedded !== undefined) assertBytes(embedded, target);
  const bytes = embedded ?? (await fetchBytes(source, target, options));
  return parseManifest(bytes, target.mediaType, { name: `manifest ${target.digest}` });
}

/** notFound is the error for content that a store does not hold. */
export function notFound(target: { readonly digest: Digest }, place: string): OciError {
  return new OciError("BLOB_NOT_FOUND", `${place} does not hold ${target.digest}`, {
    hint: "it may be incomplete: copy the artifact there again",
  });
}
