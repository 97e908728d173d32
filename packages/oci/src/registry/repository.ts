import type { Readable } from "node:stream";
import type { Descriptor } from "../descriptor.ts";
import { isDigest, parseDigest } from "../digest.ts";
import { OciError } from "../error.ts";
import { assertManifestSize, parseManifest, subjectOf } from "../manifest.ts";
import { isManifestType } from "../media-type.ts";
import { isTag, type RepositoryName } from "../reference.ts";
import type {
  Content,
  Fetcher,
  PredecessorFinder,
  PredecessorOptions,
  ReferenceLister,
  StorageOptions,
  StoreEntry,
  Target,
} from "../storage.ts";
import { verified } from "../verify-content.ts";
import { Blobs } from "./blobs.ts";
import type { ApiClient } from "./http/api-client.ts";
import { listPages } from "./list-pages.ts";
import { ManifestMemory } from "./manifest-memory.ts";
import { Manifests } from "./manifests.ts";
import { Place } from "./place.ts";
import { Referrers } from "./referrers/referrers.ts";
import type { BlobTurns } from "./upload/blob-turns.ts";

/** RepositoryOptions are those of one repository. */
export interface RepositoryOptions {
  /** The registry that this one stands in for, sent as `ns` with what is read. */
  readonly mirrorOf?: string | undefined;
  /** Where the registry has no referrers API: keep the list under the tag `sha256-<hex>` (default true), or refuse. */
  readonly fallbackTag?: boolean | undefined;
}

/** RepositoryAccess is what all that work with one repository share, within a client. */
export interface RepositoryAccess {
  readonly api: ApiClient;
  readonly turns: BlobTurns;
}

/** Repository is a repository of a registry. Made by {@link RegistryClient.repository}. */
export class Repository implements Target, PredecessorFinder, ReferenceLister {
  /** A registry takes no manifest before everything that it is made of. */
  readonly complete = true;
  /** `registry/repository` */
  readonly place: string;
  readonly registry: string;
  readonly repository: string;
  readonly #api: ApiClient;
  readonly #place: Place;
  readonly #blobs: Blobs;
  readonly #manifests: Manifests;
  readonly #referrers: Referrers;
  readonly #pushed = new ManifestMemory();

