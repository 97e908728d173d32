import {
  bytesContent,
  type Descriptor,
  type Digest,
  type IndexedStore,
  isDigest,
  isTag,
  OciError,
  type StoreEntry,
} from "@stax/oci";
import type { BlobStorage, Condition, RepositoryStorage, StoredManifest } from "./storage.ts";
import { createTurn } from "./turn.ts";

/** EntryNames says how a repository's manifests are named in the index of a store, which may hold those of others too. */
export interface EntryNames {
  /** The name of an entry that holds a tag. */
  ofTag(tag: string): string;
  /** The name of an entry that holds a manifest without a tag. */
  ofDigest(digest: Digest): string;
  /** The tag that an entry holds in this repository. */
  tagIn(entry: StoreEntry): string | undefined;
  /** Whether an entry belongs to this repository. */
  owns(entry: StoreEntry): boolean;
}

/** plainNames are those of a store that holds one repository only. */
export const plainNames: EntryNames = {
  ofTag: (tag) => tag,
  ofDigest: (digest) => digest,
  tagIn: ({ reference }) => (reference !== undefined && isTag(reference) ? reference : undefined),
  owns: () => true,
};

/** IndexedRepositoryOptions are what a repository is made of. */
export interface IndexedRepositoryOptions {
  readonly store: IndexedStore;
  readonly blobs: BlobStorage;
  readonly names: EntryNames;
  readonly ownsBlobs: boolean;
}

const absent: ReadonlySet<string> = new Set([
  "ERR_STAX_REFERENCE_NOT_FOUND",
  "ERR_STAX_REFERENCE_AMBIGUOUS",
  "ERR_STAX_MANIFEST_INVALID",
  "ERR_STAX_DESCRIPTOR_INVALID",
  "ERR_STAX_DIGEST_INVALID",
]);

/** IndexedRepository is a repository in a store with an index: a layout's or that of memory. */
export class IndexedRepository implements RepositoryStorage {
  readonly blobs: BlobStorage;
  readonly ownsBlobs: boolean;
  readonly #store: IndexedStore;
  readonly #names: EntryNames;
  /** Changes wait for each other, so that none sees half of another. */
  readonly #turn = createTurn();

  constructor({ store, blobs, names, ownsBlobs }: IndexedRepositoryOptions) {
    this.#store = store;
    this.blobs = blobs;
    this.#names = names;
    this.ownsBlobs = ownsBlobs;
  }

  async resolve(reference: string): Promise<Descriptor | undefined> {
    const entries = await this.#store.list();
    if (!isDigest(reference)) return this.#entryOfTag(entries, reference)?.descriptor;
    const named = entries.filter(({ descriptor }) => descriptor.digest === reference);
    if (named.length > 0) return named.find((entry) => this.#names.owns(entry))?.descriptor;
    return this.#resolveInStore(reference);
  }

  put(manifest: StoredManifest, condition?: Condition): Promise<void> {
    return this.#turn(async () => {
      const { descriptor, bytes, tags } = manifest;
      condition?.(await this.resolve(tags[0] ?? descriptor.digest));
      await this.#storeBytes(descriptor, bytes);
      if (tags.length === 0) await this.#store.tag(descriptor, this.#names.ofDigest(descriptor.digest));
      for (const tag of tags) {
        await this.#keepUntagged(tag, descriptor.digest);
        await this.#store.tag(descriptor, this.#names.ofTag(tag));
      }
    });
  }

  removeTag(tag: string): Promise<boolean> {
    return this.#turn(async () => {
      const entry = this.#entryOfTag(await this.#store.list(), tag);
      if (entry === undefined) return false;
      await this.#keepUntagged(tag);
      return this.#store.untag(entry.reference ?? this.#names.ofTag(tag));
    });
  }

  removeManifest(digest: Digest): Promise<boolean | "shared"> {
    return this.#turn(async () => {
      const entries = (await this.#store.list()).filter(({ descriptor }) => descriptor.digest === digest);
      const own = entries.filter((entry) => this.#names.owns(entry));
      if (own.length === 0) {
        if (entries.length > 0 || (await this.#resolveInStore(digest)) === undefined) return false;
        return this.ownsBlobs ? this.blobs.remove(digest) : "shared";
      }
      for (const { reference } of own) await this.#store.untag(reference ?? digest);
      if (own.length === entries.length) await this.blobs.remove(digest);
      return true;
    });
  }

  async tags(): Promise<readonly string[]> {
    const tags = (await this.#store.list()).flatMap((entry) => this.#names.tagIn(entry) ?? []);
    return [...new Set(tags)];
  }

  async referrers(subject: Digest): Promise<readonly Descriptor[]> {
    const node = { mediaType: "application/octet-stream", digest: subject, size: 0 };
    const found = await this.#store.predecessors(node);
    const visible = await Promise.all(found.map(async ({ digest }) => (await this.resolve(digest)) !== undefined));
    return found.filter((_, at) => visible[at] === true);
  }

  /** A manifest that only an index of the same store names. */
  async #resolveInStore(digest: Digest): Promise<Descriptor | undefined> {
    try {
      return await this.#store.resolve(digest);
    } catch (error) {
      if (error instanceof OciError && absent.has(error.code)) return undefined;
      throw error;
    }
  }

  #entryOfTag(entries: readonly StoreEntry[], tag: string): StoreEntry | undefined {
    const exact = this.#names.ofTag(tag);
    return (
      entries.find(({ reference }) => reference === exact) ?? entries.find((entry) => this.#names.tagIn(entry) === tag)
    );
  }

  /** Whoever pinned the digest that a tag leaves can still pull it. */
  async #keepUntagged(tag: string, next?: Digest): Promise<void> {
    const entries = await this.#store.list();
    const left = this.#entryOfTag(entries, tag)?.descriptor;
    if (left === undefined || left.digest === next || (await this.blobs.sizeOf(left.digest)) === undefined) return;
    const others = entries.filter(
      (entry) => entry.descriptor.digest === left.digest && this.#names.owns(entry) && this.#names.tagIn(entry) !== tag,
    );
    if (others.length === 0) await this.#store.tag(left, this.#names.ofDigest(left.digest));
  }

  async #storeBytes(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    if (await this.#store.exists(descriptor)) return;
    const upload = await this.blobs.upload(descriptor.digest.startsWith("sha512:") ? "sha512" : "sha256");
    await upload.append(await bytesContent(bytes).open());
    if (!(await upload.commit(descriptor.digest))) throw new Error(`${descriptor.digest} was checked before`);
  }
}
