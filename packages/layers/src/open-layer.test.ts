import {
  appendFileSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type FileEntry, fileEntry, readEntry } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { sha256Of } from "./digest.ts";
import { type LayerBlob, openLayer } from "./index.ts";
import { packed, rawArchive, rawGzip } from "./raw-archive.fixture.ts";
import { temporaryDirectory } from "./temporary.fixture.ts";

const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => Math.imul(i, 2654435761) >> 13));
const sample = () =>
  packed([
    fileEntry("rules/a.md", "# A"),
    fileEntry("big.bin", noise(700_000)),
    fileEntry("run.sh", "#!/bin/sh", { executable: true }),
    fileEntry("empty", ""),
  ]);

/** A blob that counts how often it is opened. */
function blobOf(layer: {
  digest: string;
  size: number;
  diffId?: string;
  bytes: Buffer;
}): LayerBlob & { opened: number } {
  const blob = {
    digest: layer.digest,
    size: layer.size,
    diffId: layer.diffId,
    opened: 0,
    open: () => {
      blob.opened++;
      return [layer.bytes.subarray(0, 1000), layer.bytes.subarray(1000)];
    },
  };
  return blob;
}

const contentOf = async (entry: FileEntry | undefined): Promise<Buffer> =>
  Buffer.from(entry === undefined ? [] : await readEntry(entry, 1 << 30));
const find = (tree: readonly FileEntry[], path: string): FileEntry | undefined =>
  tree.find((entry) => entry.path === path);
const fileOf = (cache: string, extension: string): string =>
  join(cache, "sha256", readdirSync(join(cache, "sha256")).find((name) => name.endsWith(extension)) ?? "none");

