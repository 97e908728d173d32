import { once } from "node:events";
import {
  type Agent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as sendRequest,
} from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { MutableRecord } from "./exchange-record.ts";
import type { BodyContext, BodyTransform, BrokenConnection, FaultAction } from "./fault.ts";

/** Forwarding is one request on its way to the registry behind. */
export interface Forwarding {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: MutableRecord;
  readonly actions: readonly FaultAction[];
  readonly context: BodyContext;
  /** Of the registry behind. */
  readonly origin: string;
  readonly agent: Agent;
}

const hopByHop: readonly string[] = ["connection", "keep-alive", "expect"];

/** forward asks the registry behind and gives its answer to the client, both changed by the actions. Throws `BrokenConnection`. */
export async function forward(forwarding: Forwarding): Promise<void> {
  const { request, response, record, actions, context, agent } = forwarding;
  const url = actions.reduce((path, action) => action.rewrite?.(path) ?? path, record.url);
  const target = new URL(forwarding.origin);
  const upstream = sendRequest({
    hostname: target.hostname,
    port: target.port,
    path: url,
    method: record.method,
    headers: without(request.headers, hopByHop),
    agent,
    signal: context.signal,
  });
  const answered = once(upstream, "response");
  // The registry may answer before it has read the body.
  const sending = pipeline(Readable.from(transformed(counted(request, record), actions, "request", context)), upstream);
  // Whoever loses the race may still fail later.
  answered.catch(() => undefined);
  sending.catch(() => undefined);
  const [answer]: IncomingMessage[] = await Promise.race([answered, sending.then(() => answered)]);
  if (answer === undefined) throw new Error("an answer is an incoming message");
  await deliver(forwarding, answer, response);
}

async function deliver(forwarding: Forwarding, answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const { record, actions, context } = forwarding;
  const original = {
    status: answer.statusCode ?? 500,
    headers: without(answer.headers, [...hopByHop, "transfer-encoding"]),
  };
  const head = actions.reduce((current, action) => action.head?.(current, record) ?? current, original);
  record.status = head.status;
  response.writeHead(head.status, head.headers);
  if (record.method === "HEAD") {
    answer.resume();
    response.end();
    return;
  }
  for await (const chunk of transformed(answer, actions, "response", context)) {
    record.sent += chunk.byteLength;
    if (!response.write(chunk)) await once(response, "drain", { signal: context.signal });
  }
  response.end();
}

/** breakConnection ends a client's connection; what was written before is sent first. */
export function breakConnection(response: ServerResponse, { how }: BrokenConnection): void {
  const { socket } = response;
  if (how === "close") socket?.end(() => socket.destroy());
  else if (!response.headersSent) socket?.resetAndDestroy();
  // A reset overtakes what was sent before: the client is to see the beginning.
  else setTimeout(() => socket?.resetAndDestroy(), 25);
}

function transformed(
  chunks: AsyncIterable<Uint8Array>,
  actions: readonly FaultAction[],
  side: "request" | "response",
  context: BodyContext,
): AsyncIterable<Uint8Array> {
  const transforms = actions.flatMap((action): BodyTransform[] => (action[side] === undefined ? [] : [action[side]]));
  return transforms.reduce((source, transform) => transform(source, context), chunks);
}

async function* counted(request: IncomingMessage, record: MutableRecord): AsyncGenerator<Uint8Array> {
  for await (const chunk of request) {
    record.received += chunk.byteLength;
    yield chunk;
  }
}

function without(headers: OutgoingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}
