import { OciError } from "../../error.ts";
import type { ApiClient, ApiRequest } from "../http/api-client.ts";
import { discard, headerOf, shownUrl, type WireResponse } from "../http/exchange.ts";
import { locate } from "../http/redirect.ts";

/** Session is an upload that a registry has opened. */
export interface Session {
  /** Where it goes on: always what the last answer said, never put together by us. */
  url: URL;
  /** The least size of a chunk but the last, in bytes (`OCI-Chunk-Min-Length`). */
  readonly minChunk: number;
}

/** sessionOf reads the answer that opens or continues an upload. Throws `RESPONSE_INVALID`, `REDIRECT_REFUSED`. */
export function sessionOf(response: WireResponse, registry: URL): Session {
  if (response.headers.location === undefined) {
    throw new OciError("RESPONSE_INVALID", `${shownUrl(response.url)} opened an upload without a Location`, {
      category: "registry",
    });
  }
  const minChunk = Number(headerOf(response, "oci-chunk-min-length") ?? 0);
  return { url: locate(response, registry), minChunk: Number.isSafeInteger(minChunk) && minChunk > 0 ? minChunk : 0 };
}

/** follow takes over the Location of an answer, if it has one. */
export function follow(session: Session, response: WireResponse, registry: URL): void {
  if (response.headers.location !== undefined) session.url = locate(response, registry);
}

/** withDigest adds the digest to an upload's URL and leaves everything else as the registry wrote it. */
export function withDigest(url: URL, digest: string): URL {
  const next = new URL(url);
  next.search = `${url.search === "" ? "?" : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return next;
}

/**
 * receivedIn reads how many bytes an upload holds: `Range: 0-<last>`, also written `bytes=0-<last>`; undefined where it says nothing.
 * `0-0` is one byte to the specification and none to most registries: it counts as none.
 */
export function receivedIn(response: WireResponse): number | undefined {
  const match = /^(?:bytes=)?0-(\d+)$/.exec(headerOf(response, "range")?.trim() ?? "");
  if (match === null) return undefined;
  const last = Number(match[1]);
  return last === 0 ? 0 : last + 1;
}

/** cancel tells the registry that nothing more comes; whether it listens is no matter. */
export async function cancel(
  api: ApiClient,
  session: Session,
  request: Pick<ApiRequest, "scopes" | "action">,
): Promise<void> {
  const signal = AbortSignal.timeout(5000);
  await api
    .request({ ...request, method: "DELETE", url: session.url, expect: [200, 202, 204, 404], retry: false, signal })
    .then(discard, () => undefined);
}
