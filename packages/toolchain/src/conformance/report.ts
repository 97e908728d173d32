import { rows } from "./rows.ts";
import { notApplicable } from "./scope.ts";

/** TestResult is one test of a run: its full name and how it ended. */
export interface TestResult {
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
}

/** Conformance is which requirements a test run proves. */
export interface Conformance {
  readonly total: number;
  readonly proven: readonly string[];
  readonly notApplicable: readonly string[];
  readonly missing: readonly string[];
  /** Ids in names that are no requirement: misspelt. */
  readonly unknown: readonly string[];
}

const idPattern = /(?<![A-Za-z0-9-])(?:S\d{2}|X)-\d{2}(?![\d-])/g;
const known = new Set(rows.map(({ id }) => id));

/** idsIn finds the requirement ids in the name of a test. */
export const idsIn = (name: string): readonly string[] => [...new Set(name.match(idPattern))];

/** conformanceOf judges a run. A requirement is proven when a test that carries its id passed and none that carries it failed. */
export function conformanceOf(results: readonly TestResult[]): Conformance {
  const named = (status: TestResult["status"]) =>
    new Set(results.filter((result) => result.status === status).flatMap(({ name }) => idsIn(name)));
  const passed = named("passed");
  const failed = named("failed");
  const holds = (id: string) => passed.has(id) && !failed.has(id);
  const applicable = rows.map(({ id }) => id).filter((id) => !(id in notApplicable));
  return {
    total: rows.length,
    proven: applicable.filter(holds),
    notApplicable: Object.keys(notApplicable),
    missing: applicable.filter((id) => !holds(id)),
    unknown: [...passed, ...failed, ...named("skipped")].filter((id) => !known.has(id)).sort(),
  };
}

/** VitestReport is the part of vitest's JSON report that is read here. */
interface VitestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** parseReport reads the JSON report of a vitest run. */
export function parseReport(text: string): readonly TestResult[] {
  const report: VitestReport = JSON.parse(text);
  return report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({
      name: fullName,
      status: status === "passed" || status === "failed" ? status : "skipped",
    })),
  );
}
