import { type FileEntry, fileEntry } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { credentialsIn, packCache, packTree } from "./index.ts";
import { temporaryDirectory } from "./temporary.fixture.ts";

// Put together here, so that no scanner takes this file for a leak.
const token = `ghp_${"aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzC7R"}`;
const mebibyte = 1024 * 1024;

function inPieces(path: string, content: Uint8Array, size: number): FileEntry {
  const scratch = new Uint8Array(size);
  return {
    path,
    size: content.length,
    executable: false,
    *open() {
      for (let at = 0; at < content.length; at += size) {
        const piece = content.subarray(at, at + size);
        scratch.set(piece);
        yield scratch.subarray(0, piece.length); // lent
      }
    },
  };
}

const both = async (tree: readonly FileEntry[]) => {
  const { credentials } = await packTree(tree, () => undefined);
  expect(await credentialsIn(tree)).toEqual(credentials);
  return credentials;
};

describe("what packTree tells of credentials", () => {
  it("names file, line and column in characters, also of a token that is cut in two", async () => {
    const text = Buffer.from(`# é\r\n\nŠířka: ${token}\n`);
    const at = { line: 3, column: 8, what: "a GitHub token" };
    expect(await both([fileEntry("b.md", text), inPieces("c.txt", text, 16), fileEntry("a.md", "clean")])).toEqual([
      { path: "b.md", ...at },
      { path: "c.txt", ...at },
    ]);
  });

  it("searches the first MiB of a large file, and nothing of a binary one", async () => {
    const large = (at: number) => {
      const bytes = Buffer.alloc(2 * mebibyte, "line of text\n");
      bytes.write(` ${token} `, at);
      return bytes;
    };
    const binary = Buffer.concat([Buffer.from([0, 1, 2]), Buffer.from(` ${token} `)]);
    const found = await both([
      inPieces("deep.md", large(mebibyte + 10), 512 * 1024),
      inPieces("early.md", large(mebibyte - 100), 512 * 1024),
      fileEntry("picture.bin", binary),
      fileEntry("picture.png", ` ${token} `),
    ]);
    expect(found.map(({ path }) => path)).toEqual(["early.md"]);
  });

  it("is remembered with what was packed", async () => {
    const cache = packCache(temporaryDirectory());
    const source = { tree: [fileEntry("a.md", token)], statKey: { key: "k", racy: [] } };
    const packed = await cache.pack(source, () => undefined);
    expect(packed.credentials).toHaveLength(1);
    expect((await cache.lookup(source))?.credentials).toEqual(packed.credentials);
    expect(JSON.stringify(packed)).not.toContain(token);
  });
});
