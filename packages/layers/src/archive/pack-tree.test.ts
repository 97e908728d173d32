import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { compareBytes, type FileEntry, fileEntry } from "@stax/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LayersError, packTree, readArchive } from "../index.ts";
import { packed } from "../raw-archive.fixture.ts";
import { temporaryDirectory } from "../temporary.fixture.ts";

/** Headers of an archive as they are on the tape, read by position, apart from the reader under test. */
function headersOf(layer: Buffer) {
  const tar = gunzipSync(layer);
  const headers: { name: string; type: string; mode: string; header: Buffer }[] = [];
  for (let at = 0; tar[at] !== 0 && at < tar.length; ) {
    const header = tar.subarray(at, at + 512);
    const text = (from: number, length: number) => header.toString("utf8", from, from + length).split("\0")[0] ?? "";
    const prefix = text(345, 155);
    const type = text(156, 1);
    headers.push({ name: (prefix === "" ? "" : `${prefix}/`) + text(0, 100), type, mode: text(100, 7), header });
    at += 512 + Math.ceil(Number.parseInt(text(124, 11), 8) / 512) * 512;
  }
  return headers;
}

const namesOf = async (...paths: string[]): Promise<readonly string[]> =>
  headersOf((await packed(paths.map((path) => fileEntry(path, path)))).bytes).map(({ name }) => name);

async function contentOf(entry: FileEntry): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of entry.open()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

