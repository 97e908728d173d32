import type { IncomingMessage, ServerResponse } from "node:http";
import { ProtocolError } from "./protocol-error.ts";

/** How long and how much of a refused body is read, so that the client gets to read the answer. */
const linger = { time: 2000, size: 16 * 1024 * 1024 };

/** sendFailure answers with an error. True when the server itself failed: the client learns no more than that. */
export function sendFailure(request: IncomingMessage, response: ServerResponse, error: unknown): boolean {
  const own = !(error instanceof ProtocolError) && !isGone(request, error);
  const failure =
    error instanceof ProtocolError ? error : new ProtocolError("UNKNOWN", "the registry failed; its log says why");
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return own;
  }
  for (const name of response.getHeaderNames()) {
    if (name.startsWith("content-") || name === "etag") response.removeHeader(name);
  }
  const body = Buffer.from(failure.toJson());
  response.writeHead(failure.status, {
    "Content-Type": "application/json",
    "Content-Length": body.byteLength,
    ...failure.headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
  if (!request.complete) drain(request);
  return own;
}

/** The client went away in the middle of its request. */
function isGone(request: IncomingMessage, error: unknown): boolean {
  return request.destroyed && error instanceof Error && "code" in error && error.code === "ECONNRESET";
}

/** Closing at once would reset the connection, and the answer would be lost on the way; so "Connection: close" is not said either. */
function drain(request: IncomingMessage): void {
  let seen = 0;
  const timer = setTimeout(() => request.destroy(), linger.time);
  timer.unref();
  request.on("data", (chunk: Uint8Array) => {
    seen += chunk.byteLength;
    if (seen > linger.size) request.destroy();
  });
  request.once("close", () => clearTimeout(timer));
  request.on("error", () => undefined);
  request.resume();
}
