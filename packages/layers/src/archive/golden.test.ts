import { gunzipSync, gzipSync } from "node:zlib";
import { fileEntry } from "@stax/schema";
import fc from "fast-check";
import { gzip as pakoGzip } from "pako";
import { afterEach, describe, expect, it, vi } from "vitest";
import gzipVectors from "../golden/gzip.json" with { type: "json" };
import paxVectors from "../golden/pax.json" with { type: "json" };
import ustarVectors from "../golden/ustar.json" with { type: "json" };
import { packed } from "../raw-archive.fixture.ts";
import { digestOfGzip, probeData, probeDigest, runtimeMatchesPako } from "./gzip-probe.ts";
import { type HeaderFields, paxHeader, splitPath, writeHeader } from "./header.ts";

describe("writeHeader", () => {
  // The vectors were compared byte for byte with the ustar headers of Python's tarfile when they were made.
  it.each(ustarVectors)("S03-06 writes the golden header of $path", ({ header, path, ...fields }) => {
    const block = Buffer.alloc(512, 0xff);
    const whole = writeHeader(block, { ...fields, path: Buffer.from(path) } as HeaderFields); // type is a plain string in JSON
    expect(whole).toBe(true);
    expect(block.toString("base64")).toBe(header);
  });

  it.each(paxVectors)("S03-07 writes the golden pax header of $path", ({ path, blocks, ...more }) => {
    const size = "size" in more ? Number(more.size) : undefined;
    expect(paxHeader(Buffer.from(path), size).toString("base64")).toBe(blocks);
  });

  it("fills fixed fields as decision A4 says", () => {
    const block = Buffer.alloc(512);
    writeHeader(block, { type: "0", path: Buffer.from("a"), mode: 0o755, size: 8 });
    const field = (at: number, length: number) => block.toString("latin1", at, at + length);
    expect(field(100, 8)).toBe("0000755\0");
    expect(field(108, 16)).toBe("0000000\x000000000\0");
    expect(field(124, 12)).toBe("00000000010\0");
    expect(field(136, 12)).toBe("00000000000\0");
    expect(field(148, 8)).toMatch(/^[0-7]{6}\0 $/);
    expect(field(257, 8)).toBe("ustar\x0000");
    expect(block.subarray(265, 512).every((byte) => byte === 0)).toBe(true);
  });
});

describe("splitPath", () => {
  const split = (path: string) => splitPath(Buffer.from(path));
  it("needs no prefix up to 100 bytes", () => {
    expect(split("x".repeat(100))).toBe(0);
  });
  it("takes the leftmost slash that leaves a name of 100 bytes", () => {
    expect(split(`aa/bb/${"c".repeat(96)}`)).toBe(2);
    expect(split(`aa/bb/${"c".repeat(98)}`)).toBe(5);
  });
  it.each([
    ["a name over 100 bytes", "n".repeat(101)],
    ["a name of 101 bytes in a directory", `a/${"n".repeat(101)}`],
    ["a prefix over 155 bytes", `${"p".repeat(156)}/n`],
    ["a directory that would leave an empty name", `${"p".repeat(120)}/`],
    ["an absolute path's empty prefix", `/${"n".repeat(100)}`],
  ])("gives up for %s", (_, path) => {
    expect(split(path)).toBeUndefined();
  });
});

describe("the gzip bytes", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const treeOf = ({ files }: (typeof gzipVectors)[number]) =>
    files.map(({ path, content, ...more }) => fileEntry(path, content, { executable: "executable" in more }));

  it.each(gzipVectors.map((vector, i) => ({ i, vector })))(
    "S03-14 S03-15 packs golden tree $i to pako's bytes",
    async ({ vector }) => {
      const layer = await packed(treeOf(vector));
      expect(layer.bytes.toString("base64")).toBe(vector.gzip);
      expect(layer).toMatchObject({ digest: vector.digest, diffId: vector.diffId, size: layer.bytes.length });
      expect(layer.bytes.subarray(0, 10).toString("hex")).toBe("1f8b08000000000000ff");
    },
  );

  it("S03-14 packs the golden trees to the same bytes when pako is forced", async () => {
    for (const vector of gzipVectors) {
      const layer = await packed(treeOf(vector), { compressor: "pako" });
      expect(layer.digest).toBe(vector.digest);
    }
  });

  it("takes pako when STAX_COMPRESSOR says so", async () => {
    vi.stubEnv("STAX_COMPRESSOR", "pako");
    const vector = gzipVectors[2];
    if (vector === undefined) throw new Error("no vector");
    expect((await packed(treeOf(vector))).digest).toBe(vector.digest);
  });

  it("has a probe of at least 256 KiB whose digest is pako's", () => {
    const data = probeData();
    expect(data.length).toBeGreaterThanOrEqual(256 * 1024);
    expect(digestOfGzip(pakoGzip(data, { level: 6 }))).toBe(probeDigest);
  });

  it("has a probe that other deflate parameters fail", () => {
    for (const options of [{ level: 5 }, { level: 7 }, { level: 6, memLevel: 9 }, { level: 6, windowBits: 14 }])
      expect(digestOfGzip(gzipSync(probeData(), options))).not.toBe(probeDigest);
  });

  it.runIf(runtimeMatchesPako())(
    "are the same from zlib and pako for generated data (only where the runtime's zlib passes the probe)",
    async () => {
      const content = fc.oneof(
        fc.uint8Array({ maxLength: 4000 }),
        fc.string({ maxLength: 3000 }).map((text) => Buffer.from(text.repeat(3))),
        fc
          .tuple(fc.uint8Array({ maxLength: 100 }), fc.integer({ min: 1, max: 20_000 }))
          .map(([bytes, times]) => Buffer.concat(Array.from({ length: times % 300 }, () => bytes))),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(content, { maxLength: 8 }), async (contents) => {
          const tree = contents.map((bytes, i) => fileEntry(`f${i}`, bytes));
          const [zlib, pako] = [await packed(tree, { compressor: "zlib" }), await packed(tree, { compressor: "pako" })];
          expect(zlib.digest).toBe(pako.digest);
        }),
        { numRuns: 40 },
      );
    },
  );

  it.runIf(runtimeMatchesPako())(
    "are the same from zlib and pako over many blocks (only where the runtime's zlib passes the probe)",
    async () => {
      const probe = probeData();
      const tree = Array.from({ length: 12 }, (_, i) => fileEntry(`p${i}`, Buffer.from(probe).subarray(i * 1000)));
      const [zlib, pako] = [await packed(tree, { compressor: "zlib" }), await packed(tree, { compressor: "pako" })];
      expect(zlib.uncompressedSize).toBeGreaterThan(4 * 1024 * 1024);
      expect(zlib.digest).toBe(pako.digest);
      expect(gunzipSync(pako.bytes).length).toBe(pako.uncompressedSize);
    },
  );
});
