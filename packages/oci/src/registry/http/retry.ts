import { codeOf } from "../../file-system.ts";
import { headerOf, type WireResponse } from "./exchange.ts";

/** RetryPolicy says how often and how fast a request is tried; times in milliseconds. */
export interface RetryPolicy {
  /** Tries in all (default 5). */
  readonly attempts?: number | undefined;
  /** The first wait; each next one is twice as long, all with jitter (default 250). */
  readonly minDelay?: number | undefined;
  /** The longest wait of our own choice (default 8,000). */
  readonly maxDelay?: number | undefined;
  /** A registry that asks for a longer wait (Retry-After) is not waited for (default 60,000). */
  readonly maxRetryAfter?: number | undefined;
}

/** FullRetryPolicy has every default filled in. */
export type FullRetryPolicy = Required<{ readonly [Name in keyof RetryPolicy]: number }>;

/** fullRetryPolicy fills in the defaults. */
export function fullRetryPolicy(policy: RetryPolicy = {}): FullRetryPolicy {
  const { attempts = 5, minDelay = 250, maxDelay = 8000, maxRetryAfter = 60_000 } = policy;
  return { attempts, minDelay, maxDelay, maxRetryAfter };
}

const statuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524]);

/** isRetryableStatus tells whether the same request may fare better later. */
export function isRetryableStatus(status: number): boolean {
  return statuses.has(status);
}

const codes: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENETDOWN",
  "ENETRESET",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ERR_HTTP_CONTENT_LENGTH_MISMATCH",
  "HPE_INVALID_EOF_STATE",
]);

/** isRetryableError tells whether a failure of the network may pass. A refused connection and an unknown host are told at once. */
export function isRetryableError(error: unknown): boolean {
  return codes.has(codeOf(error) ?? "");
}

/** delayFor is how long to wait before the next attempt (1 is the first); undefined when the registry asks for too long a wait. */
export function delayFor(
  attempt: number,
  response: WireResponse | undefined,
  policy: FullRetryPolicy,
): number | undefined {
  const own = Math.min(policy.minDelay * 2 ** (attempt - 1), policy.maxDelay) * (0.75 + Math.random() / 2);
  const asked = response === undefined ? undefined : retryAfterOf(response);
  if (asked === undefined) return own;
  return asked > policy.maxRetryAfter ? undefined : Math.max(asked, own);
}

/** settlingDelay is how long a registry gets to see what it was just given, thrice and less than a second in all; undefined after that. */
export function settlingDelay(attempt: number, { minDelay, maxDelay }: FullRetryPolicy): number | undefined {
  if (attempt > 3) return undefined;
  return Math.min((minDelay / 5) * 3 ** (attempt - 1), maxDelay) * (0.75 + Math.random() / 2);
}

/** retryAfterOf reads `Retry-After`, seconds or a date, in milliseconds from now. */
export function retryAfterOf(response: Pick<WireResponse, "headers">, now: number = Date.now()): number | undefined {
  const text = headerOf(response, "retry-after")?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  // The registry's clock and ours need not agree; its own Date tells how long it means.
  const date = Date.parse(text);
  const sent = Date.parse(headerOf(response, "date") ?? "");
  return Number.isNaN(date) ? undefined : Math.max(0, date - (Number.isNaN(sent) ? now : sent));
}
