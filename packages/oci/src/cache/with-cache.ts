import type { Readable } from "node:stream";
import { type Descriptor, parseDescriptor } from "../descriptor.ts";
import { type Digest, isDigest, parseDigest } from "../digest.ts";
import { OciError } from "../error.ts";
import { maxManifestSize, parseManifest } from "../manifest.ts";
import {
  type Content,
  fetchBytes,
  type PredecessorFinder,
  type PredecessorOptions,
  type StorageOptions,
  type Target,
} from "../storage.ts";
import type { ContentCache } from "./content-cache.ts";

/** CachedTargetOptions tune {@link withCache}. */
export interface CachedTargetOptions {
  /** No network: what the cache does not hold is `OFFLINE_MISS`. */
  readonly offline?: boolean | undefined;
}

/** CacheableTarget is a target that a cache can stand before: it has a name that tells it from others. */
export interface CacheableTarget extends Target, PredecessorFinder {
  readonly place: string;
}

/** withCache puts a cache before a target: content is fetched once and read from the cache ever after; tags are always asked for, except offline. */
export function withCache(
  target: CacheableTarget,
  cache: ContentCache,
  options: CachedTargetOptions = {},
): CacheableTarget {
  return new CachedTarget(target, cache, options.offline ?? false);
}

class CachedTarget implements CacheableTarget {
  readonly place: string;
  readonly #target: CacheableTarget;
  readonly #cache: ContentCache;
  readonly #offline: boolean;

  constructor(target: CacheableTarget, cache: ContentCache, offline: boolean) {
    this.place = target.place;
    this.#target = target;
    this.#cache = cache;
    this.#offline = offline;
  }

  async exists(target: Descriptor, options?: StorageOptions): Promise<boolean> {
    if (await this.#cache.exists(target)) return true;
    return this.#offline ? false : this.#target.exists(target, options);
  }

  async fetch(target: Descriptor, options: StorageOptions = {}): Promise<Readable> {
    if (this.#offline && !(await this.#cache.exists(target))) throw this.#miss(target.digest);
    await this.#cache.fill(target, this.#target, options);
    return this.#cache.fetch(target, options);
  }

  async push(expected: Descriptor, content: Content, options?: StorageOptions): Promise<void> {
    this.#assertOnline(`push ${expected.digest}`);
    await this.#target.push(expected, content, options);
  }

  async tag(target: Descriptor, reference: string, options?: StorageOptions): Promise<void> {
    this.#assertOnline(`tag ${reference}`);
    await this.#target.tag(target, reference, options);
  }

  async resolve(reference: string, options: StorageOptions = {}): Promise<Descriptor> {
    if (isDigest(reference)) {
      const cached = await this.#describe(reference, options);
      if (cached !== undefined) return cached;
    }
    const name = `resolve ${this.place} ${reference}`;
    if (this.#offline) return this.#remembered(name, reference);
    const found = await this.#target.resolve(reference, options);
    await this.#cache.memo.set(name, found);
    return found;
  }

  async predecessors(node: Descriptor, options: PredecessorOptions = {}): Promise<readonly Descriptor[]> {
    const { artifactType, ...rest } = options;
    const name = `referrers ${this.place} ${parseDigest(node.digest)}`;
    const found = this.#offline
      ? await this.#rememberedList(name, node.digest)
      : await this.#target.predecessors(node, rest);
    if (!this.#offline) await this.#cache.memo.set(name, found);
    return artifactType === undefined ? found : found.filter((entry) => entry.artifactType === artifactType);
  }

  /** A manifest says itself what it is. */
  async #describe(digest: Digest, options: StorageOptions): Promise<Descriptor | undefined> {
    const size = await this.#cache.sizeOf(digest);
    if (size === undefined || size > maxManifestSize) return undefined;
    const blob = { mediaType: "application/octet-stream", digest, size };
    try {
      const { mediaType } = parseManifest(await fetchBytes(this.#cache, blob, options));
      return { mediaType, digest, size };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof OciError) return undefined;
      throw error;
    }
  }

  async #remembered(name: string, reference: string): Promise<Descriptor> {
    const value = await this.#cache.memo.get(name);
    if (value === undefined) throw this.#miss(reference);
    return parseDescriptor(value, `what is remembered of ${this.place}`);
  }

  async #rememberedList(name: string, digest: Digest): Promise<readonly Descriptor[]> {
    const value = await this.#cache.memo.get(name);
    if (!Array.isArray(value)) throw this.#miss(`the list of referrers of ${digest}`);
    return value.map((entry) => parseDescriptor(entry, `what is remembered of ${this.place}`));
  }

  #assertOnline(action: string): void {
    if (this.#offline)
      throw new OciError("OFFLINE_MISS", `cannot ${action} at ${this.place} without the network`, {
        hint: "leave out --offline",
      });
  }

  #miss(what: string): OciError {
    return new OciError("OFFLINE_MISS", `the cache ${this.#cache.path} does not hold ${what} of ${this.place}`, {
      hint: "pull it once with the network, or leave out --offline",
    });
  }
}
