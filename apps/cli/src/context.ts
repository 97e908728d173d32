import { createInterface } from "node:readline/promises";
import type { Diagnostic, ErrorCategory } from "@stax/errors";
import type { Io } from "./cli.ts";
import { type Config, loadConfig } from "./config.ts";
import { gate } from "./gate.ts";
import type { GlobalValues } from "./options/global.ts";
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
  progress(event: ProgressEvent): void;
  /** gate stops before something is written: throws `FINDINGS` where the findings hold errors (under `--strict`: warnings). */
  gate(diagnostics: readonly Diagnostic[], category?: ErrorCategory): void;
  /** ask puts a question on the terminal; an empty answer means the fallback. */
  ask(question: string, fallback: string): Promise<string>;
}

interface ContextParts {
  readonly io: Io;
  readonly globals: GlobalValues;
  readonly reporter: Reporter;
  readonly cwd: string;
}

/** createContext reads the settings and makes the context of one command. Throws `CONFIG_INVALID`. */
export async function createContext({ io, globals, reporter, cwd }: ContextParts): Promise<Context> {
  const config = await loadConfig(cwd, io.env);
  const strict = globals.strict || config.settings.strict === true;
  return {
    cwd,
    env: io.env,
    signal: io.signal,
    config,
    strict,
    terse: !globals.json && !globals.verbose,
    interactive: io.stdin.isTTY === true && io.stderr.isTTY === true && !globals.json && !io.env.CI,
    progress: (event) => reporter.event(event),
    gate: (diagnostics, category) => void gate(diagnostics, strict, category),
    ask: (question, fallback) => ask(io, question, fallback),
  };
}

async function ask(io: Io, question: string, fallback: string): Promise<string> {
  // Questions are no result: they go to stderr, which is a terminal where anybody is asked.
  const output = io.stderr as NodeJS.WriteStream;
  const lines = createInterface({ input: io.stdin, output });
  try {
    const answer = await lines.question(`${question} (${fallback}) `, { signal: io.signal });
    return answer.trim() || fallback;
  } finally {
    lines.close();
  }
}
