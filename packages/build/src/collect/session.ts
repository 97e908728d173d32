import { relative, sep } from "node:path";
import type { Diagnostic } from "@stax/errors";
import { createEvaluator, type Evaluator, type LoadedDefinition, loadDefinition } from "../load/index.ts";
import type { ProjectOptions } from "../options.ts";

/** Session is what the collection of one command shares: options, one evaluator per workspace, every finding. */
export class Session {
  readonly options: ProjectOptions;
  readonly diagnostics: Diagnostic[] = [];
  readonly #evaluators = new Map<string, Evaluator>();

  constructor(options: ProjectOptions) {
    this.options = options;
  }

  report(diagnostic: Diagnostic): void {
    this.diagnostics.push(diagnostic);
  }

  /** shown is a path as findings name it: relative to where the command runs. */
  shown(path: string): string {
    const between = relative(this.options.cwd, path).split(sep).join("/");
    return between === "" ? "." : between;
  }

  /** load reads a definition: data as data, a module in the sandbox of its workspace. */
  load(path: string, workspaceRoot: string): Promise<LoadedDefinition> {
    return loadDefinition(path, this.#evaluatorOf(workspaceRoot));
  }

  #evaluatorOf(workspaceRoot: string): Evaluator {
    const known = this.#evaluators.get(workspaceRoot);
    if (known !== undefined) return known;
    const { env, trustDefinition, installation, signal } = this.options;
    const evaluator = createEvaluator({
      workspaceRoot,
      installation: installation ?? { resolve: () => undefined, readable: [] },
      ...(env === undefined ? {} : { env }),
      ...(trustDefinition === undefined ? {} : { trust: trustDefinition }),
      ...(signal === undefined ? {} : { signal }),
    });
    this.#evaluators.set(workspaceRoot, evaluator);
    return evaluator;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#evaluators.values()].map((evaluator) => evaluator.close()));
  }
}
