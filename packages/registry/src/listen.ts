import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP, type Socket } from "node:net";
import { RegistryError } from "./error.ts";
import { expectContinue } from "./server/exchange.ts";
import { sendFailure } from "./server/failure.ts";
import { ProtocolError } from "./server/protocol-error.ts";

/** ListenOptions say where a server listens; times in milliseconds. */
export interface ListenOptions {
  /** An address of this machine (default `127.0.0.1`: nobody else can reach it). */
  readonly host?: string | undefined;
  /** Default: any free one. */
  readonly port?: number | undefined;
  /** Host names beside `localhost` and addresses that requests may be for, while it listens on loopback. */
  readonly hostNames?: readonly string[] | undefined;
  /** A client that sends or takes nothing for this long is cut off (default 60,000). */
  readonly idleTimeout?: number | undefined;
  /** How long `close` waits for requests under way (default 5,000). */
  readonly closeTimeout?: number | undefined;
}

/** RunningServer is a server that listens. */
export interface RunningServer {
  /** E.g. `http://127.0.0.1:5000`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Stops: requests under way are finished, then cut off. */
  close(): Promise<void>;
}

/** What is served: a handler, and what remains to be done at the end. */
export interface Service {
  handler(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

const headersTimeout = 20_000;

/** listen starts a server. Throws `LISTEN_FAILED`. */
export async function listen(service: Service, options: ListenOptions = {}): Promise<RunningServer> {
  const { host = "127.0.0.1", port = 0, idleTimeout = 60_000, closeTimeout = 5000 } = options;
  const handler = isLoopback(host) ? guarded(service.handler, options.hostNames ?? []) : service.handler;
  // A body may take hours; the idle timeout cuts off who stands still.
  const server = createServer({ requestTimeout: 0, headersTimeout, keepAliveTimeout: 10_000 }, handler);
  cutOffIdle(server, idleTimeout);
  server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    expectContinue(request);
    handler(request, response);
  });
  await start(server, host, port);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has an address");
  const name = isIP(address.address) === 6 ? `[${address.address}]` : address.address;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${name}:${address.port}`,
    port: address.port,
    close: () => {
      closing ??= stop(server, closeTimeout).then(() => service.close());
      return closing;
    },
  };
}

/** A client that waits for us (a blob of gigabytes is being written to the disk) is not idle. */
function cutOffIdle(server: Server, idleTimeout: number): void {
  const current = new WeakMap<Socket, { readonly request: IncomingMessage; readonly response: ServerResponse }>();
  server.prependListener("request", (request, response) => current.set(request.socket, { request, response }));
  server.prependListener("checkContinue", (request, response) => current.set(request.socket, { request, response }));
  server.setTimeout(idleTimeout, (socket) => {
    const exchange = current.get(socket);
    const isOurTurn = exchange?.request.complete === true && !exchange.response.headersSent;
    if (isOurTurn) socket.setTimeout(idleTimeout);
    else socket.destroy();
  });
}

async function start(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  }).catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    const reason = reasons[code] ?? "the system refused";
    throw new RegistryError("LISTEN_FAILED", `cannot listen on ${host}:${port}: ${reason} (${code})`, {
      cause,
      ...(port === 0 ? {} : { hint: "name another port, or none: then a free one is taken" }),
    });
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is taken",
  EACCES: "ports below 1024 are the administrator's",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "this machine has no such address",
};

async function stop(server: Server, timeout: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), timeout);
  await closed;
  clearTimeout(timer);
}

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");

/** A web page whose name suddenly means 127.0.0.1 (DNS rebinding) must not read what is on this machine. */
function guarded(handler: Service["handler"], hostNames: readonly string[]): Service["handler"] {
  return (request, response) => {
    const name = (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
    const bare = name.replace(/^\[(.*)\]$/, "$1");
    const isOurs = isIP(bare) > 0 || /^(?:.+\.)?localhost$/.test(name) || hostNames.includes(name);
    if (isOurs) return handler(request, response);
    const error = new ProtocolError("DENIED", "this registry listens on loopback and is not known by this host name");
    sendFailure(request, response, error);
  };
}
