import { join } from "node:path";
import type { Diagnostic } from "@stax/errors";
import {
  type CacheableTarget,
  type ClientEvent,
  ContentCache,
  createCredentials,
  formatRepositoryName,
  OciError,
  RegistryClient,
  type RegistryClientOptions,
  type Repository,
  type RepositoryName,
  withCache,
} from "@stax/oci";
import type { NetworkValues } from "../options/global.ts";
import type { ProgressEvent } from "../reporter/index.ts";
import { bytes } from "../table.ts";
import { version } from "../version.ts";

/** RegistriesOptions say how registries are reached and who is told about it; paths are absolute. */
export interface RegistriesOptions {
  readonly network: NetworkValues;
  readonly concurrency: number;
  readonly cacheDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Tell of every request. */
  readonly verbose: boolean;
  progress(event: ProgressEvent): void;
  notice(diagnostic: Diagnostic): void;
}

/** ReadableRepository is a repository that is only read. */
export type ReadableRepository = Omit<CacheableTarget, "push" | "tag">;

/** Registries is the network of one command: one client for all registries, and the content cache of all projects before it. */
export class Registries implements Disposable {
  readonly #options: RegistriesOptions;
  readonly #client: RegistryClient;
  #cache: Promise<ContentCache> | undefined;

  constructor(options: RegistriesOptions) {
    this.#options = options;
    this.#client = new RegistryClient({
      ...this.reach(),
      credentials: createCredentials({ env: { ...options.env }, registryConfig: options.network.registryConfig }),
    });
  }

  /** reach is how registries are reached, without credentials. */
  reach(): RegistryClientOptions {
    const { network, concurrency, env } = this.#options;
    return {
      plainHttp: network.plainHttp,
      insecureSkipTlsVerify: network.insecureSkipTlsVerify,
      caFile: network.caFile,
      concurrency,
      userAgent: `stax/${version}`,
      env: { ...env },
      onEvent: (event) => this.#tell(event),
    };
  }

  /** repository is a repository itself, for what the cache cannot do. Throws `OFFLINE_MISS` with --offline. */
  repository(name: RepositoryName): Repository {
    this.assertOnline(formatRepositoryName(name));
    return this.#client.repository(name);
  }

  /** source is a repository to read from: what was read once comes from the cache, and with --offline everything does. */
  async source(name: RepositoryName): Promise<CacheableTarget> {
    const { offline } = this.#options.network;
    return withCache(this.#announced(this.#client.repository(name)), await this.cache(), { offline });
  }

  /** reader is a source that leaves the cache as it is: who fills it reads from here, or it would wait for itself. */
  async reader(name: RepositoryName): Promise<ReadableRepository> {
    const [source, cache] = [await this.source(name), await this.cache()];
    const direct = this.#options.network.offline ? source : this.#client.repository(name);
    return {
      place: source.place,
      exists: (target, options) => source.exists(target, options),
      resolve: (reference, options) => source.resolve(reference, options),
      predecessors: (node, options) => source.predecessors(node, options),
      fetch: async (target, options) =>
        (await cache.exists(target)) ? cache.fetch(target, options) : direct.fetch(target, options),
    };
  }

  /** cache is the content of all projects, by digest. Throws `STORE_IO`. */
  cache(): Promise<ContentCache> {
    this.#cache ??= ContentCache.open(contentCacheIn(this.#options.cacheDirectory));
    return this.#cache;
  }

  /** assertOnline throws `OFFLINE_MISS` where --offline forbids what must reach a registry. */
  assertOnline(place: string): void {
    if (!this.#options.network.offline) return;
    throw new OciError("OFFLINE_MISS", `${place} is asked for something that no cache can give`, {
      hint: "leave out --offline",
    });
  }

  /** close ends every connection. */
  close(): void {
    this.#client.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What the cache does not have may take a while: people are told what it is. */
  #announced(repository: Repository): CacheableTarget {
    return {
      place: repository.place,
      exists: (target, options) => repository.exists(target, options),
      resolve: (reference, options) => repository.resolve(reference, options),
      predecessors: (node, options) => repository.predecessors(node, options),
      push: (expected, content, options) => repository.push(expected, content, options),
      tag: (target, reference, options) => repository.tag(target, reference, options),
      fetch: (target, options) => {
        this.#options.progress({ message: `fetching ${target.digest} (${bytes(target.size)})` });
        return repository.fetch(target, options);
      },
    };
  }

  #tell(event: ClientEvent): void {
    const { progress, notice, verbose } = this.#options;
    if (event.type === "warning")
      notice({ code: "registry-warning", severity: "info", message: `${event.registry}: ${event.text}` });
    else if (event.type === "retry")
      progress({
        message: `trying again in ${Math.round(event.delay)} ms: ${event.method} ${event.url} (${event.reason})`,
      });
    else if (verbose)
      progress({ message: `${event.method} ${event.url} ${event.status}, ${Math.round(event.duration)} ms` });
  }
}

/** contentCacheIn is where content from registries is kept. */
export const contentCacheIn = (cacheDirectory: string): string => join(cacheDirectory, "content");
