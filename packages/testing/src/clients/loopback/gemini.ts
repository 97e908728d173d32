import type { ServerResponse } from "node:http";
import type { Answer } from "./scripted-model.ts";

/** geminiAnswer writes an answer as Gemini's generateContent, streamed or whole. */
export function geminiAnswer({ text, calls, streamed }: Answer, response: ServerResponse): void {
  const parts =
    calls.length === 0 ? [{ text }] : calls.map(({ tool, input }) => ({ functionCall: { name: tool, args: input } }));
  const body = JSON.stringify({
    candidates: [{ content: { role: "model", parts }, finishReason: "STOP", index: 0 }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
  });
  response.writeHead(200, { "content-type": streamed ? "text/event-stream" : "application/json" });
  response.end(streamed ? `data: ${body}\n\n` : body);
}
