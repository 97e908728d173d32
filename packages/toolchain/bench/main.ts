import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bin, type Case, cases, type Pair, type Peak } from "./cases.ts";
import { interleave, peakMemory, type Sample } from "./measure.ts";

const usage = `usage: pnpm bench [--runs <n>] [--json] [name…]

Makes its own data in a temporary directory, runs each pair by turns and prints medians, ranges and ratios.

${cases.map(({ name, what }) => `  ${name.padEnd(20)}${what}`).join("\n")}`;

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
  const unknown = positionals.filter((name) => !cases.some((candidate) => candidate.name === name));
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  if (values.help || unknown.length > 0 || (runs !== undefined && !(Number.isInteger(runs) && runs > 0))) {
    console.error(unknown.length > 0 ? `no benchmark named ${unknown.join(", ")}\n\n${usage}` : usage);
    process.exitCode = values.help ? 0 : 1;
    return;
  }
  if (!existsSync(bin)) throw new Error("the command is not built: run `pnpm build` first");
  const chosen = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  console.error(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}; read the ratios, not the times.`,
  );
  const results: Result[] = [];
  for (const benchmark of chosen) {
    const result = await measure(benchmark, runs);
    results.push(result);
    if (!values.json) console.log(format(result));
  }
  if (values.json) console.log(JSON.stringify(results, null, 2));
}

try {
  await main();
} catch (error) {
  console.error(`bench failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
