import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../workspace.ts";
import { formatConformance } from "./format.ts";
import { conformanceOf, parseReport, type TestResult } from "./report.ts";

const usage = `usage: pnpm conformance [--json] [--report <vitest report.json>]…

Runs the tests (or reads the reports of a run) and prints which requirements of the specification they prove.`;

interface Run {
  readonly results: readonly TestResult[];
  readonly ok: boolean;
}

function runTests(): Run {
  const folder = mkdtempSync(join(tmpdir(), "stax-conformance-"));
  try {
    const runs = ["vitest.config.ts", "vitest.interop.config.ts", "vitest.runtimes.config.ts"].map((config) =>
      runSuite(config, join(folder, `${config}.json`)),
    );
    return { results: runs.flatMap(({ results }) => results), ok: runs.every(({ ok }) => ok) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// What the tests print goes to stderr: stdout holds the result alone.
function runSuite(config: string, report: string): Run {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { status } = spawnSync(
    process.execPath,
    [vitest, "run", "--config", config, "--silent", "--reporter=dot", "--reporter=json", `--outputFile.json=${report}`],
    {
      cwd: root,
      // Clients that are here are asked; none is fetched for this.
      env: { STAX_CLIENTS: "cached", ...process.env },
      stdio: ["ignore", 2, 2],
    },
  );
  if (!existsSync(report))
    throw new Error(`vitest wrote no report for ${config}; run "pnpm exec vitest run --config ${config}" to see why`);
  return { results: parseReport(readFileSync(report, "utf8")), ok: status === 0 };
}

function main(): void {
  const { values } = parseArgs({
    options: { json: { type: "boolean" }, report: { type: "string", multiple: true }, help: { type: "boolean" } },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const run: Run =
    values.report === undefined
      ? runTests()
      : { results: values.report.flatMap((file) => parseReport(readFileSync(file, "utf8"))), ok: true };
  const conformance = conformanceOf(run.results);
  const { total, proven, notApplicable, missing } = conformance;
  if (values.json)
    console.log(
      JSON.stringify({ total, proven: proven.length, notApplicable: notApplicable.length, missing }, null, 2),
    );
  else console.log(formatConformance(conformance));
  const failed = run.results.filter(({ status }) => status === "failed");
  for (const { name } of failed) console.error(`failed: ${name}`);
  for (const id of conformance.unknown) console.error(`no such requirement: ${id}`);
  process.exitCode = run.ok && failed.length === 0 && conformance.unknown.length === 0 ? 0 : 1;
}

main();
