import { describe, expect, it } from "vitest";
import { noise, prose, random } from "../bench/data.ts";
import { interleave, peakMemory, run, summarize } from "../bench/measure.ts";

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
