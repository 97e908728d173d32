import { OciError } from "../../error.ts";
import { addressKindOf } from "../http/address.ts";

/**
 * parseRealm judges the URL of a token server, which the registry names and which gets our credentials: https, or http when the
 * registry itself is; an address inside of this machine or its network only when it is the registry's own host.
 * Throws `REALM_REFUSED`. (CVE-2026-48978, CVE-2020-15157)
 */
export function parseRealm(realm: string, registry: URL): URL {
  const url = URL.parse(realm);
  if (url === null) throw refused(registry, "which is no absolute URL");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && registry.protocol === "http:")) {
    throw refused(registry, `by ${url.protocol.slice(0, -1)} (${url.host}), which anybody in between can read`);
  }
  if (url.username !== "" || url.password !== "") throw refused(registry, "with a user name in its URL");
  url.hash = "";
  if (url.hostname === registry.hostname) return url;
  const kind = addressKindOf(url.hostname);
  if (kind === "name" || kind === "public") return url;
  if (kind === "loopback" && addressKindOf(registry.hostname) === "loopback") return url;
  throw refused(registry, `at ${url.host}, an address inside of this machine or its network`);
}

const refused = (registry: URL, what: string): OciError =>
  new OciError("REALM_REFUSED", `${registry.host} names a token server ${what}`, {
    category: "registry",
    hint: "the registry is set up wrongly or is hostile; no credentials were sent",
  });
