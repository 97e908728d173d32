import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ProtocolError } from "./protocol-error.ts";

/** Headers of an answer; undefined ones are left out. */
export type AnswerHeaders = Readonly<Record<string, string | number | undefined>>;

const awaitingContinue = new WeakSet<IncomingMessage>();

/** expectContinue marks a request whose client sends the body only when told to. */
export function expectContinue(request: IncomingMessage): void {
  awaitingContinue.add(request);
}

/** Exchange is one request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;

  constructor(request: IncomingMessage, response: ServerResponse, query: URLSearchParams) {
    this.request = request;
    this.response = response;
    this.query = query;
  }

  get method(): string {
    return this.request.method ?? "GET";
  }

  /** A header of the request; several of the same name are joined. */
  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  /** The announced length of the body in bytes; undefined when it is streamed. Throws `SIZE_INVALID`. */
  get contentLength(): number | undefined {
    const text = this.header("content-length");
    if (text === undefined) return this.header("transfer-encoding") === undefined ? 0 : undefined;
    if (!/^\d{1,15}$/.test(text)) throw new ProtocolError("SIZE_INVALID", "Content-Length is no number");
    return Number(text);
  }

  /** The body, as it comes in. Whoever stops reading can still answer. */
  body(): AsyncIterable<Uint8Array> {
    if (awaitingContinue.delete(this.request)) this.response.writeContinue();
    return { [Symbol.asyncIterator]: () => this.request.iterator({ destroyOnReturn: false }) };
  }

  /** Reads a small body whole. Throws `SIZE_INVALID` (413) above `limit` bytes. */
  async readBody(limit: number): Promise<Uint8Array> {
    const tooLarge = () => new ProtocolError("SIZE_INVALID", `the limit is ${limit} bytes`, { status: 413 });
    if ((this.contentLength ?? 0) > limit) throw tooLarge();
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.body()) {
      size += chunk.byteLength;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** Answers without a body, or with a short one. */
  send(status: number, headers: AnswerHeaders = {}, body?: Uint8Array | string): void {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const length = bytes === undefined ? {} : { "Content-Length": bytes.byteLength };
    this.#writeHead(
      status,
      status === 204 || status === 304 ? headers : { "Content-Length": 0, ...length, ...headers },
    );
    this.response.end(this.method === "HEAD" ? undefined : bytes);
  }

  /** Answers with JSON. */
  sendJson(status: number, value: unknown, headers: AnswerHeaders = {}): void {
    this.send(status, { "Content-Type": "application/json", ...headers }, JSON.stringify(value));
  }

  /** Answers with a stream. A stream that fails ends the connection: the client sees a body that is too short. */
  async stream(status: number, headers: AnswerHeaders, source: Readable): Promise<void> {
    this.#writeHead(status, headers);
    if (this.method === "HEAD") {
      source.destroy();
      this.response.end();
      return;
    }
    await pipeline(source, this.response).catch(() => this.response.destroy());
  }

  #writeHead(status: number, headers: AnswerHeaders): void {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.response.setHeader(name, value);
    }
    this.response.writeHead(status);
  }
}
