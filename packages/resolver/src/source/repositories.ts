import { isStaxError } from "@stax/errors";
import {
  type Descriptor,
  type Digest,
  encodedOf,
  fetchBytes,
  isDigest,
  maxManifestSize,
  OciError,
  type RepositoryName,
  verified,
} from "@stax/oci";
import { ResolveError } from "../error.ts";
import type { Limit } from "../limit.ts";
import { repositoryText } from "../reference.ts";
import { type Mirrors, placeFailure, placesOf } from "./mirrors.ts";
import type { FetchedReference, OpenRepository, PackageSource } from "./package-source.ts";

/** Place is a repository that was opened. */
export interface Place {
  readonly name: RepositoryName;
  readonly source: PackageSource;
}

/** FoundManifest is a manifest and where it was found. */
export interface FoundManifest {
  readonly place: Place;
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export interface RepositoriesOptions {
  /** Absent: the network is off. */
  readonly open?: OpenRepository | undefined;
  readonly mirrors: Mirrors;
  /** Of requests under way. */
  readonly limit: Limit;
  readonly signal?: AbortSignal | undefined;
}

/** Repositories opens each repository once and looks for manifests: at the mirror, then where the reference says. */
export class Repositories {
  readonly #options: RepositoriesOptions;
  readonly #opened = new Map<string, Promise<Place>>();
  readonly #tags = new Map<string, Promise<readonly string[]>>();

  constructor(options: RepositoriesOptions) {
    this.#options = options;
  }

  /** find fetches the manifest of a tag or digest; `undefined` where no place has it. */
  async find(name: RepositoryName, selector: string): Promise<FoundManifest | undefined> {
    const { mirrors } = this.#options;
    const places = this.#places(name);
    for (const [index, candidate] of places.entries()) {
      const place = await this.open(candidate);
      const isLast = index === places.length - 1;
      const found = await orMissing(() => this.#fetch(place, selector), {
        offlineToo: !isLast,
        asked: { name, place, mirrors },
      });
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** findIn fetches a manifest by digest from one place: by the digest, else by the tag that keeps it there (decision A27). */
  async findIn(place: Place, digest: Digest): Promise<FoundManifest | undefined> {
    const found = await orMissing(() => this.#fetch(place, digest));
    if (found !== undefined) return found;
    const tagged = await orMissing(() => this.#fetch(place, keptTag(digest)));
    return tagged?.descriptor.digest === digest ? tagged : undefined;
  }

  /** digestOf is what a tag leads to now; `undefined` where it is gone. */
  async digestOf(name: RepositoryName, tag: string): Promise<Digest | undefined> {
    const { limit, mirrors, signal } = this.#options;
    for (const candidate of this.#places(name)) {
      const place = await this.open(candidate);
      const found = await orMissing(() => limit(() => place.source.resolve(tag, { signal })), {
        asked: { name, place, mirrors },
      });
      if (found !== undefined) return found.digest;
    }
    return undefined;
  }

  /** tags lists the tags of a repository, once. Throws `RANGE_UNLISTABLE`. */
  tags(name: RepositoryName): Promise<readonly string[]> {
    const key = repositoryText(name);
    const known = this.#tags.get(key) ?? this.#listTags(name);
    this.#tags.set(key, known);
    return known;
  }

  /** open opens a repository, once. Throws `DEPENDENCY_OFFLINE`. */
  open(name: RepositoryName): Promise<Place> {
    const key = repositoryText(name);
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const { open } = this.#options;
    if (open === undefined)
      throw new ResolveError("DEPENDENCY_OFFLINE", `${key} is wanted, and the network is off`, {
        hint: "resolve once with the network on, or pull from an archive",
      });
    const opening = Promise.resolve(open(name)).then((source) => ({ name, source }));
    this.#opened.set(key, opening);
    return opening;
  }

  #places(name: RepositoryName): readonly RepositoryName[] {
    return placesOf(name, this.#options.mirrors);
  }

  async #listTags(name: RepositoryName): Promise<readonly string[]> {
    const { limit, mirrors, signal } = this.#options;
    for (const candidate of this.#places(name)) {
      const place = await this.open(candidate);
      const { source } = place;
      if (source.tags === undefined) continue;
      const list = () => limit(() => collect(source.tags?.({ signal }) ?? Promise.resolve([])));
      const tags = await orMissing(list, { asked: { name, place, mirrors } });
      if (tags !== undefined && tags.length > 0) return tags;
    }
    const listed = this.#places(name).map(async (candidate) => (await this.open(candidate)).source.tags !== undefined);
    if ((await Promise.all(listed)).includes(true)) return [];
    throw new ResolveError("RANGE_UNLISTABLE", `${repositoryText(name)} does not list its tags`, {
      hint: "name an exact version instead of a range",
    });
  }

  async #fetch(place: Place, selector: string): Promise<FoundManifest> {
    const { limit, signal } = this.#options;
    signal?.throwIfAborted();
    const { source } = place;
    return limit(async () => {
      const { fetchReference } = source;
      if (fetchReference !== undefined) {
        const fetched = await fetchReference.call(source, selector, { signal });
        assertSelected(fetched.descriptor, selector, place);
        return { place, descriptor: fetched.descriptor, bytes: await readFetched(fetched) };
      }
      const descriptor = await source.resolve(selector, { signal });
      assertSelected(descriptor, selector, place);
      return { place, descriptor, bytes: await fetchBytes(source, descriptor, { signal }) };
    });
  }
}

/** keptTag is the tag that keeps a package where it was copied along (decision A27). */
export const keptTag = (digest: Digest): string => `pkg-${encodedOf(digest)}`;

/** Whoever answers a digest with another one lies or is broken; neither is used. */
function assertSelected({ digest }: Descriptor, selector: string, { name }: Place): void {
  if (!isDigest(selector) || digest === selector) return;
  throw new OciError("DIGEST_MISMATCH", `${repositoryText(name)} was asked for ${selector} and answered ${digest}`, {
    category: "registry",
  });
}

async function readFetched({ descriptor, content }: FetchedReference): Promise<Uint8Array> {
  if (descriptor.size > maxManifestSize)
    throw new OciError("MANIFEST_TOO_LARGE", `manifest ${descriptor.digest} has ${descriptor.size} bytes`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of verified(content, descriptor)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function collect(tags: Promise<readonly string[]> | AsyncIterable<string>): Promise<readonly string[]> {
  if (!(Symbol.asyncIterator in tags)) return tags;
  const all: string[] = [];
  for await (const tag of tags) all.push(tag);
  return all;
}

/** A place that knows nothing of what is asked for is no failure: the next one may. */
async function orMissing<T>(
  task: () => Promise<T>,
  { offlineToo = false, asked }: OrMissing = {},
): Promise<T | undefined> {
  try {
    return await task();
  } catch (error) {
    // Without the network the cache may know what a tag meant at one place and not at the other.
    if (isNotFound(error) || (offlineToo && isStaxError(error) && error.code === "ERR_STAX_OFFLINE_MISS"))
      return undefined;
    throw asked === undefined ? error : placeFailure(error, asked.name, asked.place.name, asked.mirrors);
  }
}

interface OrMissing {
  readonly offlineToo?: boolean;
  /** The repository as it is called, and where it is asked for. */
  readonly asked?: { readonly name: RepositoryName; readonly place: Place; readonly mirrors: Mirrors };
}

const isNotFound = (error: unknown): boolean =>
  isStaxError(error) && /^ERR_STAX_(?:REFERENCE|REPOSITORY|BLOB)_NOT_FOUND$/.test(error.code);
