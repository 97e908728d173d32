import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply, type MaterializeOptions, materialize, plan, Root, summarize } from "@stax/materialize";
import type { AgentConfig, Layers } from "@stax/schema";
import { expectGolden, formatTree, sampleLayers } from "@stax/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import genericDefault, { adapter, type GenericOptions, generic } from "./index.ts";

const full: GenericOptions = {
  runtime: "my-platform",
  importMode: "filesystem",
  fidelity: "best-effort",
  model: "any-model",
  config: { schema: "https://example.com/import.json", region: "eu" },
  targets: [{ kind: "directory", path: "./", scope: "project" }],
};
const agent = (options: GenericOptions): AgentConfig => ({
  specVersion: "1.0.0",
  kind: "agent",
  name: "sample",
  version: "1.0.0",
  adapter: generic(options),
});

async function written(layers: Layers, options: GenericOptions = full, more: MaterializeOptions = {}) {
  const made = materialize(layers, agent(options), [adapter], more);
  const directory = mkdtempSync(join(tmpdir(), "stax-generic-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const root = Root.at(directory);
  await apply(await plan(made.composed, [], root), root, { record: false });
  const json = (path: string) => JSON.parse(readFileSync(join(directory, path), "utf8"));
  return { made, directory, json, losses: made.renderings.flatMap((rendering) => rendering.losses) };
}

describe("generic", () => {
  it("writes every layer of a sample in a neutral layout", async () => {
    const { directory } = await written(await sampleLayers());
    expectGolden(join(import.meta.dirname, "..", "golden", "project.txt"), formatTree(directory));
  });
  it("loses nothing but what is switched off or not replaced in a body", async () => {
    const { losses } = await written(await sampleLayers());
    expect(losses.map(({ feature, item, severity }) => [feature, item, severity])).toEqual([
      ["skills", "fix-issue", "warning"],
      ["mcp", "legacy", "info"],
    ]);
  });
  it("reports the prompt, surfaces, rules and the tree as exact: their bytes lie below .agents/stax", async () => {
    const layers = await sampleLayers();
    const [consumer] = summarize(layers, (await written(layers)).made).consumers;
    const asFiles = new Set<string>(["prompt", "surfaces", "rules", "instructionTree", "memory", "knowledge"]);
    const reach = consumer?.items.filter(({ feature }) => asFiles.has(feature)).map((item) => item.reach);
    expect(new Set(reach)).toEqual(new Set(["exact"]));
  });
  it("S12-29 compiles its options to the fields of an adapter config, and is the default export too", () => {
    expect(generic(full)).toMatchObject({
      type: "generic",
      runtime: "my-platform",
      adapterVersion: "1.0.0",
      importMode: "filesystem",
      fidelity: "best-effort",
      model: "any-model",
      config: { schema: "https://example.com/import.json", region: "eu" },
      targets: [{ kind: "directory", path: "./", scope: "project" }],
    });
    expect(genericDefault).toBe(generic);
  });
  it("names model, consumer and the places of all layers in the manifest", async () => {
    const { json } = await written(await sampleLayers());
    expect(json(".agents/stax/manifest.json")).toMatchObject({
      specVersion: "1.0.0",
      runtime: "my-platform",
      model: "any-model",
      config: { region: "eu" },
      layers: {
        instructions: "AGENTS.md",
        skills: [{ name: "fix-issue", path: ".agents/skills/fix-issue" }, { name: "review" }],
        instructionTree: expect.arrayContaining([
          { scope: "services/api", path: ".agents/stax/instruction-tree/services/api/instructions.md" },
        ]),
        knowledge: ".agents/knowledge",
      },
    });
  });
  it("S12-20 B7 must say importMode, fidelity and a target as the primary adapter; as a fallback it should", () => {
    const bare = generic({ config: { schema: "x" } });
    const findings = (primary: boolean) => adapter.check(bare, primary).map(({ field, severity }) => [field, severity]);
    expect(findings(true)).toEqual([
      ["importMode", "error"],
      ["fidelity", "error"],
      ["targets", "error"],
    ]);
    expect(findings(false)).toEqual([
      ["importMode", "warning"],
      ["fidelity", "warning"],
      ["targets", "warning"],
    ]);
    expect(adapter.check(generic(full), true)).toEqual([]);
  });
  it("S12-31 should name a schema or an API reference in its config", () => {
    const { config: _, ...rest } = full;
    expect(adapter.check(generic(rest), true)).toMatchObject([{ field: "config", severity: "warning" }]);
  });
  it("S12-21 never claims exact files, and fails where the user asks for them", async () => {
    expect(generic(full).features.exactMode).toBe(false);
    await expect(written(await sampleLayers(), full, { exact: true })).rejects.toMatchObject({
      code: "ERR_STAX_EXACT_UNMET",
    });
  });
  it("serves the bare fallback of the manifest's example", () => {
    const config = {
      type: "generic",
      runtime: "generic",
      adapterVersion: "1.0.0",
      model: "any-model-id",
      config: {},
      features: {},
    };
    const made = materialize(
      { prompt: { bytes: new Uint8Array([104, 105]), text: "hi" } },
      { ...agent(full), adapter: config },
      [adapter],
    );
    expect(made.composed.files.map(({ path }) => path)).toEqual([
      ".agents/stax/SYSTEM_PROMPT.md",
      ".agents/stax/manifest.json",
      "AGENTS.md",
    ]);
    expect(made.diagnostics.filter(({ code }) => code === "generic-fidelity").map(({ severity }) => severity)).toEqual([
      "warning",
      "warning",
      "warning",
      "warning",
    ]);
  });
});
