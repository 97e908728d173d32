// A token server that docker-registry believes: JSON Web Tokens signed with ES256, the certificate in x5c.
import { randomUUID, sign, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Certificates } from "./servers.fixture.ts";

export interface JwtServer extends AsyncDisposable {
  readonly realm: string;
  /** The scopes that were asked for, request by request. */
  readonly asked: readonly string[];
}

export interface JwtOptions {
  readonly certificates: Certificates;
  readonly users: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly ttl: number;
}

export async function startJwtServer({ certificates, users, ttl }: JwtOptions): Promise<JwtServer> {
  const key = readFileSync(certificates.key, "utf8");
  const x5c = [new X509Certificate(readFileSync(certificates.cert)).raw.toString("base64")];
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const scopes = new URL(request.url ?? "", "http://x").searchParams
      .getAll("scope")
      .flatMap((scope) => scope.split(" "));
    asked.push(scopes.join(" "));
    const [name = "", ...password] = Buffer.from(request.headers.authorization?.slice("Basic ".length) ?? "", "base64")
      .toString()
      .split(":");
    if (users[name] !== password.join(":")) return response.writeHead(401).end("{}");
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: "stax-token",
      sub: name,
      aud: "stax-registry",
      exp: now + ttl,
      nbf: now - 1,
      iat: now,
      jti: randomUUID(),
      access: scopes.map(accessOf),
    };
    return response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ token: jwt(claims, key, x5c), expires_in: ttl }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    realm: `http://127.0.0.1:${port}/token`,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function jwt(claims: object, key: string, x5c: readonly string[]): string {
  const text = `${base64url({ typ: "JWT", alg: "ES256", x5c })}.${base64url(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

function accessOf(scope: string): object {
  const [type, name, actions = ""] = scope.split(":");
  return { type, name, actions: actions.split(",") };
}
