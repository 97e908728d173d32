import { createLimit } from "../limit.ts";
import type { RepositoryName } from "../reference.ts";
import { Authorizer, type Door } from "./auth/authorizer.ts";
import { fetchToken } from "./auth/fetch-token.ts";
import type { ClientEvent } from "./client-event.ts";
import type { CredentialSource } from "./credentials/credential.ts";
import { ApiClient, type Host } from "./http/api-client.ts";
import { endpointOf } from "./http/endpoint.ts";
import { type FullRetryPolicy, fullRetryPolicy, type RetryPolicy } from "./http/retry.ts";
import { readTls, type TlsOptions } from "./http/tls-options.ts";
import { type Timeouts, Transport } from "./http/transport.ts";
import { Repository, type RepositoryAccess, type RepositoryOptions } from "./repository.ts";
import { BlobTurns } from "./upload/blob-turns.ts";

/** RegistryClientOptions say how registries are reached, for all repositories of a client. */
export interface RegistryClientOptions extends TlsOptions {
  /** Who we are to which registry (default: nobody). */
  readonly credentials?: CredentialSource | undefined;
  /** True: plain HTTP everywhere; false: HTTPS everywhere; else plain HTTP for loopback only. */
  readonly plainHttp?: boolean | undefined;
  readonly timeouts?: Timeouts | undefined;
  readonly retry?: RetryPolicy | undefined;
  /** Requests under way at one registry, those with a body and those without counted apart (default 6). */
  readonly concurrency?: number | undefined;
  /** Default `stax-oci`. */
  readonly userAgent?: string | undefined;
  /** Where `SSL_CERT_FILE`, `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` are looked up (default `process.env`). */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly onEvent?: ((event: ClientEvent) => void) | undefined;
}

/** RegistryClient holds what repositories share: connections, tokens, limits. Close it when the work is done. */
export class RegistryClient {
  readonly #options: RegistryClientOptions;
  readonly #transport: Transport;
  readonly #retry: FullRetryPolicy;
  readonly #idle: number;
  readonly #hosts = new Map<string, { readonly host: Host; readonly door: Door }>();
  readonly #accesses = new Map<string, RepositoryAccess>();

  constructor(options: RegistryClientOptions = {}) {
    const { timeouts = {}, env = process.env } = options;
    this.#options = options;
    this.#retry = fullRetryPolicy(options.retry);
    this.#idle = timeouts.idle ?? 60_000;
    this.#transport = new Transport({
      timeouts: { connect: timeouts.connect ?? 30_000, response: timeouts.response ?? 300_000, idle: this.#idle },
      tls: () => readTls(options, env),
      userAgent: options.userAgent ?? "stax-oci",
      env,
    });
  }

  /** repository is one repository of a registry, as a {@link Repository}. */
  repository(name: RepositoryName, options: RepositoryOptions = {}): Repository {
    const { registry, repository } = name;
    return new Repository(name, this.#access(registry, repository), options);
  }

  /** ping asks a registry whether it is one and lets us in. Throws `AUTH_…` and what else keeps us out. */
  async ping(registry: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { api } = this.#access(registry, undefined);
    const url = new URL("v2/", api.host.endpoint.base);
    const response = await api.request({
      method: "GET",
      url,
      scopes: [],
      action: `reach ${registry}`,
      expect: [200],
      ...options,
    });
    response.body.resume();
  }

  /** close ends every connection; requests under way fail. */
  close(): void {
    this.#transport.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #access(registry: string, repository: string | undefined): RepositoryAccess {
    const key = `${registry.toLowerCase()}/${repository ?? ""}`;
    const known = this.#accesses.get(key);
    if (known !== undefined) return known;
    const { host, door } = this.#host(registry);
    const authorizer = new Authorizer({
      base: host.endpoint.base,
      door,
      credential: async () => this.#options.credentials?.({ registry, repository }),
      fetchToken: (query) => fetchToken(query, host),
    });
    const access = { api: new ApiClient(host, authorizer), turns: new BlobTurns() };
    this.#accesses.set(key, access);
    return access;
  }

  #host(registry: string): { readonly host: Host; readonly door: Door } {
    const key = registry.toLowerCase();
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    const concurrency = this.#options.concurrency ?? 6;
    const host: Host = {
      endpoint: endpointOf(registry, this.#options.plainHttp),
      transport: this.#transport,
      retry: this.#retry,
      idle: this.#idle,
      reads: createLimit(concurrency),
      writes: createLimit(concurrency),
      seenWarnings: new Set(),
      onEvent: this.#options.onEvent,
    };
    const made = { host, door: {} };
    this.#hosts.set(key, made);
    return made;
  }
}
