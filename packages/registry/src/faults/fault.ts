import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Random } from "./random.ts";

/** EndpointKind is what a request is for; `other` is no endpoint of the specification. */
export type EndpointKind =
  | "base"
  | "blob"
  | "catalog"
  | "manifest"
  | "other"
  | "referrers"
  | "tags"
  | "upload"
  | "uploads";

/** RequestRecord is one request that reached the server, and what became of it. */
export interface RequestRecord {
  readonly method: string;
  /** Path and query, as the client wrote them. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly kind: EndpointKind;
  /** The repository, if the URL names one. */
  readonly name: string | undefined;
  /** What the client got; undefined until then, and when the connection was broken first. */
  readonly status: number | undefined;
  /** Bytes of the request's body that arrived. */
  readonly received: number;
  /** Bytes of the answer's body that were sent. */
  readonly sent: number;
  /** The faults that fired. */
  readonly faults: readonly string[];
}

/** FaultAnswer is an answer in place of the registry's. */
export interface FaultAnswer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

/** AnswerHead is status and headers of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
}

/** BodyContext is what a body's transformation may use. */
export interface BodyContext {
  readonly random: Random;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** BodyTransform changes a body on its way. It throws `BrokenConnection` to break the connection. */
export type BodyTransform = (chunks: AsyncIterable<Uint8Array>, context: BodyContext) => AsyncIterable<Uint8Array>;

/** BrokenConnection ends a connection: `reset` (RST) or `close` (FIN) in the middle of a body. */
export class BrokenConnection extends Error {
  readonly how: "reset" | "close";

  constructor(how: "reset" | "close") {
    super(`connection broken on purpose (${how})`);
    this.how = how;
  }
}

/** FaultAction is what goes wrong: any of these, in this order. */
export interface FaultAction {
  /** For the request log. */
  readonly name: string;
  /** Asks the registry for something else. */
  rewrite?(url: string): string;
  /** Answers in place of the registry, or breaks the connection by throwing `BrokenConnection`; undefined lets the request pass. */
  answer?(request: RequestRecord, context: BodyContext): FaultAnswer | undefined | Promise<FaultAnswer | undefined>;
  /** Changes the body of the request. */
  readonly request?: BodyTransform;
  /** Changes status and headers of the answer. */
  head?(head: AnswerHead, request: RequestRecord): AnswerHead;
  /** Changes the body of the answer. */
  readonly response?: BodyTransform;
}

/** FaultMatch says which requests a fault may hit; every field that is given must fit. */
export interface FaultMatch {
  readonly method?: string | readonly string[];
  readonly kind?: EndpointKind | readonly EndpointKind[];
  /** Against path and query. */
  readonly url?: RegExp;
}

/** Fault is an action and when it happens. */
export interface Fault {
  readonly action: FaultAction;
  /** Default: every request. */
  readonly when?: FaultMatch | ((request: RequestRecord) => boolean);
  /** How many requests that fit pass first (default 0). */
  readonly skip?: number;
  /** How often it happens (default: always). */
  readonly times?: number;
  /** From 0 to 1 (default 1), drawn from the seed. */
  readonly probability?: number;
}

/** ArmedFault is a fault that counts. */
export interface ArmedFault {
  readonly fault: Fault;
  seen: number;
  fired: number;
}

/** fires tells whether a fault happens to a request, and counts it. */
export function fires(armed: ArmedFault, request: RequestRecord, random: Random): boolean {
  const { when, skip = 0, times = Number.POSITIVE_INFINITY, probability = 1 } = armed.fault;
  if (armed.fired >= times || !fits(when, request)) return false;
  armed.seen++;
  if (armed.seen <= skip) return false;
  // Drawn only where it decides, so that other faults see the same numbers.
  if (probability < 1 && random() >= probability) return false;
  armed.fired++;
  return true;
}

function fits(when: Fault["when"], request: RequestRecord): boolean {
  if (when === undefined) return true;
  if (typeof when === "function") return when(request);
  const { method, kind, url } = when;
  return (
    includes(method, request.method) && includes(kind, request.kind) && (url === undefined || url.test(request.url))
  );
}

const includes = (wanted: string | readonly string[] | undefined, found: string): boolean =>
  wanted === undefined || (typeof wanted === "string" ? wanted === found : wanted.includes(found));
