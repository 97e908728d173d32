import { OciError } from "../error.ts";
import { isJsonObject, type JsonObject } from "../strict-json.ts";
import type { ApiClient, ApiRequest } from "./http/api-client.ts";
import { shownUrl, type WireResponse } from "./http/exchange.ts";
import { nextPage } from "./http/link.ts";
import { readBody } from "./http/read-body.ts";

/** The most pages of a list that are read. */
const maxPages = 1000;
const maxPageSize = 16 * 1024 * 1024;

/** listPages reads a list page by page, as its Link headers say; each page once, on the same origin. Throws `RESPONSE_INVALID`. */
export async function* listPages(
  api: ApiClient,
  request: ApiRequest,
  first?: WireResponse,
): AsyncGenerator<JsonObject, void, undefined> {
  const seen = new Set<string>([request.url.href]);
  let response = first ?? (await api.request(request));
  for (let page = 1; ; page++) {
    yield await readPage(api, request, response);
    const next = nextPage(response);
    if (next === undefined) return;
    if (seen.has(next.href) || page === maxPages) {
      throw invalid(`${shownUrl(next)} is a list without an end`);
    }
    seen.add(next.href);
    response = await api.request({ ...request, url: next });
  }
}

async function readPage(api: ApiClient, { action, url }: ApiRequest, response: WireResponse): Promise<JsonObject> {
  const body = await readBody(response.body, maxPageSize, api.host.idle).catch((error: unknown) => {
    throw api.networkError(error, action, url);
  });
  if (body === undefined) throw invalid(`a page of ${shownUrl(url)} has more than ${maxPageSize} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(body));
  } catch {
    throw invalid(`${shownUrl(url)} is no JSON`);
  }
  if (!isJsonObject(value)) throw invalid(`${shownUrl(url)} is no object`);
  return value;
}

const invalid = (message: string): OciError => new OciError("RESPONSE_INVALID", message);
