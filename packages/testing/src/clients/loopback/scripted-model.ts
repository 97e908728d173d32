import type { IncomingMessage, ServerResponse } from "node:http";
import { anthropicAnswer } from "./anthropic.ts";
import { geminiAnswer } from "./gemini.ts";
import type { Call, Request } from "./job.ts";
import { responsesAnswer } from "./responses.ts";

/** Answer is what a model says in one turn: text, or calls of tools. */
export interface Answer {
  readonly text: string;
  readonly calls: readonly Call[];
  readonly streamed: boolean;
  /** No other answer's: of messages, responses and calls of tools. */
  readonly id: string;
}

/** readRequest reads what was sent, whole. */
export async function readRequest(request: IncomingMessage, turn = 0): Promise<Request> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer); // a request without an encoding gives buffers
  return { url: request.url ?? "", headers: request.headers, body: Buffer.concat(pieces).toString("utf8"), turn };
}

const protocols: readonly [RegExp, (answer: Answer, response: ServerResponse) => void][] = [
  [/\/messages(?:\?|$)/, anthropicAnswer],
  [/\/responses(?:\?|$)/, responsesAnswer],
  [/:(?:streamGenerateContent|generateContent)(?:\?|$)/, geminiAnswer],
];

/**
 * scriptedModel answers in the protocol it is asked in. A request that offers the tools of the script's next turn gets that turn; any
 * other one (a title, a summary, a subagent at work) gets a text.
 */
export function scriptedModel(script: readonly (readonly Call[])[]) {
  const seen: Request[] = [];
  let turn = 0;
  const callsFor = ({ body }: Request): readonly Call[] => {
    const next = script[turn] ?? [];
    if (next.length === 0 || !next.every(({ tool }) => body.includes(`"name":${JSON.stringify(tool)}`))) return [];
    turn += 1;
    return next;
  };
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming, turn);
    seen.push(request);
    const protocol = protocols.find(([pattern]) => pattern.test(request.url));
    if (protocol === undefined || incoming.method !== "POST") {
      response.writeHead(404, { "content-type": "application/json" }).end("{}");
      return;
    }
    const streamed = /"stream":\s*true/.test(request.body) || request.url.includes(":stream");
    protocol[1]({ text: "done", calls: callsFor(request), streamed, id: String(seen.length) }, response);
  };
  return { seen, serve };
}
