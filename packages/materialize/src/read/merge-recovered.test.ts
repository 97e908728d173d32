import type { Layers } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { mcpOf, promptOf, rulesOf, secretsOfKeys, skillsOf, surfacesOf, treeOf } from "../sample.fixture.ts";
import { mergeRecovered } from "./merge-recovered.ts";

function merged(base: Layers, more: Layers) {
  const differing: string[] = [];
  const layers = mergeRecovered(base, more, (layer, item) => differing.push(`${layer} ${item}`));
  return { layers, differing };
}

describe("mergeRecovered", () => {
  it("keeps the first of two with one name, and tells where the second is another", async () => {
    const skill = (body: string) => `---\nname: aa\ndescription: d\n---\n${body}`;
    const { layers, differing } = merged(
      {
        rules: await rulesOf({ "a.md": "A", "b.md": "B" }),
        skills: await skillsOf({ "aa/SKILL.md": skill("1") }),
        mcp: mcpOf({ s: { command: "x" }, same: { command: "y" } }),
        surfaces: await surfacesOf({ "instructions.md": "I" }),
        instructionTree: await treeOf({ "_root/instructions.md": "R", "a/instructions.md": "A" }),
      },
      {
        rules: await rulesOf({ "a.md": "other", "b.md": "B", "c.md": "C" }),
        skills: await skillsOf({ "aa/SKILL.md": skill("2") }),
        mcp: mcpOf({ s: { command: "z" }, same: { command: "y" } }),
        surfaces: await surfacesOf({ "instructions.md": "other", "user.md": "U" }),
        instructionTree: await treeOf({ "_root/instructions.md": "other", "a/instructions.md": "A" }),
      },
    );
    expect(differing.sort()).toEqual([
      "instructionTree _root",
      "mcp s",
      "rules a.md",
      "skills aa",
      "surfaces instructions",
    ]);
    expect(layers.rules?.rules.map(({ id, body }) => [id, body]).sort()).toEqual([
      ["a.md", "A"],
      ["b.md", "B"],
      ["c.md", "C"],
    ]);
    expect(layers.skills?.skills.map(({ body }) => body)).toEqual(["1"]);
    expect(layers.mcp?.servers).toMatchObject({ s: { command: "x" } });
    expect(layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["I", "U"]);
  });
  it("tells where a text or a document that has no parts is another", () => {
    const persona = { specVersion: "1.0.0", name: "a", displayName: "A", role: "r" };
    const { layers, differing } = merged(
      { prompt: promptOf("one"), persona },
      { prompt: promptOf("two"), persona: { ...persona, name: "b" } },
    );
    expect(differing).toEqual(["prompt prompt", "persona a"]);
    expect(layers.prompt?.text).toBe("one");
    expect(merged({ prompt: promptOf("one") }, { prompt: promptOf("one") }).differing).toEqual([]);
  });
  it("joins memory and secrets", () => {
    const memory = (...paths: readonly string[]) => ({
      files: paths.map((path) => ({ path, size: 1, executable: false, open: () => [] })),
    });
    const { layers } = merged(
      { memory: memory("b"), secrets: secretsOfKeys("A") },
      { memory: memory("a", "b"), secrets: secretsOfKeys("A", "B") },
    );
    expect(layers.memory?.files.map(({ path }) => path)).toEqual(["a", "b"]);
    expect(layers.secrets?.secrets.map(({ key }) => key).sort()).toEqual(["A", "B"]);
  });
  it("compares thousands of things in no time", async () => {
    const files = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`r${index}.md`, "x"]));
    const rules = await rulesOf(files);
    const start = performance.now();
    expect(merged({ rules }, { rules }).differing).toEqual([]);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
