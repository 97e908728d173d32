import { realpathSync } from "node:fs";
import { relative } from "node:path";
import { type Diagnostic, printable } from "@stax/errors";
import { containedPath } from "./contained-path.ts";
import { type Ending, EvaluatorProcess } from "./evaluator-process.ts";
import { redactor } from "./redact.ts";

/** Installation is where the command itself lives, and what it brings along for definitions. */
export interface Installation {
  /** The file behind `stax` or `@stax/…`, absolute; `undefined` for what it does not bring. */
  resolve(specifier: string): string | undefined;
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
  /** Lifts every restriction but the process of its own and the imports that leave the workspace. */
  readonly trust?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For one file; 10 seconds unless told. */
  readonly timeoutMs?: number | undefined;
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
  /** start begins to start the child, so that the caller's own work hides its cost. Does nothing the second time. */
  start(): void;
  /** evaluate gives the default export of a `.ts`, `.mts`, `.js` or `.mjs` file. A file is evaluated once in the evaluator's life. */
  evaluate(file: string): Promise<Evaluated>;
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
  readonly #options: EvaluatorOptions;
  readonly #environment: Readonly<Record<string, string>>;
  #process: EvaluatorProcess | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: EvaluatorOptions) {
    this.#options = options;
    this.workspaceRoot = realpathSync(options.workspaceRoot);
    this.#environment = Object.fromEntries(
      (options.env ?? []).flatMap((key) => {
        const value = process.env[key];
        return value === undefined ? [] : [[key, value]];
      }),
    );
    options.signal?.addEventListener("abort", () => this.#process?.kill(), { once: true });
  }

  start(): void {
    this.#running();
  }

  evaluate(file: string): Promise<Evaluated> {
    const evaluated = this.#queue.then(() => this.#evaluate(file));
    this.#queue = evaluated.catch(() => {});
    return evaluated;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#process?.kill();
    await this.#queue;
  }

  async #evaluate(file: string): Promise<Evaluated> {
    this.#options.signal?.throwIfAborted();
    if (this.#closed) throw new Error("the evaluator is closed");
    const path = containedPath(file, this.workspaceRoot);
    const ending = await this.#running().evaluate(path);
    this.#options.signal?.throwIfAborted();
    return this.#evaluated(path, ending);
  }

  async #evaluated(path: string, ending: Ending): Promise<Evaluated> {
    const { workspaceRoot } = this;
    const redact = redactor(this.#environment, this.#options.trust === true);
    if (!("reply" in ending) || !("value" in ending.reply)) {
      const { errorOf } = await import("./failure.ts"); // it brings a parser along
      throw errorOf(ending, { path, workspaceRoot, redact });
    }
    const { output, printed, value } = ending.reply;
    const text = redact(String(output)).trim();
    const warnings: Diagnostic[] =
      printed > 0
        ? [
            {
              code: "definition-output",
              severity: "info",
              path: relative(workspaceRoot, path),
              message: `prints ${printed} characters: ${printable(text.slice(0, 200))}`,
            },
          ]
        : [];
    return { value, warnings };
  }

  #running(): EvaluatorProcess {
    if (this.#process !== undefined && this.#process.ended === undefined) return this.#process;
    const { installation, trust = false, timeoutMs = 10_000, node = process.execPath } = this.#options;
    const readable = installation.readable.map((directory) => realpathSync(directory));
    this.#process = new EvaluatorProcess({
      setup: { workspaceRoot: this.workspaceRoot, readable, environment: this.#environment, trust },
      node,
      file: installation.evaluator,
      timeoutMs,
      resolve: (specifier) => installation.resolve(specifier),
    });
    return this.#process;
  }
}
