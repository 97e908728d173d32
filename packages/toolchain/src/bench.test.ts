import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { noise, prose, random, rulesOf, writeSkills } from "../bench/data.ts";
import { interleave, peakMemory, run, summarize } from "../bench/measure.ts";
import { findPeer } from "../bench/peers.ts";

const node = (script: string, name = "node") => ({ name, file: process.execPath, args: ["-e", script], cwd: "/" });

describe("summarize", () => {
  it("gives median and range of odd and even numbers of times", () => {
    expect(summarize("a", [3, 1, 2])).toEqual({ name: "a", median: 2, min: 1, max: 3 });
    expect(summarize("a", [4, 1, 2, 3]).median).toBe(2.5);
  });
});

describe("interleave", () => {
  it("runs by turns, prepares every run, and does not count the first round", () => {
    const order: string[] = [];
    const command = (name: string) => ({ ...node("0", name), before: () => void order.push(name) });
    const samples = interleave([command("a"), command("b")], 1);
    expect(order).toEqual(["a", "b", "a", "b"]);
    expect(samples.map(({ name }) => name)).toEqual(["a", "b"]);
  });
});

describe("run", () => {
  it("refuses to measure a command that fails", () => {
    expect(() => run(node("console.error('no'); process.exitCode = 3", "broken"))).toThrow(/broken ended with 3: no/);
  });
});

describe("peakMemory", () => {
  it("sees memory that a process held for a moment", async () => {
    const { peakBytes } = await peakMemory(node("Buffer.alloc(2e8, 1)"));
    expect(peakBytes).toBeGreaterThan(2e8);
    expect(peakBytes).toBeLessThan(6e8);
  });
});

describe("the data", () => {
  it("is the same for the same seed and has the wanted size", () => {
    expect(prose(5000, random(1))).toBe(prose(5000, random(1)));
    expect(Buffer.byteLength(prose(5000, random(1)))).toBe(5000);
    expect(noise(4096, random(1))).toHaveLength(4096);
  });
});

describe("findPeer", () => {
  const peer = { name: "toy", package: "toy", version: "1.0.0", script: "toy/bin.js" };
  const temporary = (): string => {
    const path = mkdtempSync(join(tmpdir(), "stax-peers-"));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  it("finds what was installed before, by its version", () => {
    const cache = temporary();
    const script = join(cache, "toy@1.0.0/node_modules/toy/bin.js");
    mkdirSync(join(script, ".."), { recursive: true });
    writeFileSync(script, "");
    expect(findPeer(peer, cache)).toEqual({ name: "toy", version: "1.0.0", script });
  });
  it("says why there is none, and leaves nothing half installed", () => {
    const cache = temporary();
    vi.stubEnv("PATH", temporary());
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(findPeer(peer, cache)).toMatchObject({
      skipped: expect.stringMatching(/^toy@1\.0\.0 cannot be installed into .*npm/),
    });
    expect(readdirSync(cache)).toEqual([]);
  });
});

describe("the content of the comparison", () => {
  it("is the same for each tool: rules by id, three of four for some files, skills of five files", () => {
    const rules = rulesOf(8);
    expect(rules).toEqual(rulesOf(8));
    expect(rules.filter(({ glob }) => glob !== undefined)).toHaveLength(6);
    const path = mkdtempSync(join(tmpdir(), "stax-skills-"));
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    writeSkills(path, 2);
    expect(readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())).toHaveLength(
      10,
    );
  });
});
