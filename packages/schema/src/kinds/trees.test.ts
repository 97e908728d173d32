import { describe, expect, it } from "vitest";
import { fileEntry, layerKinds, readEntry } from "../index.ts";
import { codesOf, parseTree } from "../sample.fixture.ts";

describe("knowledge", () => {
  const parse = (manifest: unknown, files: Record<string, string> = { "a.md": "x" }) =>
    parseTree("knowledge", {
      ...files,
      "knowledge.manifest.json": typeof manifest === "string" ? manifest : JSON.stringify(manifest, null, 1),
    });
  it("S03-54 reads what the manifest says about each file", async () => {
    const { payload, findings } = await parse({ files: { "a.md": { title: "A", source: "wiki" } } });
    expect(findings).toEqual([]);
    expect(payload.metadata["a.md"]).toMatchObject({ title: "A", source: "wiki" });
    expect(payload.files.map(({ path }) => path)).toEqual(["a.md"]);
  });
  it("S09-08 allows any file type and unknown metadata", async () => {
    const { payload, findings } = await parse({ files: { "a.bin": { "x-any": [1] } } }, { "a.bin": "\u0000\u0001" });
    expect(findings).toEqual([]);
    expect(payload.metadata["a.bin"]).toEqual({ "x-any": [1] });
  });
  it("S03-55 has no opinion on file types", async () => {
    expect((await parseTree("knowledge", { "x.unknown": new Uint8Array([255, 0, 254]) })).findings).toEqual([]);
  });
  it("S09-03 fails on every listed path that is missing, each at its line", async () => {
    const { findings } = await parse({ files: { "a.md": {}, "b.md": {}, "c.md": {} } });
    expect(codesOf(findings)).toEqual([
      "error knowledge-manifest-missing knowledge.manifest.json:4",
      "error knowledge-manifest-missing knowledge.manifest.json:5",
    ]);
  });
  it.each(["/a.md", "./a.md", "../a.md", "x/../a.md", "a\\b", ""])(
    "S09-01 S09-02 refuses the path %j",
    async (path) => {
      const { findings } = await parse({ files: { [path]: {} } });
      expect(findings.map(({ code }) => code)).toEqual(["knowledge-manifest-path"]);
    },
  );
  it("S03-82 refuses a manifest that is no JSON", async () => {
    expect((await parse("{ files: ")).findings[0]).toMatchObject({ code: "json-invalid", severity: "error" });
    expect((await parse('{ "files": {}, "files": {} }')).findings[0]).toMatchObject({ code: "json-invalid" });
  });
  it("S03-53 counts the files in an annotation", async () => {
    const { payload } = await parseTree("knowledge", { "a.md": "", "b.md": "" });
    expect(layerKinds.knowledge.annotate?.(payload)).toEqual({ "dev.stax.knowledge.files": "2" });
  });
  it("forgets what was said about a file that is replaced", async () => {
    const base = (await parse({ files: { "a.md": { title: "old" } } })).payload;
    const merged = layerKinds.knowledge.merge?.(base, (await parseTree("knowledge", { "a.md": "new" })).payload);
    expect(merged).toMatchObject({ metadata: {} });
  });
  it("gives a merged tree a manifest of its own, so that titles outlive packing it again", async () => {
    const base = (await parse({ files: { "a.md": { title: "A" } } })).payload;
    const override = (await parse({ files: { "b.md": { title: "B" } } }, { "b.md": "y" })).payload;
    const merged = layerKinds.knowledge.merge?.(base, override);
    const files = merged === undefined ? [] : layerKinds.knowledge.files(merged);
    const again = await layerKinds.knowledge.parse(files, { report: () => undefined });
    expect(again.metadata).toEqual({ "a.md": { title: "A" }, "b.md": { title: "B" } });
  });
});

describe("readEntry", () => {
  it("copies pieces that are only lent, Buffers too", async () => {
    const lent = Buffer.alloc(4);
    const entry = {
      path: "a",
      size: 8,
      executable: false,
      open: function* () {
        yield lent.fill(1);
        yield lent.fill(2);
      },
    };
    expect([...(await readEntry(entry, 8))]).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  });
  it("refuses more than its limit", async () => {
    await expect(readEntry(fileEntry("a", "xx"), 1)).rejects.toThrow(RangeError);
  });
});

