import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Job, Outcome } from "./job.ts";
import { markerServer } from "./marker-server.ts";
import { scriptedModel } from "./scripted-model.ts";

// `node main.ts <job.json>` runs a client beside its model and its server; where the system lets us, in a network of their own.
type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

async function listening(port: number, serve: Serve) {
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return server;
}

// Into files: some clients end before all of a long output has gone through a pipe.
async function runClient({ command: [program = "", ...args], cwd, env, input, timeoutMs, outcome }: Job) {
  const [out, err] = [openSync(`${outcome}.out`, "w"), openSync(`${outcome}.err`, "w")];
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: [input === undefined ? "ignore" : "pipe", out, err],
    timeout: timeoutMs,
  });
  child.stdin?.end(input);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  for (const file of [out, err]) closeSync(file);
  return { status, stdout: readFileSync(`${outcome}.out`, "utf8"), stderr: readFileSync(`${outcome}.err`, "utf8") };
}

async function main(): Promise<void> {
  const job = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Job; // written by runJob
  const [model, marker] = [scriptedModel(job.script), markerServer("MARK-MCP-HTTP")];
  const servers = [await listening(job.modelPort, model.serve), await listening(job.markerPort, marker.serve)];
  const ran = await runClient(job);
  const outcome: Outcome = { ...ran, model: model.seen, marker: marker.seen };
  writeFileSync(job.outcome, JSON.stringify(outcome));
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
}

await main();
