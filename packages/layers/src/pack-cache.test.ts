import { readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packCache, packTree, readTree, type TreeReading } from "./index.ts";
import { directoryOf, temporaryDirectory } from "./temporary.fixture.ts";

const ignore = (): void => {};
const anHourAgo = Date.now() / 1000 - 3600;

/** As if its files had been written an hour ago. The time of change (ctime) cannot be set, so the reading is told that it was later. */
function aged(reading: TreeReading): TreeReading {
  return { ...reading, statKey: { ...reading.statKey, racy: [] } };
}

describe("packCache", () => {
  it("knows what an unchanged directory was packed into", async () => {
    const root = directoryOf({ "a.md": "1", "d/b.md": Buffer.from("caf\xe9", "latin1") });
    const cache = packCache(temporaryDirectory());
    expect(await cache.lookup(await readTree(root))).toBeUndefined();
    const packed = await cache.pack(await readTree(root), ignore);
    expect(packed).toEqual(await packTree((await readTree(root)).tree, ignore));
    expect(packed.notUtf8).toEqual(["d/b.md"]);
    expect(await cache.lookup(await readTree(root))).toEqual(packed);
  });

  it.each([
    ["content of another size", (root: string) => writeFileSync(join(root, "a.md"), "12")],
    ["content of the same size", (root: string) => writeFileSync(join(root, "a.md"), "2")],
    ["a new file", (root: string) => writeFileSync(join(root, "c.md"), "")],
    ["a file in a new directory", (root: string) => directoryOf({ "x/a.md": "1" }, root)],
  ])("is never wrong: %s is a miss", async (_, change) => {
    const root = directoryOf({ "a.md": "1", "d/b.md": "2" });
    const cache = packCache(temporaryDirectory());
    await cache.pack(await readTree(root), ignore);
    change(root);
    expect(await cache.lookup(await readTree(root))).toBeUndefined();
  });

  it("is never wrong: an old file with another time, or an executable bit, is a miss", async () => {
    const root = directoryOf({ "a.md": "1" });
    const cache = packCache(temporaryDirectory());
    await cache.pack(aged(await readTree(root)), ignore);
    expect(await cache.lookup(aged(await readTree(root)))).toBeDefined();
    utimesSync(join(root, "a.md"), anHourAgo, anHourAgo);
    expect(await cache.lookup(aged(await readTree(root)))).toBeUndefined();
    const executable = await readTree(root, { isExecutable: () => true });
    await cache.pack(aged(await readTree(root)), ignore);
    expect(await cache.lookup(aged(executable))).toBeUndefined();
  });

  it("is never wrong: a change within the time stamp's grain, size and times alike, is found by content", async () => {
    const root = directoryOf({ "a.md": "1" });
    const cache = packCache(temporaryDirectory());
    utimesSync(join(root, "a.md"), Date.now() / 1000, Date.now() / 1000 + 60);
    const reading = await readTree(root);
    expect(reading.statKey.racy).toEqual(["a.md"]);
    await cache.pack(reading, ignore);
    // What a coarse clock would show: the same state of the file, with other content.
    const changed = {
      ...reading,
      tree: [{ ...reading.tree[0], open: () => [Buffer.from("2")] }],
    } as unknown as TreeReading; // one entry, as above
    expect(await cache.lookup(changed)).toBeUndefined();
    expect(await cache.lookup(reading)).toBeDefined();
  });

  it("trusts files that were old when they were packed without opening them", async () => {
    const root = directoryOf({ "a.md": "1" });
    const cache = packCache(temporaryDirectory());
    const reading = aged(await readTree(root));
    await cache.pack(reading, ignore);
    const closed = { ...reading, tree: reading.tree.map((entry) => ({ ...entry, open: () => { throw new Error("opened"); } })) }; // biome-ignore format: one line
    expect(await cache.lookup(closed)).toBeDefined();
  });

  it("compares young files once, then trusts them when they have grown old", async () => {
    const root = directoryOf({ "a.md": "1" });
    const cache = packCache(temporaryDirectory());
    const reading = await readTree(root);
    await cache.pack(reading, ignore);
    expect(await cache.lookup(aged(reading))).toBeDefined();
    const closed = { ...reading, tree: reading.tree.map((entry) => ({ ...entry, open: () => { throw new Error("opened"); } })) }; // biome-ignore format: one line
    expect(await cache.lookup(aged(closed))).toBeDefined();
  });

  it("takes a damaged entry for a miss", async () => {
    const root = directoryOf({ "a.md": "1" });
    const directory = temporaryDirectory();
    const cache = packCache(directory);
    await cache.pack(await readTree(root), ignore);
    const [name = ""] = readdirSync(directory);
    for (const damage of ["", "{}", "x".repeat(statSync(join(directory, name)).size)]) {
      writeFileSync(join(directory, name), damage);
      expect(await cache.lookup(await readTree(root))).toBeUndefined();
    }
  });

  it("remembers nothing of a pack that failed", async () => {
    const root = directoryOf({ "a.md": "1" });
    const directory = join(temporaryDirectory(), "packs");
    const cache = packCache(directory);
    await expect(cache.pack(await readTree(root), () => Promise.reject(new Error("disk full")))).rejects.toThrow(
      "disk full",
    );
    expect(await cache.lookup(await readTree(root))).toBeUndefined();
  });
});
