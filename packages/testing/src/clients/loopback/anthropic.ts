import type { ServerResponse } from "node:http";
import type { Answer } from "./scripted-model.ts";

/** anthropicAnswer writes an answer as Anthropic's messages, streamed or whole. */
export function anthropicAnswer({ text, calls, streamed, id }: Answer, response: ServerResponse): void {
  const stop = calls.length === 0 ? "end_turn" : "tool_use";
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = {
    id: `msg_${id}`,
    type: "message",
    role: "assistant",
    model: "scripted",
    stop_sequence: null,
    usage,
  };
  const blocks = calls.map(({ tool, input }, index) => ({
    type: "tool_use",
    id: `toolu_${id}_${index}`,
    name: tool,
    input,
  }));
  const content = blocks.length === 0 ? [{ type: "text", text }] : blocks;
  if (!streamed) {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ ...message, content, stop_reason: stop }));
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (event: { readonly type: string }) =>
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  const start = { type: "message_start", message: { ...message, content: [], stop_reason: null } };
  send(start);
  for (const [index, block] of content.entries()) {
    const empty = "input" in block ? { ...block, input: {} } : { ...block, text: "" };
    const delta =
      "input" in block
        ? { type: "input_json_delta", partial_json: JSON.stringify(block.input) }
        : { type: "text_delta", text };
    for (const event of [
      { type: "content_block_start", index, content_block: empty },
      { type: "content_block_delta", index, delta },
      { type: "content_block_stop", index },
    ])
      send(event);
  }
  const end = { type: "message_delta", delta: { stop_reason: stop, stop_sequence: null }, usage };
  send(end);
  send({ type: "message_stop" });
  response.end();
}