  constructor(name: RepositoryName, { api, turns }: RepositoryAccess, options: RepositoryOptions = {}) {
    this.#api = api;
    this.#place = new Place(name, api.host.endpoint, options.mirrorOf);
    this.place = this.#place.name();
    this.registry = name.registry;
    this.repository = name.repository;
    this.#blobs = new Blobs(api, this.#place, turns);
    this.#manifests = new Manifests(api, this.#place);
    this.#referrers = new Referrers({
      api,
      place: this.#place,
      manifests: this.#manifests,
      fallbackTag: options.fallbackTag ?? true,
    });
  }

  /** exists asks with one HEAD. */
  async exists(target: Descriptor, options: StorageOptions = {}): Promise<boolean> {
    parseDigest(target.digest);
    if (!isManifestType(target.mediaType)) return this.#blobs.exists(target, options);
    const found = await this.#manifests.head(target.digest, options);
    return found?.size === target.size;
  }

  /** fetch opens content, verified while it streams; a broken connection is taken up again. Throws `BLOB_NOT_FOUND`, `SIZE_MISMATCH`, `DIGEST_MISMATCH`. */
  async fetch(target: Descriptor, options: StorageOptions = {}): Promise<Readable> {
    parseDigest(target.digest);
    return isManifestType(target.mediaType)
      ? this.#manifests.fetch(target, options)
      : this.#blobs.fetch(target, options);
  }

  /** push uploads content unless it is there. A manifest with a subject becomes a referrer of it. Throws what the content throws, and for the registry. */
  async push(expected: Descriptor, content: Content, options: StorageOptions = {}): Promise<void> {
    parseDigest(expected.digest);
    options.signal?.throwIfAborted();
    if (!isManifestType(expected.mediaType)) return this.#blobs.push(expected, content, options);
    assertManifestSize(expected);
    const chunks: Uint8Array[] = [];
    for await (const chunk of verified(await content.open(), expected)) chunks.push(Buffer.from(chunk));
    await this.#pushManifest(expected, Buffer.concat(chunks), options);
  }

  /** resolve finds the manifest of a tag or digest with one HEAD. Throws `REFERENCE_NOT_FOUND`. */
  async resolve(reference: string, options: StorageOptions = {}): Promise<Descriptor> {
    const found = await this.#manifests.head(reference, options);
    if (found !== undefined) return found;
    throw this.#missing(reference);
  }

  /** fetchReference reads a manifest by tag or digest in one request: its descriptor and its bytes, verified. Throws `REFERENCE_NOT_FOUND`. */
  async fetchReference(
    reference: string,
    options: StorageOptions = {},
  ): Promise<{ readonly descriptor: Descriptor; readonly content: Iterable<Uint8Array> }> {
    const found = await this.#manifests.get(reference, options);
    if (found === undefined) throw this.#missing(reference);
    return { descriptor: found.descriptor, content: [found.bytes] };
  }

  #missing(reference: string): OciError {
    return new OciError("REFERENCE_NOT_FOUND", `${this.place} has no manifest "${reference}"`, {
      category: "registry",
      hint: `check the ${isDigest(reference) ? "digest" : "tag"}: stax tags ${this.place}; a private repository may hide it: stax login ${this.registry}`,
    });
  }

  /** tag moves a tag to a manifest of this repository. Throws `TAG_INVALID`, `BLOB_NOT_FOUND`. */
  async tag(target: Descriptor, reference: string, options: StorageOptions = {}): Promise<void> {
    if (isDigest(reference) && reference === target.digest) return;
    if (!isTag(reference)) throw new OciError("TAG_INVALID", `"${reference.slice(0, 150)}" is no tag`);
    const bytes = this.#pushed.get(target.digest) ?? (await this.#manifests.get(target.digest, options))?.bytes;
    if (bytes === undefined) throw this.#place.notFound(target.digest);
    await this.#manifests.put(target, bytes, reference, options);
  }

  /** tags lists the tags, sorted by code units. */
  async tags(options: StorageOptions = {}): Promise<readonly string[]> {
    const request = {
      method: "GET",
      url: this.#place.tags(),
      scopes: this.#place.pullScopes,
      action: `list the tags of ${this.place}`,
      expect: [200],
      ...options,
    } as const;
    const found = new Set<string>();
    for await (const { tags } of listPages(this.#api, request)) {
      // Null is what Go's encoder makes of none.
      for (const tag of Array.isArray(tags) ? tags : []) if (typeof tag === "string" && isTag(tag)) found.add(tag);
    }
    return [...found].sort();
  }

  /** list resolves every tag. */
  async list(options: StorageOptions = {}): Promise<readonly StoreEntry[]> {
    const tags = await this.tags(options);
    const found = await Promise.all(
      tags.map(async (reference) => ({ reference, descriptor: await this.#manifests.head(reference, options) })),
    );
    return found.flatMap(({ reference, descriptor }) => (descriptor === undefined ? [] : [{ reference, descriptor }]));
  }

  /** predecessors lists the referrers of a manifest, sorted by digest, with artifact type and annotations. */
  predecessors(node: Descriptor, options: PredecessorOptions = {}): Promise<readonly Descriptor[]> {
    return this.#referrers.list(node, options);
  }

  /** delete removes a manifest with its tags, or a blob; a referrer leaves the list of its subject. False where there was none. */
  async delete(target: Descriptor, options: StorageOptions = {}): Promise<boolean> {
    parseDigest(target.digest);
    if (!isManifestType(target.mediaType)) return this.#blobs.remove(target, options);
    const found = await this.#manifests.get(target.digest, options);
    if (found === undefined) return false;
    const subject = subjectOf(
      parseManifest(found.bytes, found.descriptor.mediaType, { name: `manifest ${target.digest}` }),
    );
    const removed = await this.#manifests.remove(target.digest, options);
    if (subject !== undefined) await this.#referrers.detach(subject, target.digest, options);
    return removed;
  }

  /** untag removes a tag and leaves its manifest. False where there was none. Throws `REGISTRY_READ_ONLY`, `REQUEST_REJECTED` where a registry cannot. */
  async untag(tag: string, options: StorageOptions = {}): Promise<boolean> {
    if (!isTag(tag)) throw new OciError("TAG_INVALID", `"${tag.slice(0, 150)}" is no tag`);
    return this.#manifests.remove(tag, options);
  }

  /** mountFrom takes a blob over from another repository of the same registry without moving its bytes; false when that cannot be. */
  async mountFrom(source: Fetcher, target: Descriptor, options: StorageOptions = {}): Promise<boolean> {
    if (!(source instanceof Repository) || isManifestType(target.mediaType)) return false;
    if (source.#place.root.origin !== this.#place.root.origin || source.#place.path === this.#place.path) return false;
    return this.#blobs.mount(target, source.#place.path, options);
  }

  async #pushManifest(expected: Descriptor, bytes: Uint8Array, options: StorageOptions): Promise<void> {
    const parsed = parseManifest(bytes, expected.mediaType, { name: `manifest ${expected.digest}` });
    const subject = subjectOf(parsed);
    if (subject !== undefined) await this.#referrers.assertAllowed(subject, options);
    await this.#manifests.put(expected, bytes, expected.digest, options);
    this.#pushed.add(expected.digest, bytes);
    if (subject !== undefined) await this.#referrers.attach(subject, expected, parsed, options);
  }
}
