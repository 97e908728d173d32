import { createInterface } from "node:readline";
import { markerAnswer } from "./marker-server.ts";

// An MCP server over standard input and output: `node stdio-server.ts <marker>`. A value of its environment goes into the marker.
const marker = `${process.argv[2] ?? ""} ${process.env.MARK_ENV ?? ""}`;
for await (const line of createInterface({ input: process.stdin })) {
  const answer = line.trim() === "" ? undefined : markerAnswer(line, marker);
  if (answer !== undefined) process.stdout.write(`${answer}\n`);
}
