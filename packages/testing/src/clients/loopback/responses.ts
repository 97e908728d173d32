import type { ServerResponse } from "node:http";
import type { Answer } from "./scripted-model.ts";

/** responsesAnswer writes an answer as OpenAI's responses, as a stream: no client asks for another form. */
export function responsesAnswer({ text, calls, id }: Answer, response: ServerResponse): void {
  const said = { type: "message", role: "assistant", content: [{ type: "output_text", text }] };
  const called = calls.map(({ tool, input, namespace }, index) => ({
    type: "function_call",
    call_id: `call_${id}_${index}`,
    name: tool,
    ...(namespace !== undefined && { namespace }),
    arguments: JSON.stringify(input),
  }));
  const usage = {
    input_tokens: 1,
    input_tokens_details: null,
    output_tokens: 1,
    output_tokens_details: null,
    total_tokens: 2,
  };
  const items = called.length === 0 ? [said] : called;
  const events = [
    { type: "response.created", response: { id: `resp_${id}` } },
    ...items.map((item, index) => ({ type: "response.output_item.done", output_index: index, item })),
    { type: "response.completed", response: { id: `resp_${id}`, usage } },
  ];
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
}
