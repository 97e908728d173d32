import { readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Bench, built } from "./registry.fixture.ts";

/** A cache with content, layers and packs in it. */
async function filled(): Promise<Bench> {
  const bench = await built();
  await bench.run(["push", `${bench.host}/acme/helper:1.2.3`]);
  expect((await bench.run(["materialize", `${bench.host}/acme/helper:1.2.3`, "--out", "./out"])).code).toBe(0);
  return bench;
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe("stax cache", () => {
  it("shows what is kept, part by part", async () => {
    const { json, run, home } = await filled();
    const { data } = (await json(["cache"])).json;
    expect(data).toMatchObject({ directory: join(home, "cache"), pruned: false });
    const parts = Object.fromEntries(data.parts.map((part: { name: string }) => [part.name, part]));
    expect(Object.keys(parts)).toEqual(["content", "layers", "packs", "stripped", "code"]);
    for (const name of ["content", "layers", "packs"]) expect(parts[name].files, name).toBeGreaterThan(0);
    const sizes = filesIn(join(home, "cache/layers")).map((path) => statSync(path).size);
    expect(parts.layers).toMatchObject({ files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) });
    expect((await run(["cache"])).stdout).toMatch(/^PART +FILES +SIZE\ncontent +7 /);
  });

  it("prunes by age, says before what it would delete, and everything works afterwards", async () => {
    const { json, run, home, host, cwd } = await filled();
    const old = new Date(Date.now() - 40 * 24 * 60 * 60 * 1000);
    const [kept, ...rest] = filesIn(join(home, "cache/content/blobs/sha256"));
    for (const path of [...rest, ...filesIn(join(home, "cache/layers"))]) utimesSync(path, old, old);
    const before = filesIn(join(home, "cache"));
    const dry = (await json(["cache", "prune", "--dry-run"])).json.data;
    expect(filesIn(join(home, "cache"))).toEqual(before);
    const done = (await json(["cache", "prune"])).json.data;
    expect({ ...done, dryRun: true }).toEqual(dry);
    const [content, layers] = done.parts;
    expect(content.removed.files).toBe(rest.length);
    expect(content.files).toBe(1);
    expect(layers).toMatchObject({ files: 0, bytes: 0 });
    expect(filesIn(join(home, "cache/content/blobs/sha256"))).toEqual([kept]);
    const again = await run(["materialize", `${host}/acme/helper:1.2.3`, "--out", "./again"], { cwd });
    expect(again.code).toBe(0);
  });

  it("prunes to a size, content last used first, and refuses what is no size and no time", async () => {
    const { json, run } = await filled();
    const before = (await json(["cache"])).json.data.parts[0];
    const { parts } = (await json(["cache", "prune", "--max-size", `${before.bytes - 1}`])).json.data;
    const total = parts.reduce((sum: number, { bytes }: { bytes: number }) => sum + bytes, 0);
    expect(total).toBeLessThan(before.bytes);
    expect(parts[0].files).toBeGreaterThan(0);
    expect((await run(["cache", "prune", "--max-size", "0"])).stdout).toContain("0 B left");
    for (const line of [
      ["cache", "prune", "--max-size", "much"],
      ["cache", "prune", "--max-age", "30"],
      ["cache", "--dry-run"],
      ["cache", "clear"],
    ])
      expect({ line, ...(await run(line)) }).toMatchObject({ line, code: 1, stdout: "" });
  });
});
