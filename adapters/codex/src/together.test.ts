import { adapter as claudeCode } from "@stax/claude-code";
import { adapter as opencode } from "@stax/opencode";
import { sampleLayers, writeLayers } from "@stax/testing";
import { describe, expect, it } from "vitest";
import { adapter, codex } from "./index.ts";

describe("Codex beside other runtimes", () => {
  it("O13 R11 writes the root text, nested instructions, skills and knowledge once", async () => {
    const { files, made } = await writeLayers([adapter, opencode, claudeCode], await sampleLayers(), codex());
    const alone = await writeLayers(adapter, await sampleLayers(), codex());
    expect(made.composed.clashes).toEqual([]);
    for (const [path, text] of Object.entries(alone.files)) expect(files[path], path).toBe(text);
    expect(files["CLAUDE.md"]).toBe("@AGENTS.md\n");
    expect(made.composed.files.find(({ path }) => path === "AGENTS.md")?.by).toEqual(["codex", "opencode"]);
    const copies = Object.keys(files).filter((path) => path.endsWith("fix-issue/SKILL.md"));
    expect(copies).toEqual([".agents/skills/fix-issue/SKILL.md", ".claude/skills/fix-issue/SKILL.md"]);
  });
});
