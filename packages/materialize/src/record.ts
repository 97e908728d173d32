import { printable } from "@stax/errors";
import { compareBytes } from "@stax/schema";
import * as z from "zod";
import { MaterializeError } from "./error.ts";
import { type Owned, ownedSchema } from "./owned.ts";
import { pathProblem } from "./path.ts";
import type { Disk } from "./root.ts";

/** Where the record of what stax wrote lies, below the root. */
export const recordPath = ".stax/materialized.json";
const recordLimit = 64 * 1024 * 1024;

const recordSchema = z.looseObject({ recordVersion: z.literal(1), owned: z.array(ownedSchema) });

/** readRecord reads what stax wrote under a root; empty where there is no record. Throws ERR_STAX_RECORD_INVALID. */
export function readRecord(disk: Disk): readonly Owned[] {
  const bytes = disk.read(recordPath, recordLimit);
  if (bytes === undefined) return [];
  const record = recordSchema.safeParse(parseJson(bytes));
  if (!record.success) throw invalid(record.error.issues[0]?.message ?? "it has another form");
  const bad = record.data.owned.find(({ path }) => pathProblem(path) !== undefined);
  if (bad !== undefined) throw invalid(`the path "${printable(bad.path)}" ${pathProblem(bad.path)}`);
  return record.data.owned;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid("it is no JSON", cause);
  }
}

const invalid = (reason: string, cause?: unknown): MaterializeError =>
  new MaterializeError("RECORD_INVALID", `${recordPath} cannot be read: ${reason}`, {
    cause,
    hint: "restore it from a backup, or remove it: files of an earlier run are then taken for yours",
  });

/** formatRecord writes the record as text: sorted by path, one entry a line, so that it can be committed and read in a diff. */
export function formatRecord(owned: readonly Owned[]): string {
  const lines = [...owned].sort((a, b) => compareBytes(a.path, b.path)).map((entry) => `    ${JSON.stringify(entry)}`);
  const list = lines.length === 0 ? "[]" : `[\n${lines.join(",\n")}\n  ]`;
  return `{\n  "recordVersion": 1,\n  "owned": ${list}\n}\n`;
}
