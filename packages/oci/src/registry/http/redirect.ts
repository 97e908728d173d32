import { OciError } from "../../error.ts";
import { addressKindOf } from "./address.ts";
import { shownUrl, type WireRequest, type WireResponse } from "./exchange.ts";

/** maxRedirects is how many redirects one request follows. */
export const maxRedirects = 10;

const statuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** isRedirect tells whether an answer to this request sends us somewhere else. */
export function isRedirect(request: WireRequest, response: WireResponse): boolean {
  if (!statuses.has(response.status) || response.headers.location === undefined) return false;
  // Others would turn an upload into a GET.
  return request.method === "GET" || request.method === "HEAD" || response.status === 307 || response.status === 308;
}

/**
 * redirected is the request to send next. The same origin gets the same request; another one gets no credentials and no headers but
 * those that describe the content. Throws `REDIRECT_REFUSED`.
 */
export function redirected(request: WireRequest, response: WireResponse, registry: URL): WireRequest {
  const url = locate(response, registry);
  if (url.origin === request.url.origin) return { ...request, url };
  const kept = Object.entries(request.headers).filter(([name]) => describesContent.has(name));
  return { ...request, url, headers: Object.fromEntries(kept), guarded: url.hostname !== registry.hostname };
}

const describesContent: ReadonlySet<string> = new Set(["accept", "content-type", "range"]);

/** locate reads the Location of an answer, relative or absolute, and judges where it leads. Throws `REDIRECT_REFUSED`. */
export function locate(response: Pick<WireResponse, "headers" | "url">, registry: URL): URL {
  const { location } = response.headers;
  const url = location === undefined ? null : URL.parse(location, response.url.href);
  if (url === null) throw refused(response.url, "without a usable Location");
  assertDestination(url, response.url, registry);
  // Credentials of the registry's making are still credentials sent where we did not mean to.
  url.username = "";
  url.password = "";
  url.hash = "";
  return url;
}

function assertDestination(url: URL, from: URL, registry: URL): void {
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refused(from, `to ${url.protocol}`);
  if (from.protocol === "https:" && url.protocol === "http:") {
    throw refused(from, `to plain HTTP (${shownUrl(url)})`);
  }
  if (url.hostname === registry.hostname) return;
  const kind = addressKindOf(url.hostname);
  const isOwn = kind === "loopback" && addressKindOf(registry.hostname) === "loopback";
  if (!isOwn && (kind === "loopback" || kind === "link-local" || kind === "unspecified")) {
    throw refused(from, `to ${url.host}, which is an address inside of this machine`);
  }
}

const refused = (from: URL, where: string): OciError =>
  new OciError("REDIRECT_REFUSED", `${shownUrl(from)} leads ${where}`, {
    category: "registry",
    hint: "the registry, or something in between, is set up wrongly or is hostile; nothing was sent there",
  });
