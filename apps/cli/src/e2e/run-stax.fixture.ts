import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** Finished is what a run of the command left behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** RunOptions are the process around a run. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process once it has started. */
  readonly started?: (child: ChildProcess) => void;
  /** The command to run instead of the sources. */
  readonly bin?: string;
}

const sources = fileURLToPath(new URL("../bin.ts", import.meta.url));

/** stax runs the real command in a process of its own, with an empty home and nothing of this environment but the path. */
export function stax(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { cwd = tmpdir(), env = {}, bin = sources } = options;
  const flags = bin === sources ? ["--conditions=stax:source"] : [];
  const home = options.env?.HOME ?? temporaryHome();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, bin, ...args], {
      cwd,
      env: { PATH: process.env.PATH, HOME: home, STAX_CACHE_DIR: join(home, "cache"), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].setEncoding("utf8").on("data", (piece: string) => {
        text[name] += piece;
      });
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
