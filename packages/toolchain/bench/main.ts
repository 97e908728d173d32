import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../src/workspace.ts";
import { bin, type Case, cases, type Pair, type Peak } from "./cases.ts";
import { interleave, peakMemory, type Sample } from "./measure.ts";

interface Script {
  readonly name: string;
  readonly what: string;
  readonly args: readonly string[];
  /** It takes minutes, and programs that not everybody has: it runs only where it is named. */
  readonly onlyNamed?: boolean;
}

/** What a package measures by a script of its own: the script prepares its peers and prints its own table. */
const scripts: readonly Script[] = [
  {
    name: "registry",
    what: "push and pull, by turns with curl, skopeo and oras where installed; needs docker-registry, takes three minutes, runs only when named",
    args: ["packages/oci/bench/registry.ts"],
    onlyNamed: true,
  },
  {
    name: "materialize",
    what: "1,000 rules and 200 skills for four runtimes, by turns with rulesync and ruler from npm; runs only when named",
    args: ["packages/toolchain/bench/materialize.ts"],
    onlyNamed: true,
  },
  {
    name: "resolve",
    what: "resolving 1,000 packages and merging 20,000 rules, beside a bare loop",
    args: ["--conditions=stax:source", "packages/resolver/bench/resolve.ts"],
  },
];

const usage = `usage: pnpm bench [--runs <n>] [--json] [name…]

Makes its own data in a temporary directory, runs each pair by turns and prints medians, ranges and ratios.

${[...cases, ...scripts].map(({ name, what }) => `  ${name.padEnd(20)}${what}`).join("\n")}

--runs and --json do not reach ${scripts.map(({ name }) => name).join(" and ")}, whose tables go to stderr beside --json.`;

/** Result of one benchmark: the ratio or the bytes, and whether it reaches its target. */
interface Result {
  readonly name: string;
  readonly what: string;
  readonly value: number;
  readonly target: number;
  readonly reached: boolean;
  readonly samples?: readonly Sample[];
  readonly by?: string;
}

async function measure({ name, what, prepare }: Case, runs: number | undefined): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), `stax-bench-${name}-`));
  try {
    const plan = prepare(directory);
    return plan.kind === "pair" ? compare(name, what, plan, runs) : await peak(name, what, plan);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

// The peer goes first in each round: `rebuild` counts on it.
function compare(name: string, what: string, { peer, ours, target, runs }: Pair, wanted: number | undefined): Result {
  const samples = interleave([peer, ours], wanted ?? runs);
  const [theirs, own] = samples.map(({ median }) => median);
  const value = (own ?? Number.NaN) / (theirs ?? Number.NaN);
  return { name, what, value, target, reached: value <= target, samples: [...samples].reverse() };
}

async function peak(name: string, what: string, { ours, target }: Peak): Promise<Result> {
  const { peakBytes, by } = await peakMemory(ours);
  return { name, what, value: peakBytes, target, reached: peakBytes <= target, by };
}

function format({ name, what, value, target, reached, samples, by }: Result): string {
  const verdict = reached ? "reached" : "MISSED";
  if (samples === undefined) {
    const mebibytes = (size: number) => `${(size / 1024 / 1024).toFixed(0)} MiB`;
    return `${name}: ${what}\n  ${mebibytes(value)} by ${by}; target ≤ ${mebibytes(target)}: ${verdict}`;
  }
  const lines = samples.map((sample) => {
    const [median, min, max] = [sample.median, sample.min, sample.max].map((time) => time.toFixed(0).padStart(7));
    return `  ${sample.name.padEnd(20)} median ${median} ms   min ${min}   max ${max}`;
  });
  return [`${name}: ${what}`, ...lines, `  ratio ${value.toFixed(2)}; target ≤ ${target}: ${verdict}`].join("\n");
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { runs: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => ![...cases, ...scripts].some((candidate) => candidate.name === name));
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  if (values.help || unknown.length > 0 || (runs !== undefined && !(Number.isInteger(runs) && runs > 0))) {
    console.error(unknown.length > 0 ? `no benchmark named ${unknown.join(", ")}\n\n${usage}` : usage);
    process.exitCode = values.help ? 0 : 1;
    return;
  }
  if (!existsSync(bin)) throw new Error("the command is not built: run `pnpm build` first");
  const isChosen = ({ name }: { readonly name: string }) => positionals.length === 0 || positionals.includes(name);
  const chosen = cases.filter(isChosen);
  console.error(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}; read the ratios, not the times.`,
  );
  const results: Result[] = [];
  for (const benchmark of chosen) {
    const result = await measure(benchmark, runs);
    results.push(result);
    if (!values.json) console.log(format(result));
  }
  for (const { name, what, args } of scripts.filter((script) =>
    script.onlyNamed ? positionals.includes(script.name) : isChosen(script),
  )) {
    console.error(`${name}: ${what}`);
    const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", values.json ? 2 : 1, 2] });
    if (status !== 0) process.exitCode = 1;
  }
  if (values.json) console.log(JSON.stringify(results, null, 2));
}

try {
  await main();
} catch (error) {
  console.error(`bench failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
