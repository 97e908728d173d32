import { Readable } from "node:stream";
import { OciError } from "../error.ts";
import type { StorageOptions } from "../storage.ts";
import { createVerifier, type Expected, markHeld, type Verifier } from "../verify-content.ts";
import type { ApiClient, ApiRequest } from "./http/api-client.ts";
import { contentLengthOf, headerOf, type WireResponse } from "./http/exchange.ts";
import { IdleTimer } from "./http/idle-timer.ts";
import { delayFor, isRetryableError } from "./http/retry.ts";
import { countGarbage } from "./http/young-garbage.ts";

/** DownloadPlan is what is downloaded and from where. */
export interface DownloadPlan extends StorageOptions {
  readonly expected: Expected;
  readonly request: ApiRequest;
}

/**
 * download opens content of a registry: verified while it streams, its last chunk given out only when size and digest are right.
 * A connection that breaks is taken up again where it broke. Throws as `ApiClient.request`; the stream fails with `SIZE_MISMATCH`,
 * `DIGEST_MISMATCH`, `CONNECTION_LOST`, `REQUEST_TIMEOUT`.
 */
export async function download(api: ApiClient, plan: DownloadPlan, first: WireResponse): Promise<Readable> {
  const running = new Download(api, plan, first);
  const { signal } = plan;
  const stream = new Readable({
    highWaterMark: 128 * 1024,
    ...(signal !== undefined && { signal }),
    read() {
      running.next().then(
        (chunk) => this.push(chunk),
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    },
    destroy(error, done) {
      running.close();
      done(error);
    },
  });
  return markHeld(stream, plan.expected);
}

/** Progress that makes up for a broken connection, in bytes: a long download may break often. */
const progressThatCounts = 1024 * 1024;

class Download {
  readonly #api: ApiClient;
  readonly #plan: DownloadPlan;
  readonly #verifier: Verifier;
  readonly #idle: IdleTimer;
  #response: WireResponse;
  #chunks: AsyncIterator<Buffer>;
  #received = 0;
  /** Bytes to leave out: the registry did not start where it was asked to. */
  #skip = 0;
  #failures = 0;
  #failedAt = 0;
  #finished = false;

  constructor(api: ApiClient, plan: DownloadPlan, first: WireResponse) {
    this.#api = api;
    this.#plan = plan;
    this.#verifier = createVerifier(plan.expected, this.#origin);
    this.#idle = new IdleTimer(api.host.idle, (error) => this.#response.body.destroy(error));
    this.#response = first;
    this.#chunks = first.body[Symbol.asyncIterator]();
    if (plan.expected.size === 0) this.#finish();
  }

  get #origin() {
    return { origin: this.#api.host.endpoint.registry, category: "registry" } as const;
  }

  close(): void {
    this.#idle.stop();
    this.#response.body.destroy();
  }

  async next(): Promise<Uint8Array | null> {
    for (;;) {
      const chunk = await this.#read();
      if (chunk === null) {
        if (!this.#finished) this.#finish();
        this.#idle.stop();
        return null;
      }
      if (chunk.byteLength === 0) continue;
      this.#take(chunk);
      return chunk;
    }
  }

  #take(chunk: Uint8Array): void {
    if (this.#finished) throw tooLong(this.#plan.expected, this.#origin.origin);
    this.#verifier.update(chunk);
    this.#received += chunk.byteLength;
    countGarbage(chunk.byteLength);
    if (this.#received === this.#plan.expected.size) this.#finish();
  }

  #finish(): void {
    this.#verifier.finish();
    this.#finished = true;
  }

  /** The next new bytes; null at the end of the body. */
  async #read(): Promise<Uint8Array | null> {
    for (;;) {
      try {
        this.#idle.start();
        const { done, value } = await this.#chunks.next();
        this.#idle.pause();
        if (done !== true) {
          const skipped = Math.min(this.#skip, value.byteLength);
          this.#skip -= skipped;
          return value.subarray(skipped);
        }
        // Without a Content-Length a broken connection looks like an end.
        if (this.#finished || this.#received >= this.#plan.expected.size || hasLength(this.#response)) return null;
        throw Object.assign(new Error("the body ended early"), { code: "ERR_STREAM_PREMATURE_CLOSE" });
      } catch (error) {
        this.#idle.stop();
        this.#plan.signal?.throwIfAborted();
        await this.#resume(error);
      }
    }
  }

  async #resume(error: unknown): Promise<void> {
    const { host } = this.#api;
    const { request } = this.#plan;
    if (this.#received - this.#failedAt >= progressThatCounts) this.#failures = 0;
    this.#failedAt = this.#received;
    const delay = ++this.#failures < host.retry.attempts ? delayFor(this.#failures, undefined, host.retry) : undefined;
    const cause = codeIn(error);
    if (delay === undefined || !isRetryableError(cause)) {
      throw this.#api.networkError(cause, request.action, request.url);
    }
    this.#response.body.destroy();
    await this.#api.pause(request, delay, "the body broke off");
    const headers = { ...request.headers, range: `bytes=${this.#received}-` };
    const isPart = this.#received > 0;
    const next = await this.#api.request(isPart ? { ...request, headers, expect: [200, 206] } : request);
    this.#skip = next.status === 206 ? this.#received - startOf(next, request.action) : this.#received;
    if (this.#skip < 0) throw wrongRange(request.action);
    this.#response = next;
    this.#chunks = next.body[Symbol.asyncIterator]();
  }
}

/** got says ERR_READING_RESPONSE_STREAM and keeps what happened as the cause. */
function codeIn(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (isRetryableError(cause)) return cause;
  return isRetryableError(error) ? error : cause;
}

const hasLength = (response: WireResponse): boolean => contentLengthOf(response) !== undefined;

function startOf(response: WireResponse, action: string): number {
  const start = /^bytes (\d+)-/.exec(headerOf(response, "content-range") ?? "")?.[1];
  if (start === undefined) throw wrongRange(action);
  return Number(start);
}

const wrongRange = (action: string): OciError =>
  new OciError("RESPONSE_INVALID", `cannot ${action}: the registry sent another part than it was asked for`, {
    category: "registry",
  });

const tooLong = ({ digest, size }: Expected, origin: string): OciError =>
  new OciError("SIZE_MISMATCH", `${digest} in ${origin} is too long: more than ${size} bytes`, {
    category: "registry",
  });
