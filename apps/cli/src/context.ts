import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { addAbortSignal, Writable } from "node:stream";
import type { Diagnostic, ErrorCategory } from "@stax/errors";
import type { Io } from "./cli.ts";
import { type Config, loadConfig } from "./config.ts";
import { CliError } from "./error.ts";
import { gate } from "./gate.ts";
import type { GlobalValues, NetworkValues } from "./options/global.ts";
import type { Registries } from "./registries/registries.ts";
import type { ProgressEvent, Reporter } from "./reporter/index.ts";

/** Context is what a command knows of the world beside its arguments. */
export interface Context {
  /** Absolute; relative paths on the command line are relative to it. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly config: Config;
  readonly strict: boolean;
  /** `true` where people read, and did not ask for every detail. */
  readonly terse: boolean;
  /** `true` where a person can be asked: a terminal on both sides, and nobody wants JSON. */
  readonly interactive: boolean;
  readonly network: NetworkValues;
  /** Transfers at once. */
  readonly concurrency: number;
  /** registries is the network, which is not loaded before somebody asks for it. */
  registries(): Promise<Registries>;
  progress(event: ProgressEvent): void;
  /** say writes a line to stderr now: what a command that goes on and on has to tell. */
  say(line: string): void;
  /** gate stops before something is written: throws `FINDINGS` where the findings hold errors (under `--strict`: warnings). */
  gate(diagnostics: readonly Diagnostic[], category?: ErrorCategory): void;
  /** ask puts a question on the terminal; an empty answer means the fallback. */
  ask(question: string, fallback: string): Promise<string>;
  /** askSecret asks without showing what is typed. */
  askSecret(question: string): Promise<string>;
  /** conceal keeps a secret out of everything that is said from now on. */
  conceal(secret: string): void;
  /** readStdin is everything that comes on stdin. */
  readStdin(): Promise<string>;
}

/** OwnedContext is a context and the end of what it opened. */
export interface OwnedContext extends Context, AsyncDisposable {}

interface ContextParts {
  readonly io: Io;
  readonly globals: GlobalValues;
  readonly reporter: Reporter;
  /** Secrets that the reporter must not tell. */
  readonly typed: Set<string>;
  readonly cwd: string;
}

/** createContext reads the settings and makes the context of one command. Throws `CONFIG_INVALID`, `FLAG_VALUE`. */
export async function createContext(parts: ContextParts): Promise<OwnedContext> {
  const { io, globals, reporter, cwd } = parts;
  const config = await loadConfig(cwd, io.env);
  const strict = globals.strict || config.settings.strict === true;
  const network = networkOf(globals, cwd);
  const concurrency = concurrencyOf(network.concurrency ?? config.settings.concurrency ?? 6);
  let opened: Promise<Registries> | undefined;
  return {
    cwd,
    env: io.env,
    signal: io.signal,
    config,
    strict,
    terse: !globals.json && !globals.verbose,
    interactive: io.stdin.isTTY === true && io.stderr.isTTY === true && !globals.json && !io.env.CI,
    network,
    concurrency,
    registries: () => {
      opened ??= openRegistries(parts, { config, network, concurrency });
      return opened;
    },
    progress: (event) => reporter.event(event),
    say: (line) => reporter.line(line),
    gate: (diagnostics, category) => void gate(diagnostics, strict, category),
    ask: (question, fallback) => ask(io, question, fallback),
    askSecret: (question) => askSecret(io, question),
    conceal: (secret) => void (secret !== "" && parts.typed.add(secret)),
    readStdin: () => readStdin(io),
    [Symbol.asyncDispose]: async () => (await opened?.catch(() => undefined))?.close(),
  };
}

async function openRegistries(
  { io, globals, reporter }: ContextParts,
  { config, network, concurrency }: Pick<Context, "config" | "network" | "concurrency">,
): Promise<Registries> {
  const { Registries } = await import("./registries/registries.ts");
  return new Registries({
    network,
    concurrency,
    cacheDirectory: config.cacheDirectory,
    env: io.env,
    verbose: globals.verbose,
    progress: (event) => reporter.event(event),
    notice: (diagnostic) => reporter.diagnostic(diagnostic),
  });
}

/** Files of the command line are relative to `--cwd`. */
function networkOf(globals: GlobalValues, cwd: string): NetworkValues {
  const { caFile, registryConfig } = globals;
  return {
    ...globals,
    caFile: caFile && resolve(cwd, caFile),
    registryConfig: registryConfig && resolve(cwd, registryConfig),
  };
}

function concurrencyOf(given: number): number {
  if (Number.isInteger(given) && given >= 1 && given <= 64) return given;
  throw new CliError("FLAG_VALUE", `--concurrency takes a whole number from 1 to 64, found ${given}`);
}

async function readStdin({ stdin, signal }: Io): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of addAbortSignal(signal, stdin)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

async function askSecret(io: Io, question: string): Promise<string> {
  io.stderr.write(`${question} `);
  // What is typed goes nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await answerTo("", io, output, { terminal: true });
  } finally {
    io.stderr.write("\n");
  }
}

async function ask(io: Io, question: string, fallback: string): Promise<string> {
  // Questions are no result: they go to stderr, which is a terminal where anybody is asked.
  const output = io.stderr as NodeJS.WriteStream;
  const answer = await answerTo(fallback === "" ? `${question} ` : `${question} (${fallback}) `, io, output);
  return answer.trim() || fallback;
}

async function answerTo(
  question: string,
  { stdin, signal }: Io,
  output: NodeJS.WritableStream,
  options: { readonly terminal?: boolean } = {},
): Promise<string> {
  const lines = createInterface({ input: stdin, output, ...options });
  // At a terminal readline takes Ctrl-C for itself; it is meant for the command.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}
