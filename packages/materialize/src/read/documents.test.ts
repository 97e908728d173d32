import { readEntry } from "@stax/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compose, render } from "../index.ts";
import { readToy, type Told, toyAdapter, treeOf } from "./toy.fixture.ts";

const instructions = ({ layers }: Told) => layers.surfaces?.surfaces.find(({ name }) => name === "instructions");
const bytesOf = async (told: Told) => {
  const file = instructions(told)?.file;
  return file === undefined ? undefined : Buffer.from(await readEntry(file, 2 ** 24)).toString("latin1");
};
const scopes = ({ layers }: Told) => layers.instructionTree?.instructions.map(({ scope, text }) => [scope, text]) ?? [];

describe("root documents", () => {
  it("are the instructions surface, byte for byte, whatever they hold", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        fc.pre(text.trim() !== "" && !text.includes("AGENTS.md"));
        const told = await readToy({ "TOY.md": text });
        expect(await bytesOf(told)).toBe(Buffer.from(text).toString("latin1"));
      }),
    );
  });
  it("that are several stand one below the other, the runtime's own first", async () => {
    const told = await readToy(
      { "TOY.md": "\ufeffFirst.\r\n\n", "SECOND.md": "\ufeffSecond.", "EMPTY.md": " \n" },
      { standIns: () => ["EMPTY.md", "SECOND.md"].map((project) => ({ file: { project }, where: "beside" as const })) },
    );
    expect(instructions(told)?.text).toBe("First.\n\nSecond.\n");
    expect(told.outcomes).toEqual({ "EMPTY.md": "translated", "SECOND.md": "translated", "TOY.md": "carried" });
  });
  it("that are no UTF-8 are carried as far as they can be read", async () => {
    const told = await readToy({ "TOY.md": Uint8Array.from([0x61, 0xc3, 0x28]) });
    expect(instructions(told)?.text).toBe("a\ufffd(");
    expect(told.outcomes).toEqual({ "TOY.md": "translated" });
  });
});

describe("documents of directories", () => {
  it("are the instruction tree, with their bytes", async () => {
    const told = await readToy({ "TOY.md": "x", "a/b c/TOY.md": "\ufeffA\r\n", "é/TOY.md": "" });
    expect(scopes(told)).toEqual([
      ["a/b c", "\ufeffA\r\n"],
      ["é", ""],
    ]);
    expect(told.said).toEqual([]);
  });
  it("that tools keep for themselves, or that would mean the root, are left with the reason", async () => {
    const reserved = [".git", ".GitHub", "a/node_modules/b", ".stax/x", "_root"];
    const told = await readToy(Object.fromEntries(reserved.map((directory) => [`${directory}/TOY.md`, "x"])));
    expect(told.layers).toEqual({});
    expect(Object.values(told.outcomes)).toEqual(reserved.map(() => "left"));
    expect(told.said).toHaveLength(reserved.length);
  });
});

describe("a document that includes the one beside it", () => {
  it.each([
    ["alone, with its bytes", "@AGENTS.md\n", "\ufeffShared.\r\n"],
    ["alone, by a longer path", "  @./AGENTS.md  ", "\ufeffShared.\r\n"],
    ["in a line", "A\r\n@AGENTS.md\r\nB\r\n", "A\r\nShared.\r\nB\r\n"],
    ["in a sentence", "See @AGENTS.md, please.", "See AGENTS.md, please.\n\nShared.\r\n"],
    ["not in code", "```\n@AGENTS.md\n```\n", "```\n@AGENTS.md\n```\n"],
    ["not in a word", "me@AGENTS.md @AGENTS.md.bak\n", "me@AGENTS.md @AGENTS.md.bak\n"],
    ["after code", "`@AGENTS.md`\n@AGENTS.md\n", "`@AGENTS.md`\nShared.\n"],
  ])("%s", async (_, text, expected) => {
    expect(instructions(await readToy({ "TOY.md": text, "AGENTS.md": "\ufeffShared.\r\n" }))?.text).toBe(expected);
  });
  it("does so in directories, and keeps its words where nothing is beside it", async () => {
    const told = await readToy({ "TOY.md": "@AGENTS.md\n", "a/TOY.md": "@AGENTS.md\n", "a/AGENTS.md": "A\n" });
    expect(instructions(told)?.text).toBe("@AGENTS.md\n");
    expect(scopes(told)).toEqual([["a", "A\n"]]);
  });
  it("ends soon on a text that almost does", async () => {
    const start = performance.now();
    await readToy({ "TOY.md": "@AGENTS.mdx\n".repeat(20_000), "AGENTS.md": "x" });
    await readToy({ "TOY.md": `${"`".repeat(100_000)}@AGENTS.md`, "AGENTS.md": "x" });
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe("the pointer to knowledge", () => {
  it("is taken out and written again: rendered, read and rendered again, every byte is the same", async () => {
    const adapter = toyAdapter();
    const ending = fc.constantFrom("", "\n", "\n\n", "\n\n\n", "\r\n", "\r\n\r\n", " \n");
    const text = fc
      .tuple(fc.constantFrom("A", "# A\n\nB", "- `x`", "## Knowledge"), ending)
      .map((parts) => parts.join(""));
    const write = (layers: Told["layers"]) => compose([render(layers, adapter, adapter.configure())]).files;
    const documentIn = async (files: ReturnType<typeof write>) => {
      const file = files.find(({ path }) => path === "TOY.md");
      return file?.kind === "file" ? Buffer.from(await readEntry(file.entry, 2 ** 24)).toString() : "";
    };
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 45 }), async (own, count) => {
        const knowledge = Object.fromEntries(
          Array.from({ length: count }, (_, index) => [`.agents/knowledge/k${index}.md`, "x"]),
        );
        const { layers } = await readToy({ "TOY.md": own, ...knowledge });
        const first = write(layers);
        const again = await readToy(treeOf({ "TOY.md": await documentIn(first), ...knowledge }));
        expect(await documentIn(write(again.layers))).toBe(await documentIn(first));
        expect(instructions(again)?.text.trimEnd()).toBe(own.trimEnd());
      }),
      { numRuns: 30 },
    );
  });
});

describe("knowledge", () => {
  it("is carried whole; a manifest that the format refuses stays where it is", async () => {
    const told = await readToy({
      ".agents/knowledge/a.md": "a",
      ".agents/knowledge/knowledge.manifest.json": '{"files":{"gone.md":{"title":"T"}}}',
    });
    expect(told.layers.knowledge).toMatchObject({ files: [{ path: "a.md" }], metadata: {} });
    expect(told.layers.knowledge?.manifest).toBeUndefined();
    expect(told.outcomes).toEqual({
      ".agents/knowledge/a.md": "carried",
      ".agents/knowledge/knowledge.manifest.json": "left",
    });
  });
});
