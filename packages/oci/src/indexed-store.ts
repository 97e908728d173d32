import type { Readable } from "node:stream";
import { type Descriptor, plainDescriptor } from "./descriptor.ts";
import { type Digest, isDigest, parseDigest } from "./digest.ts";
import { OciError } from "./error.ts";
import { collectReferrers, findReachable, linksOf, type ManifestLinks, type ReferrersBySubject } from "./graph.ts";
import { assertManifestSize, type Index, maxManifestSize, parseManifest, subjectOf } from "./manifest.ts";
import { isManifestType } from "./media-type.ts";
import {
  bytesContent,
  type Content,
  fetchBytes,
  fetchManifest,
  type Ingester,
  notFound,
  type PredecessorFinder,
  type PredecessorOptions,
  type ReferenceLister,
  type StorageOptions,
  type StoreEntry,
  type Target,
} from "./storage.ts";
import { assertTag, entriesOf, findEntry, withoutTag, withTag } from "./store-index.ts";
import { verified } from "./verify-content.ts";

/**
 * IndexedStore is what memory, layout and archive share: blobs by digest and an index of entries, as in an OCI image layout.
 * A subclass says where the two live.
 */
export abstract class IndexedStore implements Target, PredecessorFinder, ReferenceLister, Ingester {
  readonly #links = new Map<Digest, ManifestLinks>();
  #referrers: { readonly index: Index; readonly bySubject: ReferrersBySubject } | undefined;

  /** How messages call the store, e.g. its path. */
  abstract readonly place: string;
  protected abstract loadIndex(): Promise<Index>;
  /** The index for looking only: the same object while it is unchanged, where that can be told cheaply. */
  protected peekIndex(): Promise<Index> {
    return this.loadIndex();
  }
  /** Replaces the index by what `change` returns; nobody else changes it meanwhile. */
  protected abstract changeIndex(change: (index: Index) => Promise<Index>, options: StorageOptions): Promise<void>;
  /** Size in bytes of a stored blob; undefined when there is none. */
  protected abstract sizeOf(digest: Digest): Promise<number | undefined>;
  /** Stores a blob that is verified while it streams. */
  protected abstract store(expected: Descriptor, content: Content, options: StorageOptions): Promise<void>;

  /** fetch opens stored content. Throws `BLOB_NOT_FOUND`, `SIZE_MISMATCH`; the stream fails with `DIGEST_MISMATCH`. */
  abstract fetch(target: Descriptor, options?: StorageOptions): Promise<Readable>;
  /** ingest stores content while its digest is computed, and returns its descriptor. */
  abstract ingest(content: Content, mediaType: string, options?: StorageOptions): Promise<Descriptor>;

  /** exists tells whether content of this digest and size is stored; its bytes are verified when they are fetched. */
  async exists(target: Descriptor): Promise<boolean> {
    return (await this.sizeOf(target.digest)) === target.size;
  }

  /**
   * push stores content unless it is there. A manifest must be well-formed; one with a subject gets an entry without a tag, so that it
   * is found as a referrer. Throws `SIZE_MISMATCH`, `DIGEST_MISMATCH`, `MANIFEST_INVALID`, `STORE_IO`.
   */
  async push(expected: Descriptor, content: Content, options: StorageOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    parseDigest(expected.digest);
    if (isManifestType(expected.mediaType)) return this.#pushManifest(expected, content, options);
    if (!(await this.exists(expected))) await this.store(expected, content, options);
  }

