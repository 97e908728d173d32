import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import type { Diagnostic } from "@stax/errors";
import { readIgnoreRules } from "@stax/layers";
import { documentSchemas } from "@stax/schema";
import { parseDocument } from "yaml";
import { evaluatorOf, isModule } from "../evaluator.ts";
import {
  type DefinitionFile,
  type Evaluator,
  findDefinitions,
  type LoadedDefinition,
  loadDefinition,
} from "../load/index.ts";
import type { ProjectOptions } from "../options.ts";
import type { CollectedProject } from "./collected.ts";

/** Session is what the collection of one command shares: options, one evaluator per workspace, every finding. */
export class Session {
  readonly options: ProjectOptions;
  readonly diagnostics: Diagnostic[] = [];
  /** Packages of the workspace that were read, by file: several projects may build on one. `undefined`: it cannot be used. */
  readonly packages = new Map<string, CollectedProject | undefined>();
  readonly #evaluators = new Map<string, Evaluator>();
  #scratch: string | undefined;

  constructor(options: ProjectOptions) {
    this.options = options;
    if (options.evaluator !== undefined) this.#evaluators.set(options.evaluator.workspaceRoot, options.evaluator);
  }

  /** report keeps a finding. What quotes a definition's values never quotes a variable that was named to it. */
  report(diagnostic: Diagnostic): void {
    const message = [...this.#evaluators.values()].reduce((text, { redact }) => redact(text), diagnostic.message);
    this.diagnostics.push(message === diagnostic.message ? diagnostic : { ...diagnostic, message });
  }

  /** find finds the definitions that are meant, and starts what will evaluate them. */
  find(): readonly DefinitionFile[] {
    const { cwd, entry, all, outputs, defaultIgnores } = this.options;
    const ignore = (base: string, workspaceRoot: string) =>
      readIgnoreRules({ base, workspaceRoot, outputs, defaults: defaultIgnores });
    const files = findDefinitions({ cwd, entry, all, ignore });
    for (const file of files) this.#warm(file);
    return files;
  }

  /** holdsAll tells whether these are all definitions that a workspace has. What cannot be looked through may hold others. */
  holdsAll(files: ReadonlySet<string>, workspaceRoot: string): boolean {
    if (workspaceRoot === homedir()) return false;
    const { outputs, defaultIgnores } = this.options;
    const ignore = (base: string, root: string) =>
      readIgnoreRules({ base, workspaceRoot: root, outputs, defaults: defaultIgnores });
    try {
      return findDefinitions({ cwd: workspaceRoot, all: true, ignore }).every(({ path }) => files.has(path));
    } catch {
      return false;
    }
  }

  // The process takes a while to start: it may do so while other things are read.
  #warm({ path, workspaceRoot }: DefinitionFile): void {
    if (!isModule(path)) return;
    this.#evaluatorOf(workspaceRoot).start();
    this.prefetch(path, workspaceRoot); // of several, one is evaluated while the files of another are read
    this.#prepare(path);
  }

  // While the process evaluates, this one has time: what loads or compiles itself when it is first used is used once, on nothing.
  #prepare(path: string): void {
    setImmediate(() => {
      parseDocument("{}");
      for (const schema of [documentSchemas.agent, documentSchemas.mcp, documentSchemas.persona]) schema.safeParse({});
      const text = readText(path);
      if (text !== undefined) this.options.adapters?.prepare?.(text);
    });
  }

  /** shown is a path as findings name it: relative to where the command runs. */
  shown(path: string): string {
    const between = relative(this.options.cwd, path).split(sep).join("/");
    return between === "" ? "." : between;
  }

  /** prefetch begins to evaluate a module that will be loaded. */
  prefetch(path: string, workspaceRoot: string): void {
    this.#evaluatorOf(workspaceRoot).prefetch(path);
  }

  /** load reads a definition: data as data, a module in the sandbox of its workspace. */
  load(path: string, workspaceRoot: string): Promise<LoadedDefinition> {
    return loadDefinition(path, this.#evaluatorOf(workspaceRoot));
  }

  #evaluatorOf(workspaceRoot: string): Evaluator {
    const known = this.#evaluators.get(workspaceRoot);
    if (known !== undefined) return known;
    const evaluator = evaluatorOf(workspaceRoot, this.options);
    this.#evaluators.set(workspaceRoot, evaluator);
    return evaluator;
  }

  /** scratch is a directory that lasts as long as the session, for who has no cache. */
  scratch(): string {
    this.#scratch ??= mkdtempSync(join(tmpdir(), "stax-"));
    return this.#scratch;
  }

  async close(): Promise<void> {
    if (this.#scratch !== undefined) rmSync(this.#scratch, { recursive: true, force: true });
    await Promise.all([...this.#evaluators.values()].map((evaluator) => evaluator.close()));
  }
}

// Why it cannot be read is told when it is loaded.
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
