import { realpathSync } from "node:fs";
import { type Diagnostic, printable } from "@stax/errors";
import type { Reply } from "./child/protocol.ts";
import { containedPath, nameOf } from "./contained-path.ts";
import { EvaluatorProcess } from "./evaluator-process.ts";
import { type Redact, redactor } from "./redact.ts";
import { createStrippedCache } from "./stripped-cache.ts";

/** Installation is where the command itself lives, and what it brings along for definitions. */
export interface Installation {
  /** The file behind `stax` or `@stax/…`, absolute; `undefined` for what it does not bring. */
  resolve(specifier: string): string | undefined;
  /** The specifiers that definitions usually import: what they resolve to is told beforehand. */
  readonly brings?: readonly string[] | undefined;
  /** Directories that definitions may read because those files and their dependencies are in them; absolute. */
  readonly readable: readonly string[];
  /** The file of the child where this library is bundled into another; else it lies beside the library's own. Absolute. */
  readonly evaluator?: string | undefined;
}

export interface EvaluatorOptions {
  /** Absolute, links resolved: what {@link workspaceRootOf} gives for a real path. */
  readonly workspaceRoot: string;
  readonly installation: Installation;
  /** Names of environment variables that definitions may see. */
  readonly env?: readonly string[] | undefined;
  /** Where their values come from; `process.env` unless told. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Lifts every restriction but the process of its own and the imports that leave the workspace. */
  readonly trust?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For one file; 10 seconds unless told. */
  readonly timeoutMs?: number | undefined;
  /** Where modules without their types are kept between runs, absolute: it halves the time. Nothing is kept unless told. */
  readonly cacheDirectory?: string | undefined;
  /** The Node binary; the one that runs this unless told. */
  readonly node?: string | undefined;
}

/** Evaluated is what a definition file exports by default, as plain JSON data, and what happened on the way. */
export interface Evaluated {
  readonly value: unknown;
  readonly warnings: readonly Diagnostic[];
}

/** Evaluator evaluates definition files in one child process, which starts with the first of them. */
export interface Evaluator {
  readonly workspaceRoot: string;
  /** start begins to start the child for TypeScript to come, so that the caller's own work hides its cost. Does nothing the second time. */
  start(): void;
  /** evaluate gives the default export of a `.ts`, `.mts`, `.js` or `.mjs` file. A file is evaluated once in the evaluator's life. */
  evaluate(file: string): Promise<Evaluated>;
  /** prefetch begins to evaluate a file that will be asked for: {@link evaluate} then waits for that. */
  prefetch(file: string): void;
  /** redact hides the values of the variables that definitions see in a text that a definition had a hand in. */
  redact(text: string): string;
  /** close ends the child. An evaluation that runs is given up. */
  close(): Promise<void>;
}

/**
 * createEvaluator makes an evaluator for a workspace. Definitions may read the workspace (not `.env*` and key files) and the
 * installation, and nothing else: Node's permission model refuses the rest, guards of our own what it leaves (decision O1).
 */
export function createEvaluator(options: EvaluatorOptions): Evaluator {
  return new Session(options);
}

class Session implements Evaluator {
  readonly workspaceRoot: string;
  readonly redact: Redact;
  readonly #options: EvaluatorOptions;
  readonly #shown: Readonly<Record<string, string>>;
  #warnings: readonly Diagnostic[];
  #process: EvaluatorProcess | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #prefetched = new Map<string, Promise<Evaluated>>();
  #closed = false;

  constructor(options: EvaluatorOptions) {
    const { env = [], environment = process.env, trust = false, signal } = options;
    this.#options = options;
    this.workspaceRoot = realpathSync(options.workspaceRoot);
    this.#shown = shownOf(env, environment);
    this.#warnings = env.filter((key) => environment[key] === undefined).map(unsetWarning);
    this.redact = redactor({ shown: this.#shown, rest: trust ? environment : {} });
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  readonly #onAbort = (): void => this.#process?.kill();

  start(): void {
    if (!this.#closed) this.#running(true);
  }

  prefetch(file: string): void {
    if (this.#closed || this.#prefetched.has(file)) return;
    const evaluated = this.#enqueue(file);
    evaluated.catch(() => {}); // whoever asks for it is told; nobody may ask
    this.#prefetched.set(file, evaluated);
  }

  evaluate(file: string): Promise<Evaluated> {
    return this.#prefetched.get(file) ?? this.#enqueue(file);
  }

  #enqueue(file: string): Promise<Evaluated> {
    const evaluated = this.#queue.then(() => this.#evaluate(file));
    this.#queue = evaluated.catch(() => {});
    return evaluated;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#process?.kill();
    await this.#queue;
  }

  async #evaluate(file: string): Promise<Evaluated> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    if (this.#closed) throw new Error("the evaluator is closed");
    const path = containedPath(file, this.workspaceRoot);
    const ending = await this.#running().evaluate(path);
    signal?.throwIfAborted();
    if ("reply" in ending && "value" in ending.reply) return this.#evaluated(path, ending.reply);
    const { errorOf } = await import("./failure.ts"); // it brings a parser along
    throw errorOf(ending, { path, workspaceRoot: this.workspaceRoot, redact: this.redact });
  }

  #evaluated(path: string, { value, output, printed }: Extract<Reply, { value: unknown }>): Evaluated {
    const warnings = this.#warnings;
    this.#warnings = [];
    if (!(printed > 0)) return { value, warnings };
    const shown = printable(this.redact(String(output)).trim().slice(0, 200));
    const printing: Diagnostic = {
      code: "definition-output",
      severity: "info",
      path: nameOf(path, this.workspaceRoot),
      message: `prints ${printed} characters while it is evaluated: ${shown}`,
    };
    return { value, warnings: [...warnings, printing] };
  }

  #running(expectsTypeScript = false): EvaluatorProcess {
    if (this.#process !== undefined && this.#process.ended === undefined) return this.#process;
    const { installation, trust = false, timeoutMs = 10_000, node = process.execPath, cacheDirectory } = this.#options;
    const readable = installation.readable.map((directory) => realpathSync(directory));
    const { workspaceRoot } = this;
    const strips = cacheDirectory !== undefined;
    this.#process = new EvaluatorProcess({
      setup: {
        workspaceRoot,
        readable,
        environment: this.#shown,
        trust,
        expectsTypeScript: expectsTypeScript && !strips,
        strips,
        brings: broughtBy(installation),
      },
      readStripped: strips ? createStrippedCache({ directory: cacheDirectory, workspaceRoot, readable }) : undefined,
      inherited: trust ? (this.#options.environment ?? process.env) : {},
      node,
      file: installation.evaluator,
      timeoutMs,
      resolve: (specifier) => installation.resolve(specifier),
    });
    return this.#process;
  }
}

function shownOf(keys: readonly string[], environment: Readonly<Record<string, string | undefined>>) {
  const entries = keys.map((key) => [key, environment[key]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

const unsetWarning = (key: string): Diagnostic => ({
  code: "definition-env-unset",
  severity: "warning",
  message: `the environment has no variable ${printable(key)}; definitions see it as undefined`,
});

function broughtBy(installation: Installation): Readonly<Record<string, string>> {
  const { brings = [] } = installation;
  const resolved = brings.map((specifier) => [specifier, installation.resolve(specifier)] as const);
  return Object.fromEntries(resolved.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
