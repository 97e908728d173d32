import { fileEntry } from "@stax/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LayersError, pathProblem, readArchive } from "../index.ts";
import { packed, paxRecords, rawArchive, rawGzip } from "../raw-archive.fixture.ts";

const long = `${"d".repeat(120)}/${"n".repeat(140)}`;
const archive = rawArchive(
  { path: "d/", type: "5" },
  { path: "d/a.md", content: "hello" },
  { path: "PaxHeader/x", type: "x", content: paxRecords({ path: long }) },
  { path: "short", content: "x".repeat(700) },
  { path: "././@LongLink", type: "L", content: `${long}2\0` },
  { path: "short", content: "y" },
);

/** Reads, and accepts nothing but a sound tree or an error of ours. */
async function readOrRefuse(layer: Buffer): Promise<void> {
  try {
    const { tree } = await readArchive([layer], { maxSize: 1 << 20 });
    for (const { path } of tree) expect(pathProblem(path)).toBeUndefined();
    expect(new Set(tree.map(({ path }) => path.normalize("NFC"))).size).toBe(tree.length);
  } catch (error) {
    if (!(error instanceof LayersError)) throw error;
  }
}

const change = fc.tuple(fc.nat(archive.length - 1), fc.integer({ min: 0, max: 255 }));

/** With the checksum of every header made right again, so that what is behind it gets its turn. */
function repaired(tar: Buffer): Buffer {
  for (let at = 0; at + 512 <= tar.length; at += 512) {
    if (tar.toString("latin1", at + 257, at + 262) !== "ustar") continue;
    tar.write("        ", at + 148, "latin1");
    const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
  }
  return tar;
}

describe("readArchive, given damaged layers,", () => {
  it("reads the undamaged one", async () => {
    const { tree } = await readArchive([rawGzip(archive)]);
    expect(tree.map(({ path }) => path)).toEqual(["d/a.md", long, `${long}2`]);
  });

  it("survives changed bytes of the archive", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const tar = Buffer.from(archive);
        for (const [at, byte] of changes) tar[at] = byte;
        await readOrRefuse(rawGzip(repaired(tar)));
      }),
      { numRuns: 400 },
    );
  });

  it("survives changed header fields", async () => {
    const field = fc.constantFrom(100, 124, 156, 157, 257, 345, 0);
    const block = fc.nat(archive.length / 512 - 1);
    await fc.assert(
      fc.asyncProperty(block, field, fc.uint8Array({ minLength: 1, maxLength: 12 }), async (index, at, bytes) => {
        const tar = Buffer.from(archive);
        tar.set(bytes, index * 512 + at);
        await readOrRefuse(rawGzip(repaired(tar)));
      }),
      { numRuns: 400 },
    );
  });

  it("survives missing, doubled and swapped blocks", async () => {
    const blocks = archive.length / 512;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(blocks - 1), { maxLength: blocks + 4 }), async (order) => {
        await readOrRefuse(rawGzip(Buffer.concat(order.map((i) => archive.subarray(i * 512, i * 512 + 512)))));
      }),
      { numRuns: 200 },
    );
  });

  it("survives changed and missing bytes of the gzip stream", async () => {
    const { bytes, diffId } = await packed([fileEntry("a.md", "hello ".repeat(200)), fileEntry("b", "x")]);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, flip, cut) => {
          const damaged = Buffer.from(cut ? bytes.subarray(0, at) : bytes);
          if (!cut) damaged[at] = (damaged[at] ?? 0) ^ flip;
          await readOrRefuse(damaged);
          // The header's time and system, or another way to say the same (a match in periodic text), may change; the content may not.
          const back = await readArchive([damaged]).catch(() => undefined);
          expect(back?.diffId ?? diffId).toBe(diffId);
        },
      ),
      { numRuns: 200 },
    );
  });
});
