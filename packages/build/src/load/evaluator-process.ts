import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Answer, Question, Ready, Reply, Request, Setup } from "./child/protocol.ts";
import type { ReadStripped } from "./stripped-cache.ts";

/** How an evaluation ended: with a reply, or with the process. */
export type Ending =
  | { readonly reply: Reply }
  | { readonly timedOut: true }
  | { readonly oversized: true }
  | {
      readonly exitCode: number | null;
      readonly signal: NodeJS.Signals | null;
      /** What the process wrote there itself, cut short. */
      readonly stderr: string;
      /** Whether it came as far as to take requests. */
      readonly started: boolean;
    }
  | { readonly error: Error };

export interface ProcessOptions {
  readonly setup: Setup;
  /** The environment that a trusted definition has besides what the setup names. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** The Node binary. */
  readonly node: string;
  /** What it runs, where that is not the file beside this one. */
  readonly file: string | undefined;
  readonly timeoutMs: number;
  resolve(specifier: string): string | undefined;
  readonly readStripped: ReadStripped | undefined;
}

const runsFromSource = import.meta.url.endsWith(".ts");
const ownChildFile = fileURLToPath(
  new URL(runsFromSource ? "./evaluator-child.ts" : "./evaluator-child.js", import.meta.url),
);
const longestLine = 64 * 1024 * 1024;
/** How long the process may take to start, on a machine that is busy with other things. */
const startLimit = 30_000;
const longestStderr = 64 * 1024;

// One listener for all: a command, and more so a test, may start many.
const living = new Set<ChildProcess>();
let watching = false;

/** No child outlives this process. */
function watchOver(child: ChildProcess): void {
  living.add(child);
  if (watching) return;
  watching = true;
  process.once("exit", () => {
    for (const left of living) left.kill("SIGKILL");
  });
}

/** EvaluatorProcess is one child that evaluates one definition at a time. It never keeps the command alive by itself. */
export class EvaluatorProcess {
  readonly #child: ChildProcess;
  readonly #pipe: Duplex;
  readonly #options: ProcessOptions;
  #lines: Buffer[] = [];
  #length = 0;
  #stderr = "";
  #started = false;
  #id = "";
  #timer: NodeJS.Timeout | undefined;
  #settle: ((ending: Ending) => void) | undefined;
  /** Set when the process is gone; no request may follow. */
  ended: Ending | undefined;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const childFile = options.file ?? ownChildFile;
    this.#child = spawn(options.node, [...flagsOf(options.setup, childFile), childFile], {
      cwd: options.setup.workspaceRoot,
      env: environmentOf(options),
      stdio: ["ignore", "ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    this.#pipe = this.#child.stdio[3] as Duplex; // "pipe" above
    this.#listen();
    this.#write(options.setup);
  }

  /** evaluate asks for the default export of a file and waits for the end of it. */
  evaluate(path: string): Promise<Ending> {
    if (this.ended !== undefined) return Promise.resolve(this.ended);
    return new Promise((settle) => {
      this.#settle = (ending) => {
        clearTimeout(this.#timer);
        this.#settle = undefined;
        settle(ending);
      };
      this.#limit(this.#started ? this.#options.timeoutMs : startLimit);
      this.#id = randomUUID();
      this.#write({ path, id: this.#id, stripped: this.#options.readStripped?.(path) } satisfies Request);
    });
  }

  // The timer is what keeps the command alive while it waits.
  #limit(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end({ timedOut: true }), milliseconds);
  }

  /** kill ends the process at once. */
  kill(): void {
    this.#end({ exitCode: null, signal: "SIGKILL", stderr: "", started: this.#started });
  }

  #listen(): void {
    const child = this.#child;
    child.unref();
    child.on("error", (error) => this.#end({ error }));
    child.on("close", (exitCode, signal) =>
      this.#end({ exitCode, signal, stderr: this.#stderr, started: this.#started }),
    );
    this.#pipe.on("data", (chunk: Buffer) => this.#receive(chunk));
    this.#pipe.on("error", () => {}); // a child that is gone; "close" tells
    child.stderr?.on("data", (chunk: Buffer) => {
      if (this.#stderr.length < longestStderr) this.#stderr += chunk.toString("utf8");
    });
    // Sockets, though typed as streams.
    for (const stream of [this.#pipe, child.stderr] as (Duplex & { unref?(): void })[]) stream.unref?.();
    watchOver(child);
  }

  #end(ending: Ending): void {
    if (this.ended !== undefined) return;
    this.ended = ending;
    living.delete(this.#child);
    this.#child.kill("SIGKILL");
    this.#settle?.(ending);
  }

  #write(message: Setup | Request | Answer): void {
    this.#pipe.write(`${JSON.stringify(message)}\n`);
  }

  #receive(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const line = Buffer.concat([...this.#lines, rest.subarray(0, end)]).toString("utf8");
      this.#lines = [];
      this.#length = 0;
      rest = rest.subarray(end + 1);
      this.#accept(line);
    }
    this.#lines.push(rest);
    this.#length += rest.length;
    if (this.#length > longestLine) this.#end({ oversized: true });
  }

  #answer(question: unknown, answerTo: ((question: string) => string | undefined) | undefined): void {
    this.#write({ answer: (typeof question === "string" ? answerTo?.(question) : undefined) ?? null });
  }

  #accept(line: string): void {
    const message = messageOf(line);
    if (message === undefined) return;
    if ("ready" in message) {
      // Only once: a definition must not be able to win time.
      if (this.#started) return;
      this.#started = true;
      if (this.#settle !== undefined) this.#limit(this.#options.timeoutMs);
    } else if (this.#settle === undefined) {
      return;
    } else if ("resolve" in message) {
      this.#answer(message.resolve, this.#options.resolve);
    } else if ("strip" in message) {
      this.#answer(message.strip, this.#options.readStripped);
    } else if (message.id === this.#id) {
      this.#settle({ reply: message });
    }
  }
}

// A definition can write to the pipe, too: what is no message is nothing.
function messageOf(line: string): Ready | Question | Reply | undefined {
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message !== "object" || message === null) return undefined;
    return message as Ready | Question | Reply; // read defensively: every text in it is a stranger's
  } catch {
    return undefined;
  }
}

function flagsOf({ trust, workspaceRoot, readable }: Setup, childFile: string): readonly string[] {
  // The young generation holds all that a definition makes: it is seldom collected.
  const flags = [
    "--no-warnings",
    "--max-old-space-size=512",
    "--min-semi-space-size=16",
    ...(runsFromSource ? ["--conditions=stax:source"] : []),
  ];
  if (trust) return flags;
  const roots = [workspaceRoot, ...readable, dirname(childFile)];
  return [...flags, "--permission", ...roots.map((root) => `--allow-fs-read=${root === "/" ? "/" : `${root}/`}*`)];
}

// A definition must say the same everywhere, hence TZ. What it sees as its environment is made by the guards: a real variable could give
// orders to Node itself (NODE_OPTIONS).
function environmentOf({ setup, inherited }: ProcessOptions): NodeJS.ProcessEnv {
  return setup.trust ? { ...inherited, ...setup.environment } : { TZ: "UTC" };
}
