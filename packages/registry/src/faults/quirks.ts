import { fail, lie, limitBody, withHeaders } from "./actions.ts";
import type { Fault } from "./fault.ts";

/** withoutReferrers is a registry of before 1.1: no referrers API, no OCI-Subject. */
export function withoutReferrers(): readonly Fault[] {
  return [
    { when: { kind: "referrers" }, action: { ...notFound, name: "no referrers API" } },
    { when: { kind: "manifest", method: "PUT" }, action: lie({ "OCI-Subject": undefined }) },
  ];
}

/** likeEcr says OCI-Subject on push and has no referrers API all the same (aws/containers-roadmap#2783). */
export function likeEcr(): readonly Fault[] {
  return [{ when: { kind: "referrers" }, action: { ...notFound, name: "no referrers API" } }];
}

/** likeGgcr has the referrers API and never says OCI-Subject. */
export function likeGgcr(): readonly Fault[] {
  return [{ when: { kind: "manifest", method: "PUT" }, action: lie({ "OCI-Subject": undefined }) }];
}

/** likeGitlab has no referrers API, and takes the fallback tag `sha256-<hex>` for the digest itself (oras-go#1396). */
export function likeGitlab(): readonly Fault[] {
  return [
    ...withoutReferrers(),
    {
      when: { kind: "manifest", method: ["GET", "HEAD"], url: fallbackTag },
      action: {
        name: "fallback tag as digest",
        rewrite: (url) => url.replace(fallbackTag, "/manifests/$1:$2"),
      },
    },
  ];
}

/** likeGhcr refuses a chunk above 4 MiB with 416; a whole blob by PUT is welcome (oci-client#35). */
export function likeGhcr(limit = 4 * 1024 * 1024): readonly Fault[] {
  return [{ when: { kind: "upload", method: "PATCH" }, action: limitBody(limit, 416) }];
}

/** behindProxy refuses every large body with 413, as proxies with a limit on uploads do. */
export function behindProxy(limit: number): readonly Fault[] {
  return [{ when: { kind: ["upload", "uploads"] }, action: limitBody(limit, 413) }];
}

/** withAbsoluteLocations answers with absolute URLs, at the host that the client named. */
export function withAbsoluteLocations(): readonly Fault[] {
  return [
    {
      action: {
        name: "absolute Location",
        head: (head, { headers }) => {
          const { location } = head.headers;
          const isPath = typeof location === "string" && location.startsWith("/");
          return isPath ? withHeaders(head, { location: `http://${headers.host}${location}` }) : head;
        },
      },
    },
  ];
}

/** withUploadState puts a state into the Location of an upload that changes with every answer; an older one is refused (oras-py#150). */
export function withUploadState(): readonly Fault[] {
  const states = new Map<string, number>();
  let next = 1;
  const unknown = fail(404, "BLOB_UPLOAD_UNKNOWN");
  return [
    {
      when: { kind: ["uploads", "upload"] },
      action: {
        name: "upload state",
        rewrite: (url) => url.replace(statePattern, "$1").replace(/[?&]$/, ""),
        answer: (request, context) => {
          if (request.kind !== "upload") return undefined;
          const state = new URL(request.url, "http://registry").searchParams.get("_state");
          const isCurrent = states.get(pathOf(request.url)) === Number(state ?? Number.NaN);
          return isCurrent ? undefined : unknown.answer?.(request, context);
        },
        head: (head) => {
          const { location } = head.headers;
          if (typeof location !== "string" || !location.includes("/blobs/uploads/")) return head;
          states.set(pathOf(location), next);
          return withHeaders(head, { location: `${location}?_state=${next++}` });
        },
      },
    },
  ];
}

const notFound = {
  name: "not found",
  answer: () => ({ status: 404, headers: { "Content-Type": "text/plain" }, body: "404 page not found\n" }),
};

const fallbackTag = /\/manifests\/(sha256|sha512)-([a-f0-9]+)/;
const statePattern = /([?&])_state=\d+&?/;

const pathOf = (url: string): string => new URL(url, "http://registry").pathname;
