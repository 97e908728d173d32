import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { parseBasic } from "../server/htpasswd.ts";

/** TokenOptions say who gets which token. */
export interface TokenOptions {
  /** Names and passwords. */
  readonly users?: Readonly<Record<string, string>>;
  /** Whether tokens for `pull` are given without credentials (default true). */
  readonly anonymousPull?: boolean;
  /** How long a token lives, in seconds (default 300; fractions are welcome, announced rounded up). */
  readonly ttl?: number;
  /** Leaves `expires_in` out (the specification's default is 60 seconds). */
  readonly silentTtl?: boolean;
  /** Default `stax-registry`. */
  readonly service?: string;
  /** The field that holds the token (default `both`). */
  readonly field?: "token" | "access_token" | "both";
  /** Gives refresh tokens, and takes them with POST (`grant_type=refresh_token`). Default false. */
  readonly refresh?: boolean;
  /** What the challenge says instead of the server's own address. */
  readonly realm?: string;
}

/** TokenRequest is one request for a token, as it was made. */
export interface TokenRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
  readonly scopes: readonly string[];
  readonly status: number;
}

/** TokenServer gives Bearer tokens and judges them. */
export interface TokenServer {
  readonly url: string;
  readonly requests: readonly TokenRequest[];
  /** Undefined when the header allows the scopes; else the challenge. */
  challenge(authorization: string | undefined, scopes: readonly string[]): string | undefined;
  /** Makes every token invalid at once. */
  revokeAll(): void;
  close(): Promise<void>;
}

interface Grant {
  readonly scopes: ReadonlySet<string>;
  readonly expires: number;
}

/** startTokenServer listens on a free port of loopback. */
export async function startTokenServer(options: TokenOptions = {}): Promise<TokenServer> {
  const issuer = new Issuer(options);
  const server = createServer((request, response) => void issuer.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}/token` : "";
  return {
    url,
    requests: issuer.requests,
    challenge: (authorization, scopes) => issuer.challenge(authorization, scopes, options.realm ?? url),
    revokeAll: () => issuer.revokeAll(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Issuer {
  readonly requests: TokenRequest[] = [];
  readonly #options: TokenOptions;
  readonly #service: string;
  readonly #grants = new Map<string, Grant>();
  readonly #refresh = new Map<string, string>();

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#service = options.service ?? "stax-registry";
  }

  revokeAll(): void {
    this.#grants.clear();
  }

  challenge(authorization: string | undefined, wanted: readonly string[], realm: string): string | undefined {
    const token = /^bearer (.+)$/i.exec(authorization ?? "")?.[1];
    const grant = token === undefined ? undefined : this.#grants.get(token);
    const isLive = grant !== undefined && grant.expires > performance.now();
    const actions = wanted.flatMap(actionsOf);
    if (isLive && actions.every((action) => grant.scopes.has(action))) return undefined;
    const scope = wanted.length === 0 ? "" : `,scope="${wanted.join(" ")}"`;
    const error = token === undefined ? "" : `,error="${isLive ? "insufficient_scope" : "invalid_token"}"`;
    return `Bearer realm="${realm}",service="${this.#service}"${scope}${error}`;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = request.method === "POST" ? new URLSearchParams(await textOf(request)) : new URLSearchParams();
    const query = new URL(request.url ?? "/", "http://tokens").searchParams;
    const scopes = [...query.getAll("scope"), ...form.getAll("scope")].flatMap((scope) => scope.split(" "));
    const user = this.#userOf(request, form);
    const granted = user === null ? undefined : this.#grant(user, scopes.filter(Boolean));
    const status = granted === undefined ? 401 : 200;
    const { method = "GET", url = "/" } = request;
    this.requests.push({ method, url, authorization: request.headers.authorization, form, scopes, status });
    const body = JSON.stringify(granted ?? { errors: [{ code: "UNAUTHORIZED", message: "wrong credentials" }] });
    response.writeHead(status, { "Content-Type": "application/json" }).end(body);
  }

  /** The user's name, undefined for nobody, null for wrong credentials. */
  #userOf(request: IncomingMessage, form: URLSearchParams): string | undefined | null {
    const refresh = form.get("refresh_token");
    if (refresh !== null) return this.#refresh.get(refresh) ?? null;
    const basic = parseBasic(request.headers.authorization);
    const name = basic?.name ?? form.get("username") ?? undefined;
    const password = basic?.password ?? form.get("password");
    if (name === undefined) return request.headers.authorization === undefined ? undefined : null;
    return password !== null && this.#options.users?.[name] === password ? name : null;
  }

  #grant(user: string | undefined, scopes: readonly string[]): Readonly<Record<string, unknown>> {
    const { anonymousPull = true, ttl = 300, silentTtl = false, field = "both" } = this.#options;
    const isAllowed = (action: string) => user !== undefined || (anonymousPull && action.endsWith(":pull"));
    const token = randomBytes(24).toString("base64url");
    const actions = scopes.flatMap(actionsOf).filter(isAllowed);
    this.#grants.set(token, { scopes: new Set(actions), expires: performance.now() + ttl * 1000 });
    return {
      ...(field !== "access_token" && { token }),
      ...(field !== "token" && { access_token: token }),
      ...(!silentTtl && { expires_in: Math.ceil(ttl), issued_at: new Date().toISOString() }),
      ...(user !== undefined && this.#options.refresh === true && { refresh_token: this.#refreshFor(user) }),
    };
  }

  #refreshFor(user: string): string {
    const token = randomBytes(24).toString("base64url");
    this.#refresh.set(token, user);
    return token;
  }
}

/** `repository:a/b:pull,push` is two actions. */
function actionsOf(scope: string): readonly string[] {
  const colon = scope.lastIndexOf(":");
  const resource = scope.slice(0, colon);
  return scope
    .slice(colon + 1)
    .split(",")
    .map((action) => `${resource}:${action}`);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
