import type { IncomingMessage, ServerResponse } from "node:http";
import { type ListenOptions, listen, type RunningServer } from "./listen.ts";
import { dispatch } from "./server/dispatch.ts";
import { Exchange } from "./server/exchange.ts";
import { sendFailure } from "./server/failure.ts";
import { type Authenticate, createHtpasswd, parseBasic } from "./server/htpasswd.ts";
import { ProtocolError } from "./server/protocol-error.ts";
import { parseTarget } from "./server/route.ts";
import type { Settings, SparsePolicy } from "./server/settings.ts";
import { UploadSessions } from "./server/upload-sessions.ts";
import type { Storage } from "./storage.ts";

/** RegistryEvent is what a server may tell: each answered request, and each failure of its own. */
export type RegistryEvent =
  | {
      readonly kind: "request";
      readonly method: string;
      /** Path and query. */
      readonly url: string;
      readonly status: number;
      /** Milliseconds. */
      readonly duration: number;
    }
  | { readonly kind: "failure"; readonly method: string; readonly url: string; readonly error: unknown };

/** RegistryOptions say what a registry keeps, for whom, and how much of it. */
export interface RegistryOptions {
  readonly storage: Storage;
  /** The text of an htpasswd file with bcrypt hashes; without it everybody may do everything. */
  readonly htpasswd?: string | undefined;
  /** Nothing can be pushed or deleted (405). */
  readonly readOnly?: boolean | undefined;
  /** Which manifests may name content that the repository does not hold (default `none`; foreign layers always may). */
  readonly sparse?: SparsePolicy | undefined;
  /** `OCI-Chunk-Min-Length`, in bytes (default: none). */
  readonly minChunkSize?: number | undefined;
  /** The most items of a page of tags, referrers or repositories (default 1,000). */
  readonly pageSize?: number | undefined;
  /** How long an upload waits for its next request, in milliseconds (default one hour). */
  readonly uploadTtl?: number | undefined;
  /** How many uploads may be open (default 1,000). */
  readonly maxUploads?: number | undefined;
  readonly onEvent?: ((event: RegistryEvent) => void) | undefined;
}

/** Registry is an OCI 1.1 distribution server. */
export interface Registry {
  /** Answers one request: for a `node:http` server of one's own. It never throws. */
  handler(request: IncomingMessage, response: ServerResponse): void;
  /** Starts a server of its own, on loopback unless told otherwise. Throws `LISTEN_FAILED`. */
  listen(options?: ListenOptions): Promise<RunningServer>;
  /** Forgets open uploads; called by `close` of a running server. */
  close(): Promise<void>;
}

/** createRegistry makes a {@link Registry}. Throws `HTPASSWD_INVALID`. */
export function createRegistry(options: RegistryOptions): Registry {
  const { htpasswd, onEvent } = options;
  const authenticate = htpasswd === undefined ? undefined : createHtpasswd(htpasswd);
  const settings = settingsOf(options);
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    if (onEvent !== undefined) reportRequest(request, response, onEvent);
    answer(request, response, settings, authenticate).catch((error: unknown) => {
      const failure = sendFailure(request, response, error);
      if (failure) onEvent?.({ kind: "failure", method: request.method ?? "", url: request.url ?? "", error });
    });
  };
  const close = () => settings.sessions.close();
  return { handler, close, listen: (address) => listen({ handler, close }, address) };
}

function settingsOf(options: RegistryOptions): Settings {
  const sessions = new UploadSessions({ ttl: options.uploadTtl ?? 60 * 60 * 1000, max: options.maxUploads ?? 1000 });
  return {
    storage: options.storage,
    sessions,
    readOnly: options.readOnly ?? false,
    sparse: options.sparse ?? "none",
    minChunkSize: options.minChunkSize ?? 0,
    pageSize: options.pageSize ?? 1000,
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  settings: Settings,
  authenticate: Authenticate | undefined,
): Promise<void> {
  response.setHeader("Docker-Distribution-API-Version", "registry/2.0");
  response.setHeader("X-Content-Type-Options", "nosniff");
  if (authenticate !== undefined) await assertAuthenticated(request, authenticate);
  const { route, query } = parseTarget(request.url ?? "/");
  await dispatch(new Exchange(request, response, query), settings, route);
}

async function assertAuthenticated(request: IncomingMessage, authenticate: Authenticate): Promise<void> {
  const credentials = parseBasic(request.headers.authorization);
  if (credentials !== undefined && (await authenticate(credentials.name, credentials.password))) return;
  throw new ProtocolError("UNAUTHORIZED", "a user name and a password are needed", {
    headers: { "WWW-Authenticate": 'Basic realm="stax", charset="UTF-8"' },
  });
}

function reportRequest(
  request: IncomingMessage,
  response: ServerResponse,
  onEvent: (event: RegistryEvent) => void,
): void {
  const started = performance.now();
  response.once("close", () => {
    const { method = "", url = "" } = request;
    onEvent({ kind: "request", method, url, status: response.statusCode, duration: performance.now() - started });
  });
}