describe("openLayer", () => {
  it("gives entries with path, size, executable bit and digest, which open with their content", async () => {
    const layer = await sample();
    const { tree, diffId, uncompressedSize, cached } = await openLayer(blobOf(layer), temporaryDirectory());
    expect(cached).toBe(false);
    expect(diffId).toBe(layer.diffId);
    expect(uncompressedSize).toBe(layer.uncompressedSize);
    expect(tree.map(({ path, size, executable }) => [path, size, executable])).toEqual([
      ["big.bin", 700_000, false],
      ["empty", 0, false],
      ["rules/a.md", 3, false],
      ["run.sh", 9, true],
    ]);
    expect((await contentOf(find(tree, "big.bin"))).equals(noise(700_000))).toBe(true);
    expect((await contentOf(find(tree, "rules/a.md"))).toString()).toBe("# A");
    for (const entry of tree) expect(entry.digest).toBe(sha256Of(await contentOf(entry)));
  });

  it("S03-71 reads the blob once, then the cache, named by diff-id", async () => {
    const cache = temporaryDirectory();
    const layer = await sample();
    const blob = blobOf(layer);
    await openLayer(blob, cache);
    const again = await openLayer(blob, cache);
    expect(blob.opened).toBe(1);
    expect(again.cached).toBe(true);
    expect((await contentOf(find(again.tree, "run.sh"))).toString()).toBe("#!/bin/sh");
    expect(fileOf(cache, ".tar")).toContain(layer.diffId.slice("sha256:".length));
  });

  it("shares one archive between blobs that were compressed differently", async () => {
    const cache = temporaryDirectory();
    const archive = rawArchive({ path: "a", content: "x" });
    const bytes = rawGzip(archive);
    await openLayer(blobOf({ digest: sha256Of(bytes), size: bytes.length, bytes }), cache);
    const other = Buffer.from(bytes);
    other[9] = 3;
    await openLayer(blobOf({ digest: sha256Of(other), size: other.length, bytes: other }), cache);
    expect(readdirSync(join(cache, "sha256")).filter((name) => name.endsWith(".tar"))).toHaveLength(1);
  });

  it("S03-72 holds a layer in the cache to the limit of who opens it", async () => {
    const layer = await packed([fileEntry("a.md", "a".repeat(100)), fileEntry("b.md", "b".repeat(100))]);
    const cache = temporaryDirectory();
    await openLayer(blobOf(layer), cache, { maxSize: 200 });
    await expect(openLayer(blobOf(layer), cache, { maxSize: 199 })).rejects.toMatchObject({
      code: "ERR_STAX_LAYER_TOO_LARGE",
    });
    expect((await openLayer(blobOf(layer), cache, { maxSize: 200 })).cached).toBe(true);
  });

  it("works with many readers and writers of one cache at once", async () => {
    const cache = temporaryDirectory();
    const layer = await sample();
    const opened = await Promise.all(Array.from({ length: 8 }, () => openLayer(blobOf(layer), cache)));
    for (const { tree } of opened) expect((await contentOf(find(tree, "rules/a.md"))).toString()).toBe("# A");
    expect(readdirSync(join(cache, "sha256")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect((await openLayer(blobOf(layer), cache)).cached).toBe(true);
  });

  it.each([
    "sha256:../../../../PWNED",
    "sha256:ABC",
    `sha256:${"A".repeat(64)}`,
    `sha512:${"a".repeat(128)}`,
    "../x",
    "",
    `sha256:${"a".repeat(63)}`,
    `sha256:${"a".repeat(64)}/../x`,
  ])("X-03 refuses the digest %j before it becomes a path", async (digest) => {
    const directory = temporaryDirectory();
    const cache = join(directory, "cache");
    const layer = await sample();
    await expect(openLayer({ ...blobOf(layer), digest }, cache)).rejects.toMatchObject({
      code: "ERR_STAX_LAYER_DIGEST_INVALID",
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([
    ["other bytes", (layer: Buffer) => rawGzip(rawArchive({ path: "other", content: String(layer.length) }))],
    ["fewer bytes", (layer: Buffer) => layer.subarray(0, -1)],
    ["more bytes", (layer: Buffer) => Buffer.concat([layer, Buffer.from("x")])],
  ])("refuses %s than the digest says, and caches nothing", async (_, lie) => {
    const cache = temporaryDirectory();
    const layer = await sample();
    const blob = blobOf({ ...layer, bytes: lie(layer.bytes) });
    await expect(openLayer(blob, cache)).rejects.toMatchObject({
      category: "build",
      code: expect.stringMatching(/LAYER_/),
    });
    expect(readdirSync(join(cache, "sha256"))).toEqual([]);
  });

  it("refuses a valid layer under another layer's digest", async () => {
    const [one, two] = [await sample(), await packed([fileEntry("x", "y")])];
    const blob = blobOf({ digest: two.digest, size: one.size, bytes: one.bytes });
    await expect(openLayer(blob, temporaryDirectory())).rejects.toMatchObject({
      code: "ERR_STAX_LAYER_DIGEST_MISMATCH",
    });
  });

  it("refuses a diff-id that is not the archive's, also from the cache", async () => {
    const cache = temporaryDirectory();
    const [layer, other] = [await sample(), await packed([fileEntry("evil", "1")])];
    await openLayer(blobOf(other), cache);
    for (let i = 0; i < 2; i++)
      await expect(openLayer({ ...blobOf(layer), diffId: other.diffId }, cache)).rejects.toMatchObject({
        code: "ERR_STAX_LAYER_DIGEST_MISMATCH",
      });
  });

  describe("when the cache is damaged", () => {
    const flip = (file: string, at: number): void => {
      const bytes = readFileSync(file);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(file, bytes);
    };
    it.each([
      ["a flipped bit in the archive", (cache: string) => flip(fileOf(cache, ".tar"), 600)],
      ["a longer archive", (cache: string) => appendFileSync(fileOf(cache, ".tar"), "x")],
      ["an empty archive", (cache: string) => writeFileSync(fileOf(cache, ".tar"), "")],
      ["a missing archive", (cache: string) => rmSync(fileOf(cache, ".tar"))],
      ["a flipped bit in the index", (cache: string) => flip(fileOf(cache, ".json"), 120)],
      ["an empty index", (cache: string) => writeFileSync(fileOf(cache, ".json"), "")],
      ["a missing index", (cache: string) => rmSync(fileOf(cache, ".json"))],
      [
        "nonsense where the blob's archive is named",
        (cache: string) => writeFileSync(fileOf(cache, ".blob"), "sha256:../../x"),
      ],
    ])("unpacks again after %s", async (_, damage) => {
      const cache = temporaryDirectory();
      const blob = blobOf(await sample());
      await openLayer(blob, cache);
      damage(cache);
      const { tree, cached } = await openLayer(blob, cache);
      expect(cached).toBe(false);
      expect(blob.opened).toBe(2);
      expect((await contentOf(find(tree, "rules/a.md"))).toString()).toBe("# A");
      expect((await openLayer(blob, cache)).cached).toBe(true);
    });

    it("takes an archive that was copied or restored, after reading it once", async () => {
      const cache = temporaryDirectory();
      const blob = blobOf(await sample());
      await openLayer(blob, cache);
      const tar = fileOf(cache, ".tar");
      copyFileSync(tar, `${tar}.copy`);
      rmSync(tar);
      copyFileSync(`${tar}.copy`, tar);
      utimesSync(tar, 1, 1);
      expect((await openLayer(blob, cache)).cached).toBe(true);
      expect(blob.opened).toBe(1);
    });

    it.each([["rules/a.md"], ["big.bin"]])(
      "refuses to hand out %s when it changed behind our back, and recovers",
      async (path) => {
        const cache = temporaryDirectory();
        const blob = blobOf(await sample());
        const { tree } = await openLayer(blob, cache);
        const tar = fileOf(cache, ".tar");
        const { atimeMs, mtimeMs } = statSync(tar);
        const bytes = readFileSync(tar);
        // In place, as a bit that rots would: every byte, the times as before.
        writeFileSync(
          tar,
          bytes.map((byte) => byte ^ 1),
        );
        utimesSync(tar, atimeMs / 1000, mtimeMs / 1000);
        await expect(contentOf(find(tree, path))).rejects.toMatchObject({ code: "ERR_STAX_LAYER_CACHE_CORRUPT" });
        const again = await openLayer(blob, cache);
        expect(again.cached).toBe(false);
        expect((await contentOf(find(again.tree, path))).length).toBeGreaterThan(0);
      },
    );

    it("says so when the archive is gone while its entries are in use", async () => {
      const cache = temporaryDirectory();
      const { tree } = await openLayer(blobOf(await sample()), cache);
      rmSync(fileOf(cache, ".tar"));
      for (const path of ["rules/a.md", "big.bin"])
        await expect(contentOf(find(tree, path))).rejects.toMatchObject({ code: "ERR_STAX_LAYER_CACHE_CORRUPT" });
    });
  });

  it("leaves no temporary file behind when the blob fails half-way", async () => {
    const cache = temporaryDirectory();
    const layer = await sample();
    const open = async function* () {
      yield layer.bytes.subarray(0, 500);
      throw new Error("connection reset");
    };
    await expect(openLayer({ ...blobOf(layer), open }, cache)).rejects.toThrow("connection reset");
    expect(readdirSync(join(cache, "sha256"))).toEqual([]);
  });

  it("stops when it is told to", async () => {
    const layer = await sample();
    await expect(openLayer(blobOf(layer), temporaryDirectory(), { signal: AbortSignal.abort() })).rejects.toThrow(
      "aborted",
    );
  });
});
