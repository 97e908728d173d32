import { OciError } from "../../error.ts";
import { shownUrl, type WireResponse } from "./exchange.ts";

/** nextPage is where the `Link` of a list says that it goes on; only the same origin is believed. Throws `RESPONSE_INVALID`. */
export function nextPage({ headers, url }: Pick<WireResponse, "headers" | "url">): URL | undefined {
  const value = headers.link;
  const text = Array.isArray(value) ? value.join(", ") : value;
  if (text === undefined) return undefined;
  for (const [, target = "", parameters = ""] of text.slice(0, 64 * 1024).matchAll(/<([^>]*)>([^,<]*)/g)) {
    if (!/;\s*rel\s*=\s*"?next"?\s*(?:;|$)/i.test(parameters)) continue;
    const next = URL.parse(target, url.href);
    if (next !== null && next.origin === url.origin) return next;
    throw new OciError("RESPONSE_INVALID", `${shownUrl(url)} says that its list goes on at another origin`, {
      category: "registry",
      hint: "the registry is set up wrongly or is hostile; nothing was sent there",
    });
  }
  return undefined;
}
