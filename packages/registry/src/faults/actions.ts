import { setTimeout as delay } from "node:timers/promises";
import { type AnswerHead, BrokenConnection, type FaultAction, type FaultAnswer } from "./fault.ts";

/** answerWith gives an answer of the test's own. */
export function answerWith(answer: FaultAnswer): FaultAction {
  return { name: `answer ${answer.status}`, answer: () => answer };
}

/** fail answers with an error of the specification's shape. */
export function fail(status: number, code = "UNKNOWN", headers: FaultAnswer["headers"] = {}): FaultAction {
  const body = JSON.stringify({ errors: [{ code, message: `injected ${status}` }] });
  return answerWith({ status, headers: { "Content-Type": "application/json", ...headers }, body });
}

/** tooManyRequests answers 429 with a Retry-After in seconds, or as a date. */
export function tooManyRequests(retryAfter?: number | Date): FaultAction {
  const value = retryAfter instanceof Date ? retryAfter.toUTCString() : retryAfter?.toString();
  return fail(429, "TOOMANYREQUESTS", value === undefined ? {} : { "Retry-After": value });
}

/** reset breaks the connection before the registry sees the request. */
export function reset(): FaultAction {
  return {
    name: "reset",
    answer: () => {
      throw new BrokenConnection("reset");
    },
  };
}

/** resetUpload breaks the connection once `after` bytes of the request's body have passed; the registry has those. */
export function resetUpload(after: number): FaultAction {
  return { name: `reset upload after ${after}`, request: (chunks) => broken(chunks, after, "reset") };
}

/** resetDownload breaks the connection once `after` bytes of the answer's body were sent. */
export function resetDownload(after: number): FaultAction {
  return { name: `reset download after ${after}`, response: (chunks) => broken(chunks, after, "reset") };
}

/**
 * truncate ends the answer's body after `after` bytes: the connection closes in the middle, or with `clean` the answer seems
 * complete (chunked, without Content-Length), so that only the size tells.
 */
export function truncate(after: number, options: { readonly clean?: boolean } = {}): FaultAction {
  if (options.clean !== true) {
    return { name: `truncate after ${after}`, response: (chunks) => broken(chunks, after, "close") };
  }
  return {
    name: `truncate cleanly after ${after}`,
    head: (head) => withHeaders(head, { "content-length": undefined }),
    response: (chunks) => first(chunks, after),
  };
}

/** corrupt flips one bit of the answer's body, at an offset or at a random one of its first chunk. */
export function corrupt(at?: number): FaultAction {
  return {
    name: "corrupt",
    async *response(chunks, { random }) {
      let position = 0;
      let target = at;
      for await (const chunk of chunks) {
        target ??= Math.floor(random() * chunk.byteLength);
        const copy = Buffer.from(chunk);
        const offset = target - position;
        if (offset >= 0 && offset < copy.byteLength) copy[offset] = (copy[offset] ?? 0) ^ 1;
        position += copy.byteLength;
        yield copy;
      }
    },
  };
}

/** append sends bytes after the answer's body that do not belong to it. */
export function append(text: string): FaultAction {
  return {
    name: "append",
    head: (head) => withHeaders(head, { "content-length": undefined }),
    async *response(chunks) {
      yield* chunks;
      yield Buffer.from(text);
    },
  };
}

/** slow sends the answer's body at a rate, in bytes per second. */
export function slow(bytesPerSecond: number): FaultAction {
  return {
    name: `slow ${bytesPerSecond}`,
    async *response(chunks, { signal }) {
      const step = Math.max(1, Math.floor(bytesPerSecond / 20));
      for await (const chunk of chunks) {
        for (let at = 0; at < chunk.byteLength; at += step) {
          await delay(50, undefined, { signal });
          yield chunk.subarray(at, at + step);
        }
      }
    },
  };
}

/** stall sends `after` bytes of the answer's body, and nothing more until the client gives up. */
export function stall(after: number): FaultAction {
  return {
    name: `stall after ${after}`,
    async *response(chunks, { signal }) {
      yield* first(chunks, after);
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    },
  };
}

/** late answers after a while, in milliseconds. */
export function late(time: number): FaultAction {
  return {
    name: `late ${time}`,
    async answer(_request, { signal }) {
      await delay(time, undefined, { signal });
      return undefined;
    },
  };
}

/** lie replaces headers of the answer, or with undefined removes them: Docker-Content-Digest, Content-Length, Content-Type, OCI-Subject. */
export function lie(headers: Readonly<Record<string, string | undefined>>): FaultAction {
  return { name: `lie about ${Object.keys(headers).join(", ")}`, head: (head) => withHeaders(head, headers) };
}

/** redirectTo sends the client to the same path of another origin. */
export function redirectTo(origin: string, status = 307): FaultAction {
  return {
    name: "redirect",
    answer: ({ url }) => ({ status, headers: { Location: `${origin.replace(/\/$/, "")}${url}` } }),
  };
}

/** limitBody refuses requests whose body is announced larger than this, in bytes. */
export function limitBody(bytes: number, status: 413 | 416): FaultAction {
  const refusal = fail(status, "SIZE_INVALID");
  return {
    name: `limit of ${bytes}`,
    answer: (request, context) =>
      Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY) > bytes
        ? refusal.answer?.(request, context)
        : undefined,
  };
}

/** withHeaders replaces headers without regard to case; undefined removes one. */
export function withHeaders(head: AnswerHead, changes: Readonly<Record<string, string | undefined>>): AnswerHead {
  const changed = new Set(Object.keys(changes).map((name) => name.toLowerCase()));
  const kept = Object.entries(head.headers).filter(([name]) => !changed.has(name.toLowerCase()));
  const added = Object.entries(changes).filter(([, value]) => value !== undefined);
  return { ...head, headers: Object.fromEntries([...kept, ...added]) };
}

async function* first(chunks: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    if (left <= 0) return;
    yield chunk.subarray(0, left);
    left -= chunk.byteLength;
  }
}

async function* broken(
  chunks: AsyncIterable<Uint8Array>,
  after: number,
  how: "reset" | "close",
): AsyncGenerator<Uint8Array> {
  let passed = 0;
  for await (const chunk of chunks) {
    const rest = chunk.subarray(0, after - passed);
    if (rest.byteLength > 0) yield rest;
    passed += rest.byteLength;
    if (passed >= after) throw new BrokenConnection(how);
  }
}