  /** resolve finds the manifest of a tag, or of a digest even without an entry. Throws `REFERENCE_NOT_FOUND`, `REFERENCE_AMBIGUOUS`. */
  async resolve(reference: string, options: StorageOptions = {}): Promise<Descriptor> {
    const index = await this.loadIndex();
    const found = findEntry(index, reference, this.place) ?? (await this.#findManifest(reference, options));
    if (found !== undefined) return found;
    throw new OciError("REFERENCE_NOT_FOUND", `${this.place} has no manifest "${reference.slice(0, 300)}"`, {
      hint: inventory(entriesOf(index)),
    });
  }

  /** tag gives a stored manifest a tag, taking it from whichever had it; a digest keeps the manifest without a tag. Throws `TAG_INVALID`, `BLOB_NOT_FOUND`. */
  async tag(target: Descriptor, reference: string, options: StorageOptions = {}): Promise<void> {
    assertTag(reference);
    parseDigest(target.digest);
    if (isDigest(reference) && reference !== target.digest) {
      throw new OciError("TAG_INVALID", `${target.digest} cannot be tagged with another digest`);
    }
    await this.changeIndex(async (index) => {
      if (!(await this.exists(target))) throw notFound(target, this.place);
      return withTag(index, await this.#described(target, options), reference);
    }, options);
  }

  /** untag removes a tag, or with a digest the entry without one; the content stays until it is pruned. False when there was none. */
  async untag(reference: string, options: StorageOptions = {}): Promise<boolean> {
    let removed = false;
    await this.changeIndex(async (index) => {
      const next = withoutTag(index, reference);
      removed = next !== index;
      return next;
    }, options);
    return removed;
  }

  /** list returns the entries of the index, in its order. */
  async list(): Promise<readonly StoreEntry[]> {
    return entriesOf(await this.loadIndex());
  }

  /** tags returns the tags, sorted by code units. */
  async tags(): Promise<readonly string[]> {
    const tags = (await this.list()).flatMap(({ reference }) => (reference === undefined ? [] : [reference]));
    return [...new Set(tags)].sort();
  }

  /** predecessors lists the referrers of a manifest, sorted by digest, with artifact type and annotations. */
  async predecessors(node: Descriptor, options: PredecessorOptions = {}): Promise<readonly Descriptor[]> {
    const index = await this.peekIndex();
    const found = (await this.#referrersIn(index, options)).get(node.digest) ?? [];
    const { artifactType } = options;
    return artifactType === undefined ? found : found.filter((referrer) => referrer.artifactType === artifactType);
  }

  /** Every digest that the entries of an index are made of. */
  protected reachableFrom(index: Index, options: StorageOptions): Promise<ReadonlySet<Digest>> {
    return findReachable(
      index.manifests,
      (manifest) => this.#linksOf(manifest, options),
      (descriptor) => this.#digestsIn(descriptor, options),
    );
  }

  async #pushManifest(expected: Descriptor, content: Content, options: StorageOptions): Promise<void> {
    assertManifestSize(expected);
    const chunks: Uint8Array[] = [];
    for await (const chunk of verified(await content.open(), expected)) chunks.push(Buffer.from(chunk));
    const bytes = Buffer.concat(chunks);
    const name = `manifest ${expected.digest}`;
    const subject = subjectOf(parseManifest(bytes, expected.mediaType, { name }));
    if (!(await this.exists(expected))) await this.store(expected, bytesContent(bytes), options);
    if (subject === undefined) return;
    await this.changeIndex(async (index) => {
      const known = index.manifests.some(({ digest }) => digest === expected.digest);
      return known ? index : withTag(index, await this.#described(expected, options), expected.digest);
    }, options);
  }

  /** What a manifest says of itself, so that its entry does not depend on where it came from. */
  async #described(target: Descriptor, options: StorageOptions): Promise<Descriptor> {
    const { artifactType: _, ...plain } = target;
    const artifactType = (await this.#linksOf(target, options))?.artifactType;
    return artifactType === undefined ? plain : { ...plain, artifactType };
  }

  async #referrersIn(index: Index, options: StorageOptions): Promise<ReferrersBySubject> {
    if (this.#referrers?.index === index) return this.#referrers.bySubject;
    const { bySubject, complete } = await collectReferrers(index.manifests, (node) => this.#linksOf(node, options));
    // What is missing today may be there tomorrow, without a change of the index.
    this.#referrers = complete ? { index, bySubject } : undefined;
    return bySubject;
  }

  /** A manifest that only another one names: its media type is what its body says. */
  async #findManifest(reference: string, options: StorageOptions): Promise<Descriptor | undefined> {
    if (!isDigest(reference)) return undefined;
    const size = await this.sizeOf(reference);
    if (size === undefined || size > maxManifestSize) return undefined;
    const blob: Descriptor = { mediaType: "application/octet-stream", digest: reference, size };
    const bytes = await fetchBytes(this, blob, options);
    const parsed = parseManifest(bytes, undefined, { name: reference });
    return this.#described({ ...blob, mediaType: parsed.mediaType }, options);
  }

  /** Content never changes under its digest, so links are read once. */
  async #linksOf(manifest: Descriptor, options: StorageOptions): Promise<ManifestLinks | undefined> {
    if (!isManifestType(manifest.mediaType)) return undefined;
    const known = this.#links.get(manifest.digest);
    if (known !== undefined) return known;
    if ((await this.sizeOf(manifest.digest)) === undefined) return undefined;
    const links = linksOf(manifest, await fetchManifest(this, manifest, options));
    this.#links.set(manifest.digest, links);
    return links;
  }

  async #digestsIn(descriptor: Descriptor, options: StorageOptions): Promise<readonly Digest[]> {
    if (descriptor.size > maxManifestSize || (await this.sizeOf(descriptor.digest)) === undefined) return [];
    const text = Buffer.from(await fetchBytes(this, descriptor, options)).toString("latin1");
    return [...text.matchAll(/sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}/g)].map(([found]) => found).filter(isDigest);
  }
}

/** resolveSelection resolves the tag or digest of a target; without either, the only manifest there is. Throws `REFERENCE_AMBIGUOUS` with the list. */
export async function resolveSelection(
  store: IndexedStore,
  selection: { readonly tag?: string; readonly digest?: Digest },
  options: StorageOptions = {},
): Promise<Descriptor> {
  const reference = selection.digest ?? selection.tag;
  if (reference !== undefined) return store.resolve(reference, options);
  const entries = await store.list();
  const tagged = entries.filter((entry) => entry.reference !== undefined);
  const candidates = tagged.length > 0 ? tagged : entries;
  const [first] = candidates;
  if (first !== undefined && candidates.every(({ descriptor }) => descriptor.digest === first.descriptor.digest)) {
    return plainDescriptor(first.descriptor);
  }
  const code = first === undefined ? "REFERENCE_NOT_FOUND" : "REFERENCE_AMBIGUOUS";
  const flaw = first === undefined ? "holds no manifest" : `holds ${candidates.length} entries, and none is named`;
  throw new OciError(code, `${store.place} ${flaw}`, { hint: inventory(entries) });
}

function inventory(entries: readonly StoreEntry[]): string {
  if (entries.length === 0) return "it is empty";
  const names = entries.slice(0, 20).map(({ reference, descriptor }) => reference ?? descriptor.digest);
  return `it has ${names.join(", ")}${entries.length > 20 ? ` and ${entries.length - 20} more` : ""}`;
}
