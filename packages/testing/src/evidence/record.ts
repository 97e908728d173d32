import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { type ClientName, clientPackages } from "../clients/packages.ts";
import type { Row } from "./observe.ts";

/** Evidence is what is committed of a runtime: `docs/adapters/evidence/<adapter>.json`. */
export interface Evidence {
  readonly runtime: string;
  /** What was asked; nothing where no client can be had. */
  readonly client?: { readonly package: string; readonly version: string };
  readonly rows: readonly Row[];
}

const fileOf = (runtime: string) => join(import.meta.dirname, `../../../../docs/adapters/evidence/${runtime}.json`);

/** expectEvidence compares what was seen with what is committed; with `STAX_UPDATE_EVIDENCE=1` it commits it. */
export function expectEvidence(runtime: ClientName, rows: readonly Row[]): void {
  const { package: name, version } = clientPackages[runtime];
  const evidence: Evidence = { runtime, client: { package: name, version }, rows };
  const file = fileOf(runtime);
  if (process.env.STAX_UPDATE_EVIDENCE === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(evidence, null, 2)}\n`);
  }
  expect(evidence).toEqual(JSON.parse(readFileSync(file, "utf8")));
}