describe("packTree", () => {
  it("S03-01 S03-02 writes relative paths with /", async () => {
    expect(await namesOf("a/b/c.md", "d.md")).toEqual(["a/", "a/b/", "a/b/c.md", "d.md"]);
  });

  it("S03-03 packs names that only look like traversal", async () => {
    const names = ["...", "..a", "a..b.md", "dir../x", "x/...y"];
    expect((await namesOf(...names)).filter((name) => !name.endsWith("/")).sort()).toEqual([...names].sort());
  });

  it("S03-04 sorts entries by UTF-8 bytes, also where UTF-16 sorts otherwise", async () => {
    expect(await namesOf("\u{1f600}", "\ufffd", "é", "z", "a-b", "a/x", "a", "A").catch(String)).toContain(
      "file and a directory",
    );
    expect(await namesOf("\u{1f600}", "\ufffd", "é", "z", "a-b", "A")).toEqual([
      "A",
      "a-b",
      "z",
      "é",
      "\ufffd",
      "\u{1f600}",
    ]);
  });

  it("S03-05 writes each directory right before its first child, once, with all its parents", async () => {
    expect(await namesOf("a/x", "a-b", "a/y/z/1", "a/y/2", "b/c/d/e", "a.b")).toEqual([
      ...["a-b", "a.b", "a/", "a/x", "a/y/", "a/y/2", "a/y/z/", "a/y/z/1"],
      ...["b/", "b/c/", "b/c/d/", "b/c/d/e"],
    ]);
  });

  it("S03-06 S03-07 uses the prefix field up to 255 bytes and pax only beyond", async () => {
    const fits = [
      `${"p".repeat(99)}/${"q".repeat(55)}/${"n".repeat(99)}`,
      `${"d".repeat(60)}/${"e".repeat(60)}/${"f".repeat(60)}`,
    ];
    const pax = [`${"p".repeat(200)}/${"n".repeat(60)}`, "n".repeat(101), `${"é".repeat(120)}/${"x".repeat(30)}`];
    const types = async (path: string) =>
      headersOf((await packed([fileEntry(path, "")])).bytes).map(({ type }) => type);
    for (const path of fits) expect(await types(path)).not.toContain("x");
    for (const path of pax) expect(await types(path)).toContain("x");
    const tree = [...fits, ...pax].map((path) => fileEntry(path, path));
    const back = await readArchive([(await packed(tree)).bytes]);
    expect(back.tree.map(({ path }) => path)).toEqual([...fits, ...pax].sort(compareBytes));
  });

  it("S03-08 S03-09 S03-10 S03-11 S03-12 S03-13 writes fixed times, owners and modes", async () => {
    const tree = [fileEntry("d/plain", "1"), fileEntry("d/run", "2", { executable: true })];
    const headers = headersOf((await packed(tree)).bytes);
    expect(headers.map(({ name, mode }) => [name, mode])).toEqual([
      ["d/", "0000755"],
      ["d/plain", "0000644"],
      ["d/run", "0000755"],
    ]);
    for (const { header } of headers) {
      expect(header.toString("latin1", 108, 124)).toBe("0000000\x000000000\0");
      expect(header.toString("latin1", 136, 148)).toBe("00000000000\0");
      expect(header.subarray(265, 345).every((byte) => byte === 0)).toBe(true);
    }
  });

  it("S03-12 gives an executable another digest", async () => {
    const [plain, executable] = [
      await packed([fileEntry("a", "1")]),
      await packed([fileEntry("a", "1", { executable: true })]),
    ];
    expect(plain.digest).not.toBe(executable.digest);
  });

  it("S03-16 S03-17 S03-18 preserves every byte: random, CRLF, invalid UTF-8, a byte order mark", async () => {
    const contents = [
      Buffer.from("a\r\nb\rc\n"),
      Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]),
      Buffer.from("\ufeff# Title\r\n"),
      Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) >> 3)),
    ];
    const layer = await packed(contents.map((content, i) => fileEntry(`f${i}.md`, content)));
    const { tree } = await readArchive([layer.bytes]);
    for (const [i, content] of contents.entries()) expect(await contentOf(tree[i] as FileEntry)).toEqual(content);
  });

  it("S03-19 names Markdown and YAML that is no UTF-8, and packs it as it is", async () => {
    const latin = Buffer.from("caf\xe9", "latin1");
    const cut = async function* () {
      yield Buffer.from([0x78, 0xc3]);
      yield Buffer.from([0xa9]);
    };
    const layer = await packed([
      fileEntry("a.md", latin),
      fileEntry("b.YAML", latin),
      fileEntry("c.bin", latin),
      fileEntry("d.md", "café"),
      { path: "e.md", size: 3, executable: false, open: cut },
    ]);
    expect(layer.notUtf8).toEqual(["a.md", "b.YAML"]);
  });

  it("S03-76 S00-15 gives identical digests for identical content, in any order of entries", async () => {
    const path = fc
      .stringMatching(/^[a-z]{1,3}(\/[a-zé.-]{1,4}){0,3}$/)
      .filter((text) => !text.split("/").some((s) => /^\.+$/.test(s)));
    const files = fc.uniqueArray(fc.tuple(path, fc.uint8Array({ maxLength: 1500 }), fc.boolean()), {
      selector: ([name]) => name,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(files, fc.infiniteStream(fc.nat()), async (all, random) => {
        const usable = all.filter(([name]) => !all.some(([other]) => other.startsWith(`${name}/`)));
        const tree = usable.map(([name, content, executable]) => fileEntry(name, content, { executable }));
        const shuffled = [...tree]
          .map((entry) => ({ entry, key: random.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key);
        const first = await packed(tree);
        const second = await packed(shuffled.map(({ entry }) => entry));
        expect(second.bytes.equals(first.bytes)).toBe(true);
        // And unpacking is the inverse.
        const back = await readArchive([first.bytes]);
        expect(back.diffId).toBe(first.diffId);
        const expected = [...usable].sort(([a], [b]) => compareBytes(a, b));
        expect(back.tree.map((entry) => [entry.path, entry.executable])).toEqual(
          expected.map(([name, , x]) => [name, x]),
        );
        for (const [i, [, content]] of expected.entries())
          expect((await contentOf(back.tree[i] as FileEntry)).equals(Buffer.from(content))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("gives the same bytes however content comes: whole, in pieces, asynchronously", async () => {
    const content = Buffer.from(Array.from({ length: 3_500_000 }, (_, i) => (i * i) >> 5));
    const pieces = (length: number) =>
      async function* () {
        const buffer = Buffer.alloc(length);
        for (let at = 0; at < content.length; at += length) {
          const piece = content.subarray(at, at + length);
          // Lent: overwritten at the next step.
          buffer.set(piece);
          yield buffer.subarray(0, piece.length);
        }
      };
    const whole = await packed([fileEntry("a", content), fileEntry("b", "x")]);
    for (const length of [64 * 1024, 300_001, 1024 * 1024, content.length]) {
      const entry = { path: "a", size: content.length, executable: false, open: pieces(length) };
      expect((await packed([entry, fileEntry("b", "x")])).digest).toBe(whole.digest);
    }
  });

  it("ends in 1,024 zero bytes, not in GNU's 10 KiB", async () => {
    const layer = await packed([fileEntry("a", "x")]);
    expect(layer.uncompressedSize).toBe(512 + 512 + 1024);
    expect((await packed([])).uncompressedSize).toBe(1024);
  });

  it("is read by GNU tar, with the same names, modes and content", async () => {
    const directory = temporaryDirectory();
    const tree = [
      fileEntry("é/漢字.md", "ü"),
      fileEntry(`${"d".repeat(120)}/${"n".repeat(140)}`, "pax"),
      fileEntry("run", "#!", { executable: true }),
    ];
    writeFileSync(join(directory, "l.tar.gz"), (await packed(tree)).bytes);
    const list = execFileSync("tar", ["-tzf", "l.tar.gz", "--quoting-style=literal"], {
      cwd: directory,
      encoding: "utf8",
    });
    expect(list.trim().split("\n")).toEqual([
      `${"d".repeat(120)}/`,
      `${"d".repeat(120)}/${"n".repeat(140)}`,
      "run",
      "é/",
      "é/漢字.md",
    ]);
    expect(execFileSync("tar", ["-xzOf", "l.tar.gz", "é/漢字.md"], { cwd: directory, encoding: "utf8" })).toBe("ü");
  });

  it("stops when it is told to, and leaves the sink alone afterwards", async () => {
    const controller = new AbortController();
    let calls = 0;
    const endless = Array.from({ length: 200 }, (_, i) =>
      fileEntry(`f${String(i).padStart(3, "0")}`, Buffer.alloc(300_000, i)),
    );
    const packing = packTree(endless, () => void (++calls === 1 && controller.abort()), { signal: controller.signal });
    await expect(packing).rejects.toThrow("aborted");
    const after = calls;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(calls).toBe(after);
  });

  it("fails with the sink's own error", async () => {
    const big = fileEntry("a", Buffer.from(Array.from({ length: 4_000_000 }, (_, i) => (i * i * 31) >> 7)));
    await expect(packTree([big], () => Promise.reject(new Error("disk full")))).rejects.toThrow("disk full");
  });

  it("fails with an entry's own error", async () => {
    const broken = { ...fileEntry("a", "x"), open: () => { throw new Error("gone"); } }; // biome-ignore format: one line
    await expect(packTree([broken], () => {})).rejects.toThrow("gone");
  });

  it("waits for a slow sink instead of holding a layer in memory", async () => {
    let waiting = 0;
    let most = 0;
    const noise = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => Math.imul(i, 2654435761) >> 11));
    const tree = Array.from({ length: 24 }, (_, i) => fileEntry(`f${i + 10}`, noise));
    await packTree(tree, async (chunk) => {
      waiting += chunk.length;
      most = Math.max(most, waiting);
      await new Promise((resolve) => setTimeout(resolve, 2));
      waiting -= chunk.length;
    });
    expect(most).toBeLessThan(4 << 20);
  });
});

describe("readArchive", () => {
  it("X-06 reads prefixes, pax paths and GNU long names of GNU tar", async () => {
    const directory = temporaryDirectory();
    const long = `${"d".repeat(70)}/${"e".repeat(70)}/${"f".repeat(90)}`;
    execFileSync("sh", ["-c", 'mkdir -p "$(dirname "$1")" && printf content > "$1" && chmod 755 "$1"', "sh", long], {
      cwd: directory,
    });
    for (const format of ["ustar", "pax", "gnu"]) {
      const layer = execFileSync("sh", ["-c", `tar --format=${format} --sort=name -cf - ${"d".repeat(70)} | gzip -n`], {
        cwd: directory,
      });
      const { tree } = await readArchive([layer]);
      expect(
        tree.map(({ path, executable, size }) => [path, executable, size]),
        format,
      ).toEqual([[long, true, 7]]);
    }
  });

  it("X-06 reads an archive of git with its global header", async () => {
    const directory = temporaryDirectory();
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.org", ...args], { cwd: directory });
    git("init", "-q");
    writeFileSync(join(directory, "a.md"), "hello");
    git("add", ".");
    git("commit", "-q", "-m", "x");
    const layer = execFileSync("sh", ["-c", "git archive --format=tar HEAD | gzip -n"], { cwd: directory });
    expect((await readArchive([layer])).tree.map(({ path }) => path)).toEqual(["a.md"]);
  });

  it("gives entries the digest of their content", async () => {
    const { tree } = await readArchive([(await packed([fileEntry("a", "hello")])).bytes]);
    expect(tree[0]?.digest).toBe("sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  });

  it("closes the source when it gives up", async () => {
    let closed = false;
    const source = async function* () {
      try {
        for (;;) yield Buffer.from("no gzip at all");
      } finally {
        closed = true;
      }
    };
    await expect(readArchive(source())).rejects.toThrow(LayersError);
    expect(closed).toBe(true);
  });

  it("fails with the source's own error", async () => {
    const layer = (await packed([fileEntry("a", "hello")])).bytes;
    const source = async function* () {
      yield layer.subarray(0, 40);
      throw new Error("connection reset");
    };
    await expect(readArchive(source())).rejects.toThrow("connection reset");
  });
});
