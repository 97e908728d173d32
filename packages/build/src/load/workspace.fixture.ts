import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createEvaluator, type Evaluator, type EvaluatorOptions, type Installation } from "./index.ts";

/** TestWorkspace is a directory with files, gone when it is disposed of. */
export class TestWorkspace {
  readonly root: string = realpathSync(mkdtempSync(join(tmpdir(), "stax-load-")));
  readonly #evaluators: Evaluator[] = [];
  #counter = 0;

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  write(path: string, text: string | Uint8Array): string {
    const absolute = join(this.root, path);
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, text);
    return absolute;
  }

  /** definition writes a module under a new name: an evaluator evaluates each file once. */
  definition(source: string, extension = "ts"): string {
    return this.write(`definition-${this.#counter++}.${extension}`, source);
  }

  evaluator(options: Partial<EvaluatorOptions> = {}): Evaluator {
    const evaluator = createEvaluator({ workspaceRoot: this.root, installation, ...options });
    this.#evaluators.push(evaluator);
    return evaluator;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#evaluators.map((evaluator) => evaluator.close()));
    rmSync(this.root, { recursive: true, force: true });
  }
}

const schemaFile = (name: string) => fileURLToPath(new URL(`../../../schema/src/${name}`, import.meta.url));

/** installation brings along `stax` and `@stax/schema` from this checkout, and nothing else. */
export const installation: Installation = {
  resolve: (specifier) =>
    specifier === "stax" ? schemaFile("define.ts") : specifier === "@stax/schema" ? schemaFile("index.ts") : undefined,
  readable: [fileURLToPath(new URL("../../../../", import.meta.url))],
};

/** testNodes are the Node binaries that the sandbox is proven on: the one that runs, and those in STAX_TEST_NODES, `:` between them. */
export const testNodes: readonly string[] = [
  process.execPath,
  ...(process.env.STAX_TEST_NODES ?? "").split(":").filter((path) => path !== ""),
];
