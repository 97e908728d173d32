import { setTimeout as sleep } from "node:timers/promises";
import { printable } from "@stax/errors";
import { OciError } from "../../error.ts";
import type { Limit } from "../../limit.ts";
import type { Authorizer } from "../auth/authorizer.ts";
import type { ClientEvent } from "../client-event.ts";
import type { Endpoint } from "./endpoint.ts";
import {
  contentLengthOf,
  discard,
  headerOf,
  type Method,
  type RequestBody,
  shownUrl,
  type WireRequest,
  type WireResponse,
} from "./exchange.ts";
import { networkFailure, statusFailure } from "./failure.ts";
import { isRedirect, maxRedirects, redirected } from "./redirect.ts";
import { delayFor, type FullRetryPolicy, isRetryableError, isRetryableStatus } from "./retry.ts";
import type { Transport } from "./transport.ts";
import { parseWarnings } from "./warning.ts";

/** ApiRequest is a request to a registry's API. */
export interface ApiRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: RequestBody | undefined;
  readonly scopes: readonly string[];
  /** Completes "cannot …" in messages. */
  readonly action: string;
  /** Statuses that are returned; every other one is thrown. */
  readonly expect: readonly number[];
  /** Try again after failures that may pass (default true); uploads do so themselves. */
  readonly retry?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Host is what all repositories of one registry share. */
export interface Host {
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly retry: FullRetryPolicy;
  /** In milliseconds. */
  readonly idle: number;
  /** Requests without a body and with one are counted apart: the latter may wait for the former. */
  readonly reads: Limit;
  readonly writes: Limit;
  readonly seenWarnings: Set<string>;
  readonly onEvent: ((event: ClientEvent) => void) | undefined;
}

/** ApiClient sends requests to one registry: authorized, redirected, retried. */
export class ApiClient {
  readonly host: Host;
  readonly #authorizer: Authorizer;

  constructor(host: Host, authorizer: Authorizer) {
    this.host = host;
    this.#authorizer = authorizer;
  }

  /** request returns the answer if its status is expected. Throws an `OciError` of the category `registry`. */
  async request(request: ApiRequest): Promise<WireResponse> {
    const limit = request.body === undefined || request.body.size === 0 ? this.host.reads : this.host.writes;
    const response = await limit(() => this.#send(request));
    this.#warn(response);
    if (request.expect.includes(response.status)) return response;
    throw await statusFailure(response, this.#context(request));
  }

  /** failure is the error for an answer that the caller judges itself. */
  failure(response: WireResponse, request: Pick<ApiRequest, "action">): Promise<OciError> {
    return statusFailure(response, this.#context(request));
  }

  /** networkError is the error for a body that broke off. */
  networkError(error: unknown, action: string, url: URL): unknown {
    return networkFailure(error, this.#context({ action }), url.host);
  }

  async #send(request: ApiRequest): Promise<WireResponse> {
    const attempts = request.retry === false ? 1 : this.host.retry.attempts;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#authorized(request).catch((error: unknown) => ({ error }));
      const response = "error" in outcome ? undefined : outcome;
      const passes = "error" in outcome ? isRetryableError(outcome.error) : isRetryableStatus(outcome.status);
      const delay = passes && attempt < attempts ? delayFor(attempt, response, this.host.retry) : undefined;
      if (delay === undefined) {
        if ("error" in outcome) throw networkFailure(outcome.error, this.#context(request), request.url.host);
        return outcome;
      }
      if (response !== undefined) discard(response);
      await this.pause(request, delay, response?.status ?? "connection lost");
    }
  }

  /** pause waits before the next attempt and says so. */
  async pause(
    request: Pick<ApiRequest, "method" | "url" | "signal">,
    delay: number,
    reason: number | string,
  ): Promise<void> {
    this.host.onEvent?.({
      type: "retry",
      method: request.method,
      url: shownUrl(request.url),
      reason: String(reason),
      delay,
    });
    await sleep(delay, undefined, request.signal === undefined ? {} : { signal: request.signal }).catch(
      (error: unknown) => {
        request.signal?.throwIfAborted();
        throw error;
      },
    );
  }

  async #authorized(request: ApiRequest): Promise<WireResponse> {
    // A cached token may have ended early, and the next one may lack a scope: each gets one chance.
    for (let turn = 0; ; turn++) {
      const sent = await this.#authorizer.authorization(request.scopes);
      const response = await this.#follow(request, sent);
      if (response.status !== 401 || response.url.origin !== this.host.endpoint.base.origin || turn === 2)
        return response;
      if (turn > 0 && sent === undefined) return response;
      if (!(await this.#authorizer.challenged(response, request.scopes, sent))) return response;
      discard(response);
    }
  }

  async #follow(
    { method, url, headers = {}, body, signal }: ApiRequest,
    authorization: string | undefined,
  ): Promise<WireResponse> {
    const { base } = this.host.endpoint;
    let request: WireRequest = { method, url, headers, body, signal };
    // An upload may go on at another origin: the Location says so, and gets no credentials.
    if (url.origin !== base.origin) request = { ...request, guarded: url.hostname !== base.hostname };
    else if (authorization !== undefined) request = { ...request, headers: { ...headers, authorization } };
    for (let hops = 0; ; hops++) {
      const response = await this.#wire(request);
      if (!isRedirect(request, response)) return response;
      if (hops === maxRedirects) throw tooManyRedirects(url);
      const next = redirected(request, response, base);
      discard(response);
      request = next;
    }
  }

  async #wire(request: WireRequest): Promise<WireResponse> {
    const started = performance.now();
    const response = await this.host.transport.send(request);
    this.host.onEvent?.({
      type: "request",
      method: request.method,
      url: shownUrl(request.url),
      status: response.status,
      duration: performance.now() - started,
      size: contentLengthOf(response),
    });
    return response;
  }

  #warn(response: WireResponse): void {
    const { seenWarnings, onEvent, endpoint } = this.host;
    for (const text of parseWarnings(headerOf(response, "warning"))) {
      if (seenWarnings.has(text) || seenWarnings.size >= maxWarnings) continue;
      seenWarnings.add(text);
      onEvent?.({ type: "warning", registry: endpoint.registry, text: printable(text) });
    }
  }

  #context({ action }: Pick<ApiRequest, "action">) {
    return {
      action,
      registry: this.host.endpoint.registry,
      hasCredentials: this.#authorizer.hasCredential,
      secrets: this.#authorizer.secrets(),
      idle: this.host.idle,
    };
  }
}

const maxWarnings = 100;

const tooManyRedirects = (url: URL): OciError =>
  new OciError("REDIRECT_REFUSED", `${shownUrl(url)} leads on more than ${maxRedirects} times`, {
    category: "registry",
  });
