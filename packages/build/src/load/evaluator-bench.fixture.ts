// Measures what evaluating six modules costs, against starting Node and doing nothing. Prints medians and ratios.
//   node --conditions=stax:source src/load/evaluator-bench.fixture.ts [directory of a build] [rounds]
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TestWorkspace } from "./workspace.fixture.ts";

const [build = fileURLToPath(new URL(".", import.meta.url)), rounds = "21"] = process.argv.slice(2);
const runsFromSource = build.endsWith("load/");
const workspace = new TestWorkspace({ "stax.config.json": "{}" });
workspace.write("node_modules/stax/package.json", '{"name":"@stax/cli","type":"module","exports":"./index.js"}');
workspace.write("node_modules/stax/index.js", "export const defineAgent = (definition) => definition;");
const files = [0, 1, 2, 3, 4, 5].map((index) =>
  workspace.definition(
    `import { defineAgent } from "stax";\nconst index: number = ${index};\nexport default defineAgent({ name: "a", index, list: [1, 2, 3] } as object);`,
  ),
);
const library = join(build, "index.js").replace(/index\.js$/, runsFromSource ? "evaluate.ts" : "index.js");
const cache = join(workspace.root, ".stax/cache");
const script = (early: boolean, cached = false) => `
  import { createEvaluator } from ${JSON.stringify(library)};
  const evaluator = createEvaluator({ workspaceRoot: ${JSON.stringify(workspace.root)}, installation: { resolve: () => undefined, readable: [] } ${cached ? `, cacheDirectory: ${JSON.stringify(cache)}` : ""} });
  ${early ? "evaluator.start(); const busy = performance.now() + 50; while (performance.now() < busy);" : ""}
  for (const file of ${JSON.stringify(files)}) await evaluator.evaluate(file);
  await evaluator.close();`;
const run = (source: string) => [
  "--input-type=module",
  ...(runsFromSource ? ["--conditions=stax:source"] : []),
  "-e",
  source,
];
const cases: Readonly<Record<string, readonly string[]>> = {
  "node -e 0": ["-e", "0"],
  "library alone": run(`import ${JSON.stringify(library)};`),
  "library and six modules": run(script(false)),
  "library and six modules, cached": run(script(false, true)),
  "library and 50 ms of other work": run(
    `import ${JSON.stringify(library)}; const busy = performance.now() + 50; while (performance.now() < busy);`,
  ),
  "the same, the child started before it": run(script(true)),
};

const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
for (let round = 0; round < Number(rounds); round++) {
  for (const [name, arguments_] of Object.entries(cases)) {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, arguments_, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    times.get(name)?.push(performance.now() - start);
  }
}
await workspace.dispose();
const median = (values: readonly number[] = []) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const base = median(times.get("node -e 0"));
for (const [name, values] of times)
  process.stdout.write(
    `${name.padEnd(40)} ${median(values).toFixed(1).padStart(7)} ms  ${(median(values) / base).toFixed(2)} ×\n`,
  );
