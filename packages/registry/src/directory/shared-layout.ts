import { basename } from "node:path";
import { isRepositoryName, isTag, LayoutStore, type StoreEntry } from "@stax/oci";
import { type EntryNames, IndexedRepository } from "../repository.ts";
import type { RepositoryStorage, Storage } from "../storage.ts";
import { BlobFiles } from "./blob-files.ts";

/**
 * SharedLayout serves one image layout that holds many repositories: an entry tagged `team/agent:1.0.0` is the tag `1.0.0` of the
 * repository `team/agent`. An entry whose tag has no name belongs to the repository named as the directory.
 */
export class SharedLayout implements Storage {
  readonly #store: LayoutStore;
  readonly #blobs: BlobFiles;
  readonly #fallback: string | undefined;
  readonly #repositories = new Map<string, RepositoryStorage>();

  private constructor(store: LayoutStore) {
    this.#store = store;
    this.#blobs = new BlobFiles(store.place);
    const name = basename(store.place).toLowerCase();
    this.#fallback = isRepositoryName(name) ? name : undefined;
  }

  /** open opens the layout. Throws what `LayoutStore.open` throws. */
  static async open(path: string): Promise<SharedLayout> {
    return new SharedLayout(await LayoutStore.open(path));
  }

  async find(name: string): Promise<RepositoryStorage | undefined> {
    return this.#repositories.get(name) ?? ((await this.names()).includes(name) ? this.open(name) : undefined);
  }

  async open(name: string): Promise<RepositoryStorage> {
    const known = this.#repositories.get(name);
    if (known !== undefined) return known;
    const repository = new IndexedRepository({
      store: this.#store,
      blobs: this.#blobs,
      names: namesOf(name, this.#fallback),
      ownsBlobs: false,
    });
    this.#repositories.set(name, repository);
    return repository;
  }

  async names(): Promise<readonly string[]> {
    const names = (await this.#store.list()).flatMap((entry) => nameIn(entry, this.#fallback) ?? []);
    return [...new Set(names)];
  }
}

/** The repository of an entry: what is before the last colon, or before the `@` of a digest. */
function nameIn({ reference }: StoreEntry, fallback: string | undefined): string | undefined {
  if (reference === undefined) return undefined;
  if (isTag(reference)) return fallback;
  const at = reference.indexOf("@");
  const name = at < 0 ? reference.slice(0, reference.lastIndexOf(":")) : reference.slice(0, at);
  return isRepositoryName(name) ? name : undefined;
}

function namesOf(name: string, fallback: string | undefined): EntryNames {
  const tagIn = (entry: StoreEntry): string | undefined => {
    const { reference } = entry;
    if (reference === undefined || nameIn(entry, fallback) !== name) return undefined;
    const tag = reference.slice(reference.lastIndexOf(":") + 1);
    return !reference.includes("@") && isTag(tag) ? tag : undefined;
  };
  return {
    ofTag: (tag) => `${name}:${tag}`,
    ofDigest: (digest) => (name.length + digest.length < 255 ? `${name}@${digest}` : digest),
    tagIn,
    // What has no name (a referrer that was attached in the layout) is everybody's.
    owns: (entry) => entry.reference === undefined || nameIn(entry, fallback) === name,
  };
}
