import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { runCli } from "../cli.ts";

/** Finished is what a run of the command left behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** RunOptions are what is around a run. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Stops the command. */
  readonly signal?: AbortSignal;
  /** Called with everything on stdout so far, whenever something comes. */
  readonly onStdout?: (text: string) => void;
}

/** ProcessOptions are what is around a run in a process of its own. */
export interface ProcessOptions extends Omit<RunOptions, "signal"> {
  /** Called with the process once it has started. */
  readonly started?: (child: ChildProcess) => void;
  /** The command to run instead of the sources. */
  readonly bin?: string;
  readonly nodeFlags?: readonly string[];
}

const environmentOf = ({ env = {} }: RunOptions): Record<string, string> => {
  const home = env.HOME ?? temporaryHome();
  return { PATH: process.env.PATH ?? "", HOME: home, STAX_CACHE_DIR: join(home, "cache"), ...env };
};

/**
 * stax runs a command line in this process, as the process of the command does once it has started: with an empty home and nothing of
 * this environment but the path. What a process adds (signals, pipes, crashes) is `staxProcess`'s to prove.
 */
export async function stax(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { cwd = tmpdir(), stdin = "", signal = new AbortController().signal, onStdout } = options;
  const text = { stdout: "", stderr: "" };
  const into = (name: "stdout" | "stderr") => ({
    write: (piece: string) => {
      text[name] += piece;
      if (name === "stdout") onStdout?.(text.stdout);
    },
  });
  const code = await runCli(args, {
    cwd,
    env: environmentOf(options),
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: into("stdout"),
    stderr: into("stderr"),
    signal,
  });
  return { code, ...text };
}

const sources = fileURLToPath(new URL("../bin.ts", import.meta.url));

/** staxProcess runs the real command in a process of its own. */
export function staxProcess(args: readonly string[], options: ProcessOptions = {}): Promise<Finished> {
  const { cwd = tmpdir(), bin = sources, stdin, onStdout, nodeFlags = [] } = options;
  const flags = [...nodeFlags, ...(bin === sources ? ["--conditions=stax:source"] : [])];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, bin, ...args], {
      cwd,
      env: environmentOf(options),
      stdio: ["pipe", "pipe", "pipe"],
    });
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (piece: string) => {
        text[name] += piece;
        if (name === "stdout") onStdout?.(text.stdout);
      });
    child.stdin.on("error", () => undefined).end(stdin ?? "");
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...text }));
    options.started?.(child);
  });
}

let home: string | undefined;

function temporaryHome(): string {
  if (home === undefined) {
    const made = mkdtempSync(join(tmpdir(), "stax-home-"));
    home = made;
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  return home;
}

/** temporaryDirectory makes a directory that is gone when the test is; links in its own path are resolved. Concurrent tests pass their own hook. */
export function temporaryDirectory(finished: (clean: () => void) => void = onTestFinished): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "stax-cli-")));
  finished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Json is what `--json` prints. */
export interface Json {
  readonly ok: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into the data of every command
  readonly data?: any;
  readonly error?: {
    readonly code: string;
    readonly category: string;
    readonly message: string;
    readonly hint: string | null;
  };
  readonly diagnostics: readonly {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
    readonly [key: string]: unknown;
  }[];
}

/** staxJson runs the command with `--json` and parses its document. */
export async function staxJson(args: readonly string[], options: RunOptions = {}): Promise<Finished & { json: Json }> {
  const finished = await stax([...args, "--json"], options);
  return { ...finished, json: JSON.parse(finished.stdout) as Json };
}

/** staxProcessJson is {@link staxJson} in a process of its own. */
export async function staxProcessJson(
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<Finished & { json: Json }> {
  const finished = await staxProcess([...args, "--json"], options);
  return { ...finished, json: JSON.parse(finished.stdout) as Json };
}
