import { OciError } from "../../error.ts";
import { bytesContent } from "../../storage.ts";
import { isJsonObject } from "../../strict-json.ts";
import { basicOf, type Credential } from "../credentials/credential.ts";
import type { WireRequest } from "../http/exchange.ts";

/** TokenQuery is what a token server is asked for. */
export interface TokenQuery {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
}

/** Token opens a registry for a while. */
export interface Token {
  readonly value: string;
  /** Seconds from its answer on. */
  readonly life: number;
}

/** maxTokenBody bounds the answer of a token server, in bytes. */
export const maxTokenBody: number = 1024 * 1024;

/** tokenRequest is the request for a token: GET with Basic or nothing, POST for a refresh token (distribution, "OAuth2"). */
export function tokenRequest({ realm, service, scopes, credential }: TokenQuery): WireRequest {
  if (credential?.kind === "identity") return refreshRequest(realm, service, scopes, credential.token);
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const headers: Record<string, string> = { accept: "application/json" };
  if (credential?.kind === "basic") {
    url.searchParams.set("account", credential.username);
    headers.authorization = `Basic ${basicOf(credential)}`;
  }
  return { method: "GET", url, headers };
}

function refreshRequest(url: URL, service: string | undefined, scopes: readonly string[], token: string): WireRequest {
  const form = new URLSearchParams({ grant_type: "refresh_token", client_id: "stax", refresh_token: token });
  if (service !== undefined) form.set("service", service);
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  const bytes = new TextEncoder().encode(form.toString());
  return {
    method: "POST",
    url,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: { ...bytesContent(bytes), size: bytes.byteLength },
  };
}

/** parseToken reads the answer of a token server. Throws `RESPONSE_INVALID`. */
export function parseToken(body: Uint8Array, realm: URL): Token {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw invalid(realm, "no JSON");
  }
  if (!isJsonObject(value)) throw invalid(realm, "no object");
  const { token, access_token: accessToken, expires_in: life } = value;
  const text = [token, accessToken].find((candidate) => typeof candidate === "string" && candidate !== "");
  // What is not visible ASCII would break out of the header.
  if (typeof text !== "string" || !/^[\x21-\x7e]{1,65536}$/.test(text)) throw invalid(realm, "no usable token");
  const isLife = typeof life === "number" && Number.isFinite(life) && life >= 0;
  return { value: text, life: isLife ? Math.min(life, 24 * 60 * 60) : defaultLife };
}

// Distribution, "Token Response Fields"
const defaultLife = 60;

const invalid = (realm: URL, what: string): OciError =>
  new OciError("RESPONSE_INVALID", `the token server ${realm.host} answered with ${what}`);
