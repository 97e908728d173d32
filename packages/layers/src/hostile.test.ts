import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createGzip, gzipSync } from "node:zlib";
import { isStaxError } from "@stax/errors";
import { fileEntry } from "@stax/schema";
import { describe, expect, it, onTestFinished } from "vitest";
import { decodeLayer, type LayersErrorCode, openLayer, packTree, parseJson, readArchive, readTree } from "./index.ts";
import {
  endOfArchive,
  layerOf,
  paxRecords,
  type RawEntry,
  rawArchive,
  rawEntry,
  rawGzip,
} from "./raw-archive.fixture.ts";
import { directoryOf, temporaryDirectory } from "./temporary.fixture.ts";

type Case = readonly [name: string, code: LayersErrorCode, layer: Buffer];

const file = (path: string | Buffer, more: RawEntry = {}): Buffer => layerOf({ path, content: "x", ...more });
const long = (path: string, more: RawEntry = {}): Buffer =>
  layerOf({ path: "././@LongLink", type: "L", content: `${path}\0` }, { path: "short", content: "x", ...more });
const pax = (records: Record<string, string>, ...entries: RawEntry[]): Buffer =>
  layerOf({ path: "PaxHeader/x", type: "x", content: paxRecords(records) }, ...entries);
const ok = rawEntry({ path: "ok", content: "x" });
const good = rawGzip(Buffer.concat([ok, endOfArchive]));
const negative = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00]);
const huge = Buffer.from([0x80, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
const petabytes = Buffer.from([0x80, 0, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

const startsHere = file("./a");

const archives: readonly Case[] = [
  ["X-05 a path with ..", "LAYER_ENTRY_PATH", file("../evil")],
  ["X-05 a path with .. inside", "LAYER_ENTRY_PATH", file("a/../../evil")],
  ["X-05 a path that ends in ..", "LAYER_ENTRY_PATH", file("a/..")],
  ["X-05 an absolute path", "LAYER_ENTRY_PATH", file("/etc/passwd")],
  ["X-05 an absolute path by prefix", "LAYER_ENTRY_PATH", file("passwd", { prefix: "/etc" })],
  ["X-05 .. by prefix", "LAYER_ENTRY_PATH", file("passwd", { prefix: "../etc" })],
  ["X-05 .. by pax", "LAYER_ENTRY_PATH", pax({ path: "../evil" }, { content: "x" })],
  ["X-05 .. by GNU long name", "LAYER_ENTRY_PATH", long("../evil")],
  ["a path with a . segment", "LAYER_ENTRY_PATH", startsHere],
  ["an empty segment", "LAYER_ENTRY_PATH", file("a//b")],
  ["an empty path", "LAYER_ENTRY_PATH", file("")],
  ["a file whose path ends in /", "LAYER_ENTRY_PATH", file("a/")],
  ["a backslash", "LAYER_ENTRY_PATH", file("..\\evil")],
  ["a drive letter", "LAYER_ENTRY_PATH", file("C:/evil")],
  ["a drive-relative path", "LAYER_ENTRY_PATH", file("C:../evil")],
  ["X-05 a NUL in a pax path", "LAYER_ENTRY_PATH", pax({ path: "a\0b" }, { content: "x" })],
  ["X-05 a NUL inside a GNU long name", "LAYER_HEADER_INVALID", long("a\0../evil")],
  ["an escape sequence in a name", "LAYER_ENTRY_PATH", file("a\u001b[31mred")],
  ["a newline in a pax path", "LAYER_ENTRY_PATH", pax({ path: "a\nb" }, { content: "x" })],
  ["DEL in a name", "LAYER_ENTRY_PATH", file("a\u007f")],
  ["a C1 control in a name", "LAYER_ENTRY_PATH", file("a\u009b31m")],
  ["a name that is not UTF-8", "LAYER_ENTRY_PATH", file(Buffer.from([0x61, 0xff, 0xfe]))],
  ["a path of 5,000 bytes", "LAYER_ENTRY_PATH", pax({ path: "p/".repeat(2500).concat("x") }, { content: "x" })],
  ["X-05 a symlink", "LAYER_ENTRY_TYPE", layerOf({ path: "l", type: "2", link: "/etc" })],
  [
    "X-05 a symlink and a file through it",
    "LAYER_ENTRY_TYPE",
    layerOf({ path: "l", type: "2", link: ".." }, { path: "l/x" }),
  ],
  ["X-05 a hard link", "LAYER_ENTRY_TYPE", layerOf({ path: "a" }, { path: "b", type: "1", link: "a" })],
  ["X-05 a character device", "LAYER_ENTRY_TYPE", layerOf({ path: "d", type: "3" })],
  ["X-05 a block device", "LAYER_ENTRY_TYPE", layerOf({ path: "d", type: "4" })],
  ["X-05 a FIFO", "LAYER_ENTRY_TYPE", layerOf({ path: "p", type: "6" })],
  ["a contiguous file", "LAYER_ENTRY_TYPE", layerOf({ path: "c", type: "7" })],
  ["a GNU sparse file", "LAYER_ENTRY_TYPE", layerOf({ path: "s", type: "S" })],
  ["a multi-volume continuation", "LAYER_ENTRY_TYPE", layerOf({ path: "m", type: "M" })],
  ["an unknown type", "LAYER_ENTRY_TYPE", layerOf({ path: "q", type: "Q" })],
  [
    "a GNU long link name",
    "LAYER_ENTRY_TYPE",
    layerOf({ path: "././@LongLink", type: "K", content: "/etc\0" }, { path: "l" }),
  ],
  ["X-05 a path twice", "LAYER_ENTRY_DUPLICATE", layerOf({ path: "a" }, { path: "a" })],
  ["a directory twice", "LAYER_ENTRY_DUPLICATE", layerOf({ path: "d/", type: "5" }, { path: "d/", type: "5" })],
  ["a file where a directory is", "LAYER_ENTRY_DUPLICATE", layerOf({ path: "d/", type: "5" }, { path: "d" })],
  ["a file where a directory is implied", "LAYER_ENTRY_DUPLICATE", layerOf({ path: "d/x" }, { path: "d" })],
  ["a directory where a file is", "LAYER_ENTRY_DUPLICATE", layerOf({ path: "d" }, { path: "d/x" })],
  ["S03-81 names that are equal in NFC", "LAYER_ENTRY_DUPLICATE", layerOf({ path: "\u00e9" }, { path: "e\u0301" })],
  ["directories that are equal in NFC", "LAYER_ENTRY_DUPLICATE", layerOf({ path: "\u00e9/a" }, { path: "e\u0301/b" })],
  ["a wrong header checksum", "LAYER_HEADER_INVALID", file("a", { checksum: "000001\0 " })],
  ["a header that is no ustar header", "LAYER_HEADER_INVALID", file("a", { magic: "\0\0\0\0\0\0\0\0" })],
  ["a size that is no number", "LAYER_HEADER_INVALID", file("a", { size: "12x45678901\0" })],
  ["CVE-2026-59874 a negative size", "LAYER_ENTRY_SIZE", file("a", { size: negative })],
  ["a size over 2^53", "LAYER_ENTRY_SIZE", file("a", { size: huge })],
  ["a size of petabytes", "LAYER_TOO_LARGE", file("a", { size: petabytes })],
  ["a size larger than the archive", "LAYER_TRUNCATED", file("a", { size: 100_000 })],
  ["a size that hides the next entry", "LAYER_TRUNCATED", layerOf({ path: "a", size: 2048 }, { path: "b" })],
  ["a directory with content", "LAYER_ENTRY_SIZE", layerOf({ path: "d/", type: "5", content: "x" })],
  ["a negative pax size", "LAYER_ENTRY_SIZE", pax({ size: "-1" }, { content: "x" })],
  ["a pax size with a fraction", "LAYER_ENTRY_SIZE", pax({ size: "1.5" }, { content: "x" })],
  ["a pax size other than the header's", "LAYER_ENTRY_SIZE", pax({ size: "600" }, { content: "x" })],
  [
    "CVE-2026-53655 a pax size before a GNU long name",
    "LAYER_HEADER_INVALID",
    pax({ size: "1024" }, { path: "././@LongLink", type: "L", content: "smuggled\0" }, { path: "b", content: "x" }),
  ],
  [
    "a pax path and a GNU long name",
    "LAYER_HEADER_INVALID",
    layerOf(
      { path: "././@LongLink", type: "L", content: "a\0" },
      { type: "x", content: paxRecords({ path: "b" }) },
      { path: "c" },
    ),
  ],
  [
    "a pax path twice in one header",
    "LAYER_HEADER_INVALID",
    layerOf({ type: "x", content: paxRecords({ path: "a" }) + paxRecords({ path: "b" }) }, { path: "c" }),
  ],
  [
    "two pax headers before one entry",
    "LAYER_HEADER_INVALID",
    layerOf(
      { type: "x", content: paxRecords({ path: "a" }) },
      { type: "x", content: paxRecords({ path: "b" }) },
      { path: "c" },
    ),
  ],
  [
    "a pax record of the wrong length",
    "LAYER_HEADER_INVALID",
    layerOf({ type: "x", content: "99 path=a\n" }, { path: "c" }),
  ],
  ["a pax record of length 0", "LAYER_HEADER_INVALID", layerOf({ type: "x", content: "0 path=a\n" }, { path: "c" })],
  ["a pax link path", "LAYER_HEADER_INVALID", pax({ linkpath: "/etc" }, { path: "a" })],
  ["a pax sparse map", "LAYER_HEADER_INVALID", pax({ "GNU.sparse.major": "1" }, { path: "a" })],
  [
    "a global header that renames",
    "LAYER_HEADER_INVALID",
    layerOf({ type: "g", content: paxRecords({ path: "evil" }) }, { path: "a" }),
  ],
  ["a pax header of 1 MiB", "LAYER_HEADER_INVALID", pax({ comment: "x".repeat(1 << 20) }, { path: "a" })],
  ["a pax header before no entry", "LAYER_HEADER_INVALID", pax({ path: "a" })],
  ["a lone block of zeros", "LAYER_HEADER_INVALID", rawGzip(Buffer.concat([Buffer.alloc(512), ok, endOfArchive]))],
  ["no end of archive", "LAYER_TRUNCATED", rawGzip(ok)],
  ["half an end of archive", "LAYER_TRUNCATED", rawGzip(Buffer.concat([ok, Buffer.alloc(512)]))],
  ["an archive cut in a header", "LAYER_TRUNCATED", rawGzip(ok.subarray(0, 300))],
  ["an archive cut in content", "LAYER_TRUNCATED", rawGzip(ok.subarray(0, 512))],
  ["an empty archive", "LAYER_TRUNCATED", rawGzip(Buffer.alloc(0))],
  ["data after the end of the archive", "LAYER_TRAILING_DATA", rawGzip(Buffer.concat([ok, endOfArchive, ok]))],
  ["data after the gzip stream", "LAYER_TRAILING_DATA", Buffer.concat([good, Buffer.from("PK")])],
  ["zeros after the gzip stream", "LAYER_TRAILING_DATA", Buffer.concat([good, Buffer.alloc(512)])],
  ["a second gzip member", "LAYER_MULTI_MEMBER", Buffer.concat([good, good])],
  ["an archive in two gzip members", "LAYER_MULTI_MEMBER", Buffer.concat([rawGzip(ok), rawGzip(endOfArchive)])],
  ["a gzip stream cut in the middle", "LAYER_TRUNCATED", good.subarray(0, good.length - 20)],
  ["a gzip stream without its trailer", "LAYER_TRUNCATED", good.subarray(0, good.length - 8)],
  ["a gzip header cut short", "LAYER_TRUNCATED", good.subarray(0, 5)],
  ["no bytes at all", "LAYER_TRUNCATED", Buffer.alloc(0)],
  ["a wrong gzip checksum", "LAYER_GZIP_INVALID", rawGzip(rawArchive({ path: "a" }), { crc: 1 })],
  ["a wrong gzip length", "LAYER_GZIP_INVALID", rawGzip(rawArchive({ path: "a" }), { size: 1 })],
  ["reserved gzip flags", "LAYER_GZIP_INVALID", rawGzip(rawArchive({ path: "a" }), { flags: 0xe0 })],
  [
    "damaged deflate data",
    "LAYER_GZIP_INVALID",
    Buffer.concat([good.subarray(0, 10), Buffer.alloc(60, 0xff), good.subarray(70)]),
  ],
  ["a plain tar", "LAYER_GZIP_INVALID", rawArchive({ path: "a" })],
  ["a ZIP file", "LAYER_GZIP_INVALID", Buffer.from("PK\u0003\u0004 and so on")],
  ["a Zstandard frame", "LAYER_GZIP_INVALID", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0, 0, 0, 0])],
];

async function failure(promise: Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> {
  try {
    await promise;
  } catch (error) {
    if (isStaxError(error) && error.category === "build") {
      // One line that a terminal can be trusted with.
      expect(error.message).toMatch(/^[^\u0000-\u001f\u007f-\u009f]+$/);
      return error;
    }
    throw error;
  }
  throw new Error("was accepted");
}

describe("a hostile archive", () => {
  it.each(archives)("is refused: %s", async (_, code, layer) => {
    expect(await failure(readArchive([layer]))).toHaveProperty("code", `ERR_STAX_${code}`);
  });

  it.each(archives)("is refused however it is cut into pieces: %s", async (_, code, layer) => {
    const bytes = Array.from({ length: Math.min(layer.length, 700) }, (_, i) => layer.subarray(i, i + 1));
    const pieces = [...bytes, layer.subarray(700)];
    expect(await failure(readArchive(pieces))).toHaveProperty("code", `ERR_STAX_${code}`);
  });

  it.each(archives.filter(([, , layer]) => layer !== startsHere))(
    "is refused from others' tools, too: %s",
    async (_, code, layer) => {
      expect(await failure(readArchive([layer], { mayStartHere: true }))).toHaveProperty("code", `ERR_STAX_${code}`);
    },
  );
  it("may start at ./ where others made it, and leads nowhere else by that", async () => {
    const read = async (...entries: RawEntry[]) =>
      (await readArchive([layerOf(...entries)], { mayStartHere: true })).tree.map(({ path }) => path);
    expect(
      await read({ path: "./", type: "5" }, { path: "./a", content: "x" }, { path: "././b/c", content: "x" }),
    ).toEqual(["a", "b/c"]);
    for (const path of ["./../a", ".//etc", "./", "./a/./b"])
      await expect(read({ path, content: "x" })).rejects.toMatchObject({ code: "ERR_STAX_LAYER_ENTRY_PATH" });
    await expect(read({ path: "./a", content: "x" }, { path: "a", content: "y" })).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_STAX_LAYER_/),
    });
  });

  it("X-05 leaves nothing behind in the cache or beside it", async () => {
    const directory = temporaryDirectory();
    const cache = join(directory, "cache");
    const { createHash } = await import("node:crypto");
    for (const [, , layer] of archives) {
      const digest = `sha256:${createHash("sha256").update(layer).digest("hex")}`;
      await failure(openLayer({ digest, size: layer.length, open: () => [layer] }, cache));
    }
    const { readdirSync } = await import("node:fs");
    expect(readdirSync(directory)).toEqual(["cache"]);
    expect(readdirSync(join(cache, "sha256"))).toEqual([]);
  });

  it("X-04 a bomb of 1.5 GB in 1.5 MB is refused early, with flat memory", async () => {
    const bomb = await zeroBomb(1536);
    expect(bomb.length).toBeLessThan(1_700_000);
    const before = process.memoryUsage().rss;
    const error = await failure(
      openLayer({ digest: digestOf(bomb), size: bomb.length, open: () => [bomb] }, temporaryDirectory()),
    );
    expect(error.code).toBe("ERR_STAX_LAYER_TOO_LARGE");
    expect(error.message).toContain("100 times");
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  it("X-04 an honest header does not save a bomb from the absolute limit", async () => {
    const bomb = await zeroBomb(32);
    const error = await failure(readArchive([bomb], { maxSize: 16 * 1024 * 1024 }));
    expect(error.code).toBe("ERR_STAX_LAYER_TOO_LARGE");
  });

  it("X-04 endless padding after the archive is refused", async () => {
    const padded = gzipSync(Buffer.concat([rawArchive({ path: "a" }), Buffer.alloc(8 * 1024 * 1024)]));
    const error = await failure(readArchive([padded], { maxSize: 1024 * 1024 }));
    expect(error.code).toBe("ERR_STAX_LAYER_TOO_LARGE");
  });

  it("X-04 too many entries are refused", async () => {
    const many = layerOf(...Array.from({ length: 50 }, (_, i) => ({ path: `f${i}` })));
    expect(await failure(readArchive([many], { maxEntries: 49 }))).toHaveProperty("code", "ERR_STAX_LAYER_TOO_LARGE");
    expect((await readArchive([many], { maxEntries: 50 })).tree).toHaveLength(50);
  });
});

function digestOf(bytes: Buffer): string {
  return `sha256:${execFileSync("sha256sum", { input: bytes }).toString().slice(0, 64)}`;
}

async function zeroBomb(mebibytes: number): Promise<Buffer> {
  const gzip = createGzip({ level: 9 });
  const chunks: Buffer[] = [];
  gzip.on("data", (chunk: Buffer) => chunks.push(chunk));
  const write = (bytes: Buffer) => new Promise((resolve) => gzip.write(bytes, resolve));
  await write(rawEntry({ path: "zeros", size: mebibytes * 1024 * 1024, bare: true }));
  const zeros = Buffer.alloc(1024 * 1024);
  for (let i = 0; i < mebibytes; i++) await write(zeros);
  await write(endOfArchive);
  await new Promise((resolve) => gzip.end(resolve));
  return Buffer.concat(chunks);
}

const documents: readonly (readonly [string, string | Buffer, LayersErrorCode?])[] = [
  ["deep arrays", "[".repeat(100_000)],
  ["deep objects", '{"a":'.repeat(100_000)],
  ["arrays nested 101 deep", `${"[".repeat(101)}${"]".repeat(101)}`],
  ["a key twice", '{"a":1,"a":2}'],
  ["a key twice, once escaped", '{"a":1,"\\u0061":2}'],
  ["__proto__ twice", '{"__proto__":{},"__proto__":{}}'],
  ["a key twice, deep inside", '{"x":[{"y":{"a":1,"b":2,"a":3}}]}'],
  ["a byte order mark", "\ufeff{}"],
  ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ["an overlong UTF-8 form", Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ["a lone surrogate, escaped", '"\\ud800"'],
  ["UTF-16", Buffer.from("{}", "utf16le")],
  ["a comment", "{} // x"],
  ["a trailing comma", "[1,]"],
  ["a second document", "{} {}"],
  ["single quotes", "{'a':1}"],
  ["NaN", "[NaN]"],
  ["Infinity", "-Infinity"],
  ["a number out of range", "1e999"],
  ["a leading zero", "[01]"],
  ["a bare point", "[1.]"],
  ["a leading plus", "+1"],
  ["hexadecimal", "0x10"],
  ["a newline in a string", '"a\nb"'],
  ["a bad escape", '"\\x41"'],
  ["an open string", '"abc'],
  ["an open object", '{"a":1'],
  ["nothing", ""],
  ["a NUL", "\u0000"],
  ["a document over the limit", `"${"x".repeat(2000)}"`, "JSON_TOO_LARGE"],
];

const bytesOf = (document: string | Buffer = ""): Buffer =>
  typeof document === "string" ? Buffer.from(document) : document;

describe("a hostile JSON document", () => {
  it.each(documents)("is refused: %s", async (_, document, code = "JSON_INVALID") => {
    const parse = async () => parseJson(bytesOf(document), code === "JSON_TOO_LARGE" ? { maxSize: 1000 } : {});
    expect(await failure(parse())).toHaveProperty("code", `ERR_STAX_${code}`);
  });

  it("S03-82 is refused as a layer, with line and column", async () => {
    const error = await failure(
      decodeLayer("mcp", Buffer.from('{"servers":{\n"a":{"command":"x"},\n"a":{"command":"y"}}}')),
    );
    expect(error.message).toBe('the mcp layer:3:1 has the key "a" twice');
  });
});

const trees: readonly (readonly [name: string, code: string, make: (root: string) => unknown])[] = [
  ["S03-20 a symlink", "symlink-rejected", (root) => symlinkSync("ok.md", join(root, "link.md"))],
  ["S03-20 a symlink to a directory", "symlink-rejected", (root) => symlinkSync(".", join(root, "link"))],
  ["S03-23 a symlink to /etc", "symlink-rejected", (root) => symlinkSync("/etc", join(root, "link"))],
  ["S03-21 a hard link inside the layer", "hard-link", (root) => linkSync(join(root, "ok.md"), join(root, "same.md"))],
  ["S03-22 S03-79 a FIFO", "file-type", (root) => execFileSync("mkfifo", [join(root, "pipe")])],
  ["S03-22 S03-79 a socket", "file-type", listen],
  ["S03-78 a name that is not UTF-8", "path-invalid", (root) => writeNotUtf8(root)],
  ["S03-78 a newline in a name", "path-invalid", (root) => writeFileSync(join(root, "a\nb.md"), "x")],
  ["S03-78 an escape sequence in a name", "path-invalid", (root) => writeFileSync(join(root, "a\u001b[2J.md"), "x")],
  ["S03-78 a backslash in a name", "path-invalid", (root) => writeFileSync(join(root, "..\\evil.md"), "x")],
  ["a drive letter", "path-invalid", (root) => writeFileSync(join(root, "C:evil.md"), "x")],
  ["a directory with a control character", "path-invalid", (root) => directoryOf({ "d\u0007/x.md": "x" }, root)],
  [
    "S03-81 names that are equal in NFC",
    "path-duplicate",
    (root) => directoryOf({ "\u00e9.md": "1", "e\u0301.md": "2" }, root),
  ],
  [
    "S03-81 directories that are equal in NFC",
    "path-duplicate",
    (root) => directoryOf({ "\u00e9/a": "1", "e\u0301/b": "2" }, root),
  ],
  ["S17-02 an environment file", "file-secret", (root) => writeFileSync(join(root, ".env"), "TOKEN=x")],
  ["S17-02 a private key", "file-secret", (root) => directoryOf({ "keys/id_ed25519": "x" }, root)],
  ["S17-02 a runtime's history", "file-state", (root) => writeFileSync(join(root, "history.jsonl"), "x")],
  ["directories nested 300 deep", "tree-too-deep", nest],
];

async function listen(root: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(root, "socket"), resolve));
  onTestFinished(() => void server.close());
}

const writeNotUtf8 = (root: string) =>
  execFileSync("sh", ["-c", "printf x > \"$(printf 'b\\377.md')\""], { cwd: root });

function nest(root: string): void {
  mkdirSync(join(root, ...Array.from({ length: 300 }, () => "d")), { recursive: true });
}

describe("a hostile directory", () => {
  it.each(trees)("is reported, and not packed: %s", async (_, code, make) => {
    const root = directoryOf({ "ok.md": "fine" });
    await make(root);
    const { tree, diagnostics } = await readTree(root);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map((error) => error.code)).toEqual([code]);
    expect(errors[0]?.message).toMatch(/^[^\u0000-\u001f\u007f-\u009f]+$/);
    // Of two files with one name, one stands.
    expect(tree.length).toBe(code === "path-duplicate" ? 2 : 1);
  });
});