describe("memory", () => {
  const meta = (value: object) => parseTree("memory", { "memory.meta.json": JSON.stringify(value), "a.md": "x" });
  it("S03-58 understands memory.meta.json", async () => {
    const { payload, findings } = await meta({
      snapshotId: "s1",
      scope: { type: "user", id: "u1" },
      parentSnapshot: null,
    });
    expect(findings).toEqual([]);
    expect(payload.meta).toMatchObject({ snapshotId: "s1", scope: { type: "user", id: "u1" } });
  });
  it("S10-02 refuses an unknown scope type", async () => {
    expect((await meta({ snapshotId: "s", scope: { type: "team", id: "x" } })).findings).toMatchObject([
      { code: "field-invalid", severity: "error", field: "scope.type" },
    ]);
  });
  it("S03-56 S10-01 S10-07 annotates a seed and counts its entries", async () => {
    const { payload } = await parseTree("memory", { "a.md": "", "b/c.md": "" });
    expect(layerKinds.memory.annotate?.(payload)).toEqual({
      "dev.stax.memory.entries": "2",
      "dev.stax.memory.snapshot": "seed",
    });
  });
});

describe("surfaces", () => {
  it("S03-59 S16-01 refuses files that are no .md or no UTF-8", async () => {
    const { findings } = await parseTree("surfaces", { "a.txt": "x", "tools.md": new Uint8Array([0xff, 0xfe, 0x00]) });
    expect(codesOf(findings)).toEqual(["error surface-not-markdown a.txt", "error text-not-utf8 tools.md"]);
  });
  it("S16-02 warns about names that no consumer reads", async () => {
    const { payload, findings } = await parseTree("surfaces", { "zzz.md": "x", "user.md": "y" });
    expect(codesOf(findings)).toEqual(["warning surface-unknown zzz.md"]);
    expect(payload.surfaces.map(({ name }) => name)).toEqual(["user"]);
  });
  it("S16-09 takes the base name as the key, whatever the directory", async () => {
    const { payload } = await parseTree("surfaces", { "x/tools.md": "t" });
    expect(payload.surfaces).toMatchObject([{ name: "tools", text: "t" }]);
  });
  it("S16-04 refuses two surfaces of one base name", async () => {
    expect(codesOf((await parseTree("surfaces", { "tools.md": "", "x/tools.md": "" })).findings)).toEqual([
      "error surface-duplicate x/tools.md",
    ]);
  });
  it("S03-60 S16-06 counts the documents", async () => {
    expect(
      layerKinds.surfaces.annotate?.((await parseTree("surfaces", { "tools.md": "", "user.md": "" })).payload),
    ).toEqual({ "dev.stax.surfaces.count": "2" });
  });
});

describe("instructionTree", () => {
  const findings = async (...paths: string[]) =>
    codesOf(
      (
        await parseTree(
          "instructionTree",
          Object.fromEntries([["_root/instructions.md", ""], ...paths.map((path) => [path, "x"])]),
        )
      ).findings,
    );
  it("S38-01 refuses documents of another name", async () => {
    expect(await findings("a/foo.md")).toEqual(["error instruction-name a/foo.md"]);
  });
  it("S03-62 S38-02 refuses what is no Markdown", async () => {
    expect(await findings("a/x.png")).toEqual(["error instruction-not-markdown a/x.png"]);
  });
  it("S38-03 warns where the root has no instructions", async () => {
    expect(codesOf((await parseTree("instructionTree", { "a/instructions.md": "" })).findings)).toEqual([
      "warning instruction-tree-root-missing",
    ]);
  });
  it.each([".git/hooks", ".claude", "src/.github", ".GIT", "node_modules/x"])(
    "S38-09 refuses the reserved scope %s",
    async (scope) => {
      expect(await findings(`${scope}/instructions.md`)).toEqual([
        `error instruction-scope-reserved ${scope}/instructions.md`,
      ]);
    },
  );
  it("S38-06 keeps scope and bytes", async () => {
    const { payload } = await parseTree("instructionTree", {
      "_root/instructions.md": "r\r\n",
      "services/api/instructions.md": "a",
    });
    expect(payload.instructions.map(({ scope, text }) => [scope, text])).toEqual([
      ["", "r\r\n"],
      ["services/api", "a"],
    ]);
  });
  it("S03-64 counts the documents", async () => {
    expect(
      layerKinds.instructionTree.annotate?.(
        (await parseTree("instructionTree", { "_root/instructions.md": "" })).payload,
      ),
    ).toEqual({ "dev.stax.instruction-tree.count": "1" });
  });
});
