import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Owned } from "./owned.ts";
import { formatRecord, readRecord } from "./record.ts";
import { noDisk, Root } from "./root.ts";
import { temporaryDirectory } from "./sample.fixture.ts";

const digest = `sha256:${"a".repeat(64)}` as const;
const by = [{ adapter: "toy", source: "s" }];
const owned: readonly Owned[] = [
  { path: "b.json", claim: { kind: "keys", format: "json", keys: { "/x": digest }, made: [], created: true }, by },
  { path: "a.md", claim: { kind: "file", digest, executable: false, mayVanish: true }, by, adopted: true },
  { path: "d", claim: { kind: "directory" }, by },
  { path: "c.md", claim: { kind: "block", digest, created: false }, by },
];

function rootWith(record: string): Root {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, ".stax"));
  writeFileSync(join(directory, ".stax/materialized.json"), record);
  return Root.at(directory);
}

describe("readRecord", () => {
  it("reads what formatRecord wrote, sorted, and the same text for any order", () => {
    const sorted = [...owned].sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(readRecord(rootWith(formatRecord(owned)))).toEqual(sorted);
    expect(formatRecord(sorted)).toBe(formatRecord(owned));
  });
  it("is empty where nothing was written", () => {
    expect(readRecord(noDisk)).toEqual([]);
    expect(readRecord(rootWith(formatRecord([])))).toEqual([]);
  });
  it.each([
    ["no JSON", "{"],
    ["another version", '{"recordVersion":2,"owned":[]}'],
    [
      "a path that leaves the root",
      JSON.stringify({ recordVersion: 1, owned: [{ path: "../x", claim: { kind: "directory" }, by: [] }] }),
    ],
    [
      "a claim that is none",
      JSON.stringify({ recordVersion: 1, owned: [{ path: "x", claim: { kind: "file" }, by: [] }] }),
    ],
  ])("refuses %s instead of taking everything for a person's", (_, record) => {
    expect(() => readRecord(rootWith(record))).toThrow(
      expect.objectContaining({ code: "ERR_STAX_RECORD_INVALID", category: "build", hint: expect.any(String) }),
    );
  });
});
