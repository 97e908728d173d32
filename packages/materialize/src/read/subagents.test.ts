import { fileEntry } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { readMarkdownSubagents, subagentsLayer } from "./subagents.ts";
import { heard } from "./toy.fixture.ts";

async function read(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Parameters<typeof readMarkdownSubagents>[0] = {},
) {
  const { context, said } = heard();
  const found = Object.entries(files).map(([path, text]) => ({ path, out: fileEntry(path, text) }));
  const { layers } = await readMarkdownSubagents(options)(found, context);
  return { agents: layers?.subagents?.agents ?? {}, said };
}

describe("readMarkdownSubagents", () => {
  it("names those without a name by their file, and describes those without a description by their first line", async () => {
    const { agents, said } = await read(
      { "a/code reviewer.agent.md": "# Reviews\nAll of it." },
      { suffix: ".agent.md" },
    );
    expect(agents).toEqual({ "code-reviewer": { description: "Reviews", instructions: "# Reviews\nAll of it." } });
    expect(said).toHaveLength(2);
  });
  it("describes what says nothing by its name", async () => {
    expect((await read({ "x.md": "" })).agents).toEqual({ x: { description: "x", instructions: "" } });
  });
  it("reports fields that others have no place for, but for those that mean nothing to others", async () => {
    const text = "---\nname: x\ndescription: d\nmodel: m\ncolor: red\ntools: [a]\n---\n";
    expect((await read({ "x.md": text }, { ignored: ["color"] })).said).toEqual([
      "left x.md: tools: a subagent of stax has no field for it",
    ]);
  });
  it("keeps the first of one name, also where names become one", async () => {
    const { agents, said } = await read({ "a b.md": "1", "A-B.md": "2", "a-b.md": "3" });
    expect(Object.keys(agents)).toEqual(["a-b"]);
    expect(said.filter((text) => text.startsWith("left"))).toHaveLength(2);
  });
  it("reads what is no UTF-8 as far as it can, and says so", async () => {
    const { agents, said } = await read({ "x.md": Uint8Array.from([0x41, 0xff]) });
    expect(agents).toEqual({ x: { description: "A\ufffd", instructions: "A\ufffd" } });
    expect(said.join()).toContain("no valid UTF-8");
  });
});

describe("subagentsLayer", () => {
  it("takes any name, and makes one of it that the format takes", () => {
    const names = ["constructor", "__proto__", "é".repeat(100), "日本", "-x-", "a".repeat(64)];
    const found = names.map((name) => ({ from: name, name, description: "d", instructions: "" }));
    expect(Object.keys(subagentsLayer(found, heard().context).subagents?.agents ?? {})).toEqual([
      "constructor",
      "proto",
      "e".repeat(63),
      "subagent",
      "x",
      "a".repeat(63),
    ]);
  });
});
