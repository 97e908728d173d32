import { Agent, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { MemoryStorage } from "../memory-storage.ts";
import { createRegistry, type RegistryOptions } from "../registry.ts";
import { type MutableRecord, recordOf, scopesOf } from "./exchange-record.ts";
import {
  type ArmedFault,
  type BodyContext,
  BrokenConnection,
  type Fault,
  type FaultAction,
  type FaultAnswer,
  fires,
  type RequestRecord,
} from "./fault.ts";
import { breakConnection, forward } from "./forward.ts";
import { createRandom, type Random } from "./random.ts";
import { startTokenServer, type TokenOptions, type TokenServer } from "./token-server.ts";

/** FaultyOptions say which registry is behind, and what goes wrong in front of it. */
export interface FaultyOptions {
  /** The registry behind (default: one of our own in memory). */
  readonly registry?: Partial<RegistryOptions>;
  /** The URL of a registry that runs already, in place of our own. */
  readonly origin?: string;
  readonly faults?: readonly Fault[];
  /** For everything that is left to chance (default 1). */
  readonly seed?: number;
  /** Asks for Bearer tokens, of a token server of its own. */
  readonly tokens?: TokenOptions;
}

/** FaultyRegistry is a registry for tests that goes wrong as told, and remembers every request. */
export interface FaultyRegistry extends AsyncDisposable {
  readonly url: string;
  /** Host and port, as a reference names them. */
  readonly host: string;
  /** Every request, in the order of arrival. */
  readonly requests: readonly RequestRecord[];
  /** Present with `tokens`. */
  readonly tokens: TokenServer | undefined;
  /** Adds a fault. The function returned takes it away. */
  inject(fault: Fault): () => void;
  /** Forgets faults and requests. */
  reset(): void;
  close(): Promise<void>;
}

/** createFaultyRegistry starts a registry on loopback that goes wrong as told. It stands in front of a real one, so whatever is not told is right. */
export async function createFaultyRegistry(options: FaultyOptions = {}): Promise<FaultyRegistry> {
  const behind = await startBehind(options);
  const tokens = options.tokens === undefined ? undefined : await startTokenServer(options.tokens);
  const front = new Front(behind.url, tokens, createRandom(options.seed ?? 1));
  for (const fault of options.faults ?? []) front.inject(fault);
  const server = createServer({ requestTimeout: 0 }, (request, response) => void front.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const host = typeof address === "object" && address !== null ? `127.0.0.1:${address.port}` : "";
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    front.close();
    await Promise.all([closed, tokens?.close()]);
    await behind.close();
  };
  return {
    url: `http://${host}`,
    host,
    requests: front.requests,
    tokens,
    inject: (fault) => front.inject(fault),
    reset: () => front.reset(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function startBehind({ origin, registry }: FaultyOptions): Promise<{ url: string; close(): Promise<void> }> {
  if (origin !== undefined) return { url: origin, close: async () => undefined };
  const behind = createRegistry({ storage: new MemoryStorage(), ...registry });
  return behind.listen({ closeTimeout: 100 });
}

class Front {
  readonly requests: MutableRecord[] = [];
  readonly #origin: string;
  readonly #tokens: TokenServer | undefined;
  readonly #random: Random;
  readonly #agent = new Agent({ keepAlive: true });
  #faults: ArmedFault[] = [];

  constructor(origin: string, tokens: TokenServer | undefined, random: Random) {
    this.#origin = origin;
    this.#tokens = tokens;
    this.#random = random;
  }

  inject(fault: Fault): () => void {
    const armed = { fault, seen: 0, fired: 0 };
    this.#faults.push(armed);
    return () => {
      this.#faults = this.#faults.filter((other) => other !== armed);
    };
  }

  reset(): void {
    this.#faults = [];
    this.requests.length = 0;
  }

  close(): void {
    this.#agent.destroy();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const record = recordOf(request);
    this.requests.push(record);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    request.on("error", () => undefined);
    try {
      await this.#handle(request, response, record, { random: this.#random, signal: gone.signal });
    } catch (error) {
      if (error instanceof BrokenConnection) breakConnection(response, error);
      else response.destroy();
    }
  }

  async #handle(
    request: IncomingMessage,
    response: ServerResponse,
    record: MutableRecord,
    context: BodyContext,
  ): Promise<void> {
    const challenge = this.#tokens?.challenge(request.headers.authorization, scopesOf(record));
    if (challenge !== undefined) return send(request, response, record, unauthorized(challenge));
    const armed = this.#faults.filter((fault) => fires(fault, record, this.#random));
    const actions = armed.map(({ fault }) => fault.action);
    record.faults.push(...actions.map(({ name }) => name));
    const answer = await firstAnswer(actions, record, context);
    if (answer !== undefined) return send(request, response, record, answer);
    await forward({ request, response, record, actions, context, origin: this.#origin, agent: this.#agent });
  }
}

async function firstAnswer(
  actions: readonly FaultAction[],
  record: RequestRecord,
  context: BodyContext,
): Promise<FaultAnswer | undefined> {
  for (const action of actions) {
    const answer = await action.answer?.(record, context);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function send(request: IncomingMessage, response: ServerResponse, record: MutableRecord, answer: FaultAnswer): void {
  const body = Buffer.from(answer.body ?? "");
  record.status = answer.status;
  record.sent = record.method === "HEAD" ? 0 : body.byteLength;
  request.on("data", (chunk: Uint8Array) => {
    record.received += chunk.byteLength;
  });
  response.writeHead(answer.status, { "Content-Length": body.byteLength, ...answer.headers });
  response.end(record.method === "HEAD" ? undefined : body);
}

function unauthorized(challenge: string): FaultAnswer {
  return {
    status: 401,
    headers: { "Content-Type": "application/json", "WWW-Authenticate": challenge },
    body: JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "a token is needed" }] }),
  };
}
