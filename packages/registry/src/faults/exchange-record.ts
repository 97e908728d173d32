import type { IncomingMessage } from "node:http";
import { parseTarget, type Route } from "../server/route.ts";
import type { EndpointKind, RequestRecord } from "./fault.ts";

/** MutableRecord is a {@link RequestRecord} while the request is under way. */
export type MutableRecord = { -readonly [Key in keyof RequestRecord]: RequestRecord[Key] } & { faults: string[] };

/** recordOf starts the record of a request. */
export function recordOf(request: IncomingMessage): MutableRecord {
  const { method = "GET", url = "/", headers } = request;
  const route = routeOf(url);
  return {
    method,
    url,
    headers,
    kind: kindOf(route),
    name: route !== undefined && "name" in route ? route.name : undefined,
    status: undefined,
    received: 0,
    sent: 0,
    faults: [],
  };
}

/** scopesOf lists what a token must allow for a request (distribution's token scopes). */
export function scopesOf({ method, url, name }: RequestRecord): readonly string[] {
  if (name === undefined) return [];
  const actions = method === "GET" || method === "HEAD" ? "pull" : method === "DELETE" ? "delete" : "pull,push";
  const from = new URL(url, "http://registry").searchParams.get("from");
  return [`repository:${name}:${actions}`, ...(from === null ? [] : [`repository:${from}:pull`])];
}

const kindOf = (route: Route | undefined): EndpointKind => route?.kind ?? "other";

function routeOf(url: string): Route | undefined {
  try {
    return parseTarget(url).route;
  } catch {
    return undefined;
  }
}
