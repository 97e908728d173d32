import type { Layers } from "@stax/schema";
import { kindOf, type LayerName } from "@stax/schema";
import { filesWritten, importFiles, importTree, sampleLayers, textsOf } from "@stax/testing";
import { describe, expect, it } from "vitest";
import { adapter, generic } from "./index.ts";

const read = (files: Readonly<Record<string, string | Uint8Array>>) => importFiles(adapter, files);
const config = generic({
  runtime: "my-platform",
  importMode: "filesystem",
  fidelity: "best-effort",
  config: { schema: "https://example.com/schema.json" },
  targets: [{ kind: "directory", path: "./" }],
});

/** Layers as plain data: files with their bytes. */
async function told(layers: Layers): Promise<Readonly<Record<string, unknown>>> {
  const entries = Object.entries(layers).map(async ([name, payload]) => {
    const kind = kindOf(name as LayerName); // the keys of Layers
    return [name, kind.format === "tree" ? await textsOf(kind.files(payload)) : payload] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

describe("what the generic adapter writes", () => {
  it.each(["project", "user"] as const)(
    "is read back whole, every layer and every byte, in %s scope",
    async (scope) => {
      const layers = await sampleLayers();
      const back = await importTree(adapter, filesWritten(adapter, layers, config, scope), scope);
      expect(await told(back.layers)).toEqual(await told(layers));
      expect(back.options).toEqual({
        runtime: "my-platform",
        importMode: "filesystem",
        fidelity: "best-effort",
        config: { schema: "https://example.com/schema.json" },
        targets: [{ kind: "directory", path: "./" }],
      });
      expect(back.said.filter((text) => text.startsWith("import-left"))).toEqual([]);
      expect(Object.values(back.outcomes)).not.toContain("left");
    },
  );
  it("is read from the canonical layers: of composed documents it is said that they are not", async () => {
    const layers = await sampleLayers();
    const { layers: back, said } = await importTree(adapter, filesWritten(adapter, layers, config));
    expect(back.surfaces?.surfaces.find(({ name }) => name === "instructions")?.text).toBe(
      layers.surfaces?.surfaces.find(({ name }) => name === "instructions")?.text,
    );
    expect(said.filter((text) => text.includes("is composed of what lies in .agents/stax"))).toHaveLength(2);
  });
});

describe("AGENTS.md alone", () => {
  it("is the instructions surface, those of directories the instruction tree", async () => {
    const { layers, said } = await read({ "AGENTS.md": "Root\n", "api/AGENTS.md": "API\n" });
    expect(layers.surfaces?.surfaces[0]?.text).toBe("Root\n");
    expect(layers.instructionTree?.instructions.map(({ scope }) => scope)).toEqual(["api"]);
    expect(said).toEqual([]);
  });
});

describe("hostile canonical files", () => {
  it("end in findings", async () => {
    const { outcomes, layers } = await read({
      ".agents/stax/manifest.json": "[]",
      ".agents/stax/persona.json": '{"name":"NOT A NAME"}',
      ".agents/stax/subagents.json": "{",
      ".agents/stax/secrets.json": '{"secrets":[{"key":"K","required":true,"value":"v"}]}',
      ".agents/stax/rules/bad.md": "---\nscope: sometimes\n---\nx",
      ".agents/stax/rules/good.md": "x",
      ".agents/stax/unknown.bin": "x",
      ".agents/stax/mcp.json": `{"servers":${"[".repeat(50_000)}`,
    });
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== "left")).toEqual([
      [".agents/stax/rules/good.md", "carried"],
    ]);
    expect(layers.rules?.rules.map(({ id }) => id)).toEqual(["good.md"]);
    expect(Object.keys(layers)).toEqual(["rules"]);
  });
  it("carry no credential", async () => {
    const token = `ghp_${"a1B2".repeat(9)}`;
    const imported = await read({
      ".agents/stax/manifest.json": JSON.stringify({ runtime: "x", config: { apiToken: "hunter2-hunter2", ok: 1 } }),
      ".agents/stax/mcp.json": JSON.stringify({
        servers: { a: { command: "a", env: { T: token } }, b: { command: "b" } },
      }),
    });
    expect(JSON.stringify([imported.layers, imported.options, imported.diagnostics])).not.toMatch(/hunter2|ghp_/);
    expect(Object.keys(imported.layers.mcp?.servers ?? {})).toEqual(["b"]);
    expect(imported.options).toEqual({ runtime: "x", config: { ok: 1 } });
  });
});
