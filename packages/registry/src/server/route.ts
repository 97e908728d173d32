import { type Digest, isDigest, isRepositoryName, isTag } from "@stax/oci";
import { ProtocolError } from "./protocol-error.ts";

/** Route is what a URL asks for; names, tags and digests in it are well-formed. */
export type Route =
  | { readonly kind: "base" }
  | { readonly kind: "catalog" }
  | { readonly kind: "tags"; readonly name: string }
  | { readonly kind: "referrers"; readonly name: string; readonly digest: Digest }
  | { readonly kind: "manifest"; readonly name: string; readonly reference: string }
  | { readonly kind: "blob"; readonly name: string; readonly digest: Digest }
  | { readonly kind: "uploads"; readonly name: string }
  | { readonly kind: "upload"; readonly name: string; readonly id: string };

/** Target is a route and the query of its URL. */
export interface Target {
  readonly route: Route;
  readonly query: URLSearchParams;
}

/** maxNameLength bounds a repository's name, in characters. */
export const maxNameLength = 255;

const patterns: readonly [RegExp, (name: string, rest: string) => Route][] = [
  [/^\/v2\/(.+)\/blobs\/uploads()\/?$/s, (name) => ({ kind: "uploads", name: nameIn(name) })],
  [/^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/s, (name, id) => ({ kind: "upload", name: nameIn(name), id: idIn(id) })],
  [/^\/v2\/(.+)\/blobs\/([^/]+)$/s, (name, digest) => ({ kind: "blob", name: nameIn(name), digest: digestIn(digest) })],
  [
    /^\/v2\/(.+)\/manifests\/([^/]+)$/s,
    (name, reference) => ({ kind: "manifest", name: nameIn(name), reference: referenceIn(reference) }),
  ],
  [/^\/v2\/(.+)\/tags\/list()$/s, (name) => ({ kind: "tags", name: nameIn(name) })],
  [
    /^\/v2\/(.+)\/referrers\/([^/]+)$/s,
    (name, digest) => ({ kind: "referrers", name: nameIn(name), digest: digestIn(digest) }),
  ],
];

/** parseTarget reads a request's URL. Throws `NAME_INVALID`, `DIGEST_INVALID`, `MANIFEST_INVALID`, and 404 for what is no endpoint. */
export function parseTarget(url: string): Target {
  const mark = url.indexOf("?");
  const path = decode(mark < 0 ? url : url.slice(0, mark));
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  return { route: parseRoute(path), query };
}

/** digestIn returns text as a digest. Throws `DIGEST_INVALID`. */
export function digestIn(text: string): Digest {
  if (isDigest(text)) return text;
  throw new ProtocolError("DIGEST_INVALID", `"${excerpt(text)}" is no digest`);
}

/** tagIn returns text as a tag. Throws `MANIFEST_INVALID`. */
export function tagIn(text: string): string {
  if (isTag(text)) return text;
  throw new ProtocolError("MANIFEST_INVALID", `"${excerpt(text)}" is no tag`);
}

/** nameIn returns text as a repository's name. Throws `NAME_INVALID`. */
export function nameIn(text: string): string {
  if (text.length <= maxNameLength && isRepositoryName(text)) return text;
  throw new ProtocolError("NAME_INVALID", `"${excerpt(text)}" is no repository name`);
}

function parseRoute(path: string): Route {
  if (path === "/v2" || path === "/v2/") return { kind: "base" };
  if (path === "/v2/_catalog") return { kind: "catalog" };
  for (const [pattern, toRoute] of patterns) {
    const match = pattern.exec(path);
    if (match !== null) return toRoute(match[1] ?? "", match[2] ?? "");
  }
  throw new ProtocolError("UNSUPPORTED", `${excerpt(path)} is no endpoint of a registry`, { status: 404 });
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new ProtocolError("NAME_INVALID", "the URL holds a malformed escape");
  }
}

const referenceIn = (text: string): string => (text.includes(":") ? digestIn(text) : tagIn(text));

function idIn(text: string): string {
  if (/^[a-f0-9-]{36}$/.test(text)) return text;
  throw new ProtocolError("BLOB_UPLOAD_UNKNOWN", "there is no such upload");
}

const excerpt = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text);
