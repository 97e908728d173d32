import type { IncomingMessage, ServerResponse } from "node:http";
import type { Request } from "./job.ts";
import { readRequest } from "./scripted-model.ts";

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string };
}

/** markerAnswer is what an MCP server with one tool answers; nothing to a notification. The marker stands in what the tool says it does. */
export function markerAnswer(text: string, marker: string): string | undefined {
  const { id, method = "", params } = JSON.parse(text) as Message; // a client's message of JSON-RPC
  if (id === undefined) return undefined;
  const results: Readonly<Record<string, object>> = {
    initialize: {
      protocolVersion: params?.protocolVersion ?? "2025-06-18",
      capabilities: { tools: {} },
      serverInfo: { name: "marker", version: "1.0.0" },
    },
    "tools/list": {
      tools: [
        { name: "mark", description: `${marker}: gives a mark`, inputSchema: { type: "object", properties: {} } },
      ],
    },
    "tools/call": { content: [{ type: "text", text: `${marker} called` }] },
    ping: {},
  };
  const result = results[method];
  const error = { code: -32601, message: `no method ${method}` };
  return JSON.stringify({ jsonrpc: "2.0", id, ...(result === undefined ? { error } : { result }) });
}

/** markerServer is an MCP server over streamable HTTP that remembers what was sent to it. */
export function markerServer(marker: string) {
  const seen: Request[] = [];
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming);
    seen.push(request);
    if (incoming.method !== "POST") {
      response.writeHead(405).end();
      return;
    }
    const answer = markerAnswer(request.body, marker);
    if (answer === undefined) response.writeHead(202).end();
    else response.writeHead(200, { "content-type": "application/json" }).end(answer);
  };
  return { seen, serve };
}
