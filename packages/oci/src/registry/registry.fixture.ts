import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createFaultyRegistry,
  type FaultyOptions,
  type FaultyRegistry,
  type RequestRecord,
} from "@stax/registry/faults";
import {
  type ClientEvent,
  RegistryClient,
  type RegistryClientOptions,
  type Repository,
  type RepositoryOptions,
} from "../index.ts";

/** Served is a registry that goes wrong as told, and a client of it that waits for nothing. */
export interface Served extends AsyncDisposable {
  readonly registry: FaultyRegistry;
  readonly client: RegistryClient;
  readonly events: ClientEvent[];
  repository(name?: string, options?: RepositoryOptions): Repository;
  /** `METHOD kind`, of what the registry was asked since the last call. */
  log(): string[];
}

/** quick retries without waiting. */
export const quick = { minDelay: 1, maxDelay: 4 } as const;

export async function serve(options: FaultyOptions = {}, client: RegistryClientOptions = {}): Promise<Served> {
  const registry = await createFaultyRegistry(options);
  const events: ClientEvent[] = [];
  const made = createClient({ onEvent: (event) => events.push(event), ...client });
  let seen = 0;
  return {
    registry,
    client: made,
    events,
    repository: (name = "team/agent", repositoryOptions = {}) =>
      made.repository({ registry: registry.host, repository: name }, repositoryOptions),
    log: () => {
      const lines = registry.requests.slice(seen).map(({ method, kind }) => `${method} ${kind}`);
      seen = registry.requests.length;
      return lines;
    },
    [Symbol.asyncDispose]: async () => {
      made.close();
      await registry.close();
    },
  };
}

/** A client that takes nothing from the environment of the tests and retries at once. */
export const createClient = (options: RegistryClientOptions = {}): RegistryClient =>
  new RegistryClient({ env: {}, retry: quick, ...options });

/** requestsOf are the requests of one kind. */
export const requestsOf = (
  { registry }: Served,
  method: string,
  kind: RequestRecord["kind"],
): readonly RequestRecord[] =>
  registry.requests.filter((request) => request.method === method && request.kind === kind);

/** Scripted is a server that answers as a test says. */
export interface Scripted extends AsyncDisposable {
  readonly host: string;
  readonly requests: { readonly method: string; readonly url: string; readonly headers: IncomingMessage["headers"] }[];
}

export async function script(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Scripted> {
  const requests: Scripted["requests"] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    host: `127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
