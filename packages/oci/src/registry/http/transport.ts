import { lookup as resolveName } from "node:dns";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { LookupFunction } from "node:net";
import type { OptionsInit, Request, Response } from "got";
import { addressKindOf, isLoopback } from "./address.ts";
import { contentLengthOf, type WireRequest, type WireResponse } from "./exchange.ts";
import { BodySender } from "./send-body.ts";
import type { TlsMaterial } from "./tls-options.ts";
import { countGarbage } from "./young-garbage.ts";

/** Timeouts in milliseconds. */
export interface Timeouts {
  /** For each of: name, connection, TLS (default 30,000). */
  readonly connect?: number | undefined;
  /** From the end of the request to the head of its answer; a registry hashes a whole upload meanwhile (default 300,000). */
  readonly response?: number | undefined;
  /** No byte of a body moves (default 60,000). */
  readonly idle?: number | undefined;
}

/** TransportOptions are what one {@link Transport} is made with. */
export interface TransportOptions {
  readonly timeouts: Required<{ readonly [Name in keyof Timeouts]: number }>;
  readonly tls: () => Promise<TlsMaterial>;
  readonly userAgent: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What a request leaves behind of objects, in bytes (measured). */
const requestGarbage = 64 * 1024;

/** Guarded means that a name led to an address that only this machine's environment may answer. */
export class AddressRefused extends Error {
  readonly code = "ADDRESS_REFUSED";
}

/** Transport sends one request and returns its answer, whatever it says: no redirect, no retry, no decompression. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #direct: Agents;
  readonly #proxied: Agents;
  #tls: Promise<TlsMaterial> | undefined;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#direct = createAgents({});
    this.#proxied = createAgents(proxyVariables(options.env));
  }

  /** send resolves with the head of the answer. Throws what the network throws, or what the body's source throws. */
  async send(request: WireRequest): Promise<WireResponse> {
    const { body, signal } = request;
    signal?.throwIfAborted();
    this.#tls ??= this.#options.tls();
    const tls = await this.#tls;
    // Loaded when somebody goes to the network: it takes as long as the rest of this library twice over.
    const { default: got } = await import("got");
    countGarbage(requestGarbage);
    let stream: Request | undefined;
    const sender =
      body === undefined
        ? undefined
        : new BodySender(body, this.#options.timeouts.idle, (error) => void stream?.destroy(error));
    try {
      stream = got.stream(request.url, this.#gotOptions(request, tls, sender));
      // got waits for a body that a DELETE may have.
      if (request.method === "DELETE") stream.end();
      endAt(signal, stream);
      return await headOf(stream, request, sender);
    } catch (error) {
      signal?.throwIfAborted();
      const failure = sender?.failure;
      sender?.stop();
      stream?.destroy();
      throw failure === undefined ? causeOf(error) : failure.error;
    }
  }

  /** close ends every connection. */
  close(): void {
    for (const { http, https } of [this.#direct, this.#proxied]) {
      http.destroy();
      https.destroy();
    }
  }

  #gotOptions(
    request: WireRequest,
    tls: TlsMaterial,
    sender: BodySender | undefined,
  ): OptionsInit & { isStream: true } {
    const { method, url, headers, body, guarded } = request;
    const { connect, response } = this.#options.timeouts;
    const isEmpty = body === undefined || body.size === 0;
    const hasLength = method !== "GET" && method !== "HEAD" && method !== "DELETE";
    return {
      isStream: true,
      method,
      headers: {
        "user-agent": this.#options.userAgent,
        ...headers,
        ...(hasLength && { "content-length": String(body?.size ?? 0) }),
      },
      ...(hasLength && { body: isEmpty || sender === undefined ? Buffer.alloc(0) : sender.chunks() }),
      agent: isLoopback(url.hostname) ? this.#direct : this.#proxied,
      https: tls,
      timeout: { lookup: connect, connect, secureConnect: connect, response },
      ...(guarded === true && { dnsLookup: guardedLookup }),
      followRedirect: false,
      decompress: false,
      throwHttpErrors: false,
      http2: false,
      retry: { limit: 0 },
    };
  }
}

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

function createAgents(proxyEnv: NodeJS.ProcessEnv): Agents {
  const options = { keepAlive: true, proxyEnv, maxFreeSockets: 16 };
  return { http: new HttpAgent(options), https: new HttpsAgent(options) };
}

const proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"] as const;

function proxyVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(proxyNames.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

/** got keeps its own listener for as long as the signal lives, and with it every request of a long copy. */
function endAt(signal: AbortSignal | undefined, stream: Request): void {
  if (signal === undefined) return;
  const abort = () => stream.destroy(new Error("aborted", { cause: signal.reason }));
  const forget = () => signal.removeEventListener("abort", abort);
  signal.addEventListener("abort", abort, { once: true });
  stream.once("end", forget).once("error", forget).once("close", forget);
}

function headOf(stream: Request, request: WireRequest, sender: BodySender | undefined): Promise<WireResponse> {
  return new Promise((resolve, reject) => {
    // Stays: an error that nobody waits for any more must not end the process.
    stream.on("error", reject);
    stream.once("response", (response: Response) => {
      const { statusCode: status, headers } = response;
      const isEarly = sender?.isComplete === false;
      if (isEarly) {
        // The rest would be sent for nothing, and without it the connection is of no use.
        sender?.stop();
        stream.once("end", () => stream.destroy());
      }
      resolve({ status, headers, url: request.url, body: stream, isEarly });
      if (request.method === "HEAD" || status === 204 || contentLengthOf({ headers }) === 0) stream.resume();
    });
  });
}

/** got wraps what Node throws; the code is the same, the original says more. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

/** A name that leads to the metadata service of a cloud, or nowhere, is no token server and no blob store. */
const guardedLookup: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, options, (error, address, family) => {
    if (error !== null) return callback(error, address, family);
    const addresses = typeof address === "string" ? [address] : address.map((found) => found.address);
    const refused = addresses.find((found) => ["link-local", "unspecified"].includes(addressKindOf(found)));
    if (refused === undefined) return callback(null, address, family);
    callback(new AddressRefused(`${hostname} leads to ${refused}`), address, family);
  });
};