describe("a hostile tree in memory", () => {
  it.each([
    ["X-05 a path with ..", "LAYER_ENTRY_PATH", [fileEntry("../x", "1")]],
    ["an absolute path", "LAYER_ENTRY_PATH", [fileEntry("/x", "1")]],
    ["a NUL", "LAYER_ENTRY_PATH", [fileEntry("a\0b", "1")]],
    ["a path twice", "LAYER_ENTRY_DUPLICATE", [fileEntry("a", "1"), fileEntry("a", "2")]],
    ["a file that is a directory too", "LAYER_ENTRY_DUPLICATE", [fileEntry("a", "1"), fileEntry("a/b", "2")]],
    ["names that are equal in NFC", "LAYER_ENTRY_DUPLICATE", [fileEntry("\u00e9", "1"), fileEntry("e\u0301", "2")]],
    ["content longer than its size", "SOURCE_CHANGED", [{ ...fileEntry("a", "12345"), size: 4 }]],
    ["content shorter than its size", "SOURCE_CHANGED", [{ ...fileEntry("a", "12345"), size: 6 }]],
  ] as const)("is refused by packTree: %s", async (_, code, tree) => {
    expect(await failure(packTree(tree, () => {}))).toHaveProperty("code", `ERR_STAX_${code}`);
  });
});
