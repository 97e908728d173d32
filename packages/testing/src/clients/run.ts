import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Call, Job, Outcome } from "./loopback/job.ts";

/** Ran is the outcome of a run of a client. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** RunOptions say where a client runs: with nothing in its environment but a path, a scratch home and what is given here. */
export interface RunOptions {
  readonly cwd: string;
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** ConverseOptions also say what the model does, and where it and the marker server listen. */
export interface ConverseOptions extends RunOptions {
  readonly ports: Ports;
  readonly script?: readonly (readonly Call[])[];
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Ports of loopback that nobody listens on yet. */
export interface Ports {
  readonly model: number;
  readonly marker: number;
}

// In a network and among processes of their own, where the system lets us: nothing is reached but loopback, and nothing outlives the run.
const wrapper = [
  ...["unshare", "-rnpf", "--mount-proc", "--kill-child"],
  ...["sh", "-c", 'ip link set lo up && "$@"; exit $?', "sh"],
];
const isolated = spawnSync(wrapper[0] ?? "", [...wrapper.slice(1), "true"]).status === 0 ? wrapper : [];
// Also where there is a network of their own: a client that asks for a name there waits seconds for an answer.
const dead = "http://127.0.0.1:9";

const environment = ({ home, env }: RunOptions): Record<string, string> => ({
  PATH: process.env.PATH ?? "",
  HOME: home,
  HTTP_PROXY: dead,
  HTTPS_PROXY: dead,
  NO_PROXY: "127.0.0.1,localhost",
  ...env,
});

/** runClient runs a client and waits for it, without a network. */
export function runClient(binary: string, args: readonly string[], options: RunOptions): Ran {
  const [command = "", ...rest] = [...isolated, binary, ...args];
  // Into a file: some clients end before all of a long output has gone through a pipe.
  const scratch = mkdtempSync(join(tmpdir(), "stax-client-"));
  const file = join(scratch, "stdout");
  const out = openSync(file, "w");
  try {
    const { status, stderr } = spawnSync(command, rest, {
      cwd: options.cwd,
      env: environment(options),
      encoding: "utf8",
      stdio: ["ignore", out, "pipe"],
      maxBuffer: 2 ** 28,
      timeout: 120_000,
    });
    return { status, stdout: readFileSync(file, "utf8"), stderr };
  } finally {
    closeSync(out);
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** freePorts gives ports of loopback for a model and a marker server, to be named in a client's files before it runs. */
export async function freePorts(): Promise<Ports> {
  return { model: await freePort(), marker: await freePort() };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("a server on loopback has no port");
  return address.port;
}

/** converse runs a client against a scripted model and a marker server on loopback, and gives what it sent to them and printed. */
export async function converse(binary: string, args: readonly string[], options: ConverseOptions): Promise<Outcome> {
  const scratch = mkdtempSync(join(tmpdir(), "stax-converse-"));
  const outcome = join(scratch, "outcome.json");
  const job: Job = {
    command: [binary, ...args],
    cwd: options.cwd,
    env: environment(options),
    modelPort: options.ports.model,
    markerPort: options.ports.marker,
    script: options.script ?? [],
    ...(options.input !== undefined && { input: options.input }),
    timeoutMs: options.timeoutMs ?? 120_000,
    outcome,
  };
  const file = join(scratch, "job.json");
  writeFileSync(file, JSON.stringify(job));
  const [command = "", ...rest] = [...isolated, process.execPath, join(import.meta.dirname, "loopback/main.ts"), file];
  try {
    const child = spawn(command, rest, { stdio: ["ignore", "ignore", "pipe"], timeout: job.timeoutMs + 30_000 });
    let complaint = "";
    child.stderr.on("data", (piece: Buffer) => {
      complaint += piece.toString("utf8");
    });
    const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
    if (status !== 0) throw new Error(`${binary} could not be run beside a model on loopback: ${complaint}`);
    return JSON.parse(readFileSync(outcome, "utf8")) as Outcome; // written by loopback/main.ts
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
