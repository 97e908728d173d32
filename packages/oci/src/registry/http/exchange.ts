import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Content } from "../../storage.ts";

/** Method is an HTTP method of the distribution specification. */
export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** RequestBody is what a request sends: it is opened once for every attempt. */
export interface RequestBody extends Content {
  /** In bytes; what is shorter or longer than announced breaks the request. */
  readonly size: number;
}

/** WireRequest is one request on the wire. Header names are in lower case. */
export interface WireRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Refuse a name that leads to a link-local address: the URL came from a registry, not from the user. */
  readonly guarded?: boolean | undefined;
}

/** WireResponse is the answer to a request; its body must be read or discarded. */
export interface WireResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  readonly body: Readable;
  /** The answer came before the request was sent. */
  readonly isEarly: boolean;
}

/** headerOf is one header of a response; of several the first. */
export function headerOf({ headers }: Pick<WireResponse, "headers">, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}

/** contentTypeOf is the media type of a response without parameters, in lower case. */
export function contentTypeOf(response: Pick<WireResponse, "headers">): string | undefined {
  return headerOf(response, "content-type")?.split(";")[0]?.trim().toLowerCase() || undefined;
}

/** contentLengthOf is the announced size of a response's body in bytes. */
export function contentLengthOf(response: Pick<WireResponse, "headers">): number | undefined {
  const text = headerOf(response, "content-length");
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const size = Number(text);
  return Number.isSafeInteger(size) ? size : undefined;
}

/** discard ends a response whose body is not wanted: a short one is read, so that the connection can be used again. */
export function discard(response: WireResponse): void {
  const size = contentLengthOf(response);
  if (!response.isEarly && size !== undefined && size <= 64 * 1024) response.body.resume();
  else response.body.destroy();
}

/** shownUrl is a URL for messages: no credentials, no query (presigned URLs and upload states are secrets). */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
