import { adapter as claudeCode } from "@stax/claude-code";
import { adapter as codex } from "@stax/codex";
import { adapter as cursor } from "@stax/cursor";
import { adapter as gemini } from "@stax/gemini-cli";
import type { Adapter } from "@stax/materialize";
import { parseLayers, sampleLayers, writeLayers } from "@stax/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adapter as copilot, githubCopilot } from "./index.ts";

type Files = Readonly<Record<string, string>>;
const sources = {
  prompt: "MARK-PROMPT\n",
  surfaces: { "tools.md": "MARK-TOOLS\n" },
  rules: {
    "always.md": "MARK-ALWAYS\n",
    "go.md": '---\nscope: glob\nglobs: ["*.go"]\n---\nMARK-GLOB\n',
    "auto.md": "---\nscope: auto\ndescription: when\n---\nMARK-AUTO\n",
  },
  skills: { "fix/SKILL.md": "---\nname: fix\ndescription: MARK-SKILL\n---\n" },
  instructionTree: { "_root/instructions.md": "MARK-ROOT\n", "sub/instructions.md": "MARK-SUB\n" },
  knowledge: { "a.md": "x\n" },
};
const together = async (...adapters: readonly Adapter[]) => writeLayers(adapters, await parseLayers(sources));

const matching = (files: Files, pattern: RegExp, when: (text: string) => boolean = () => true) =>
  Object.entries(files).flatMap(([path, text]) => (pattern.test(path) && when(text) ? [text] : []));
const imported = (files: Files, path: string) =>
  (files[path] ?? "").replace(/^@(AGENTS\.md)$/m, (_, to) => files[to] ?? "");
const scoped = /^---\n(?:.*\n)*?(?:paths|applyTo):(?! "\*\*"$)/m;

// What each runtime puts into every prompt, as ../../../docs/adapters says. Copilot CLI also follows an import in CLAUDE.md: see below.
const always: Readonly<Record<string, (files: Files) => readonly string[]>> = {
  "claude-code": (files) => [
    imported(files, "CLAUDE.md"),
    ...matching(files, /^\.claude\/rules\//, (text) => !scoped.test(text)),
  ],
  codex: (files) => matching(files, /^AGENTS\.md$/),
  cursor: (files) => [
    ...matching(files, /^AGENTS\.md$/),
    ...matching(files, /^\.cursor\/rules\//, (text) => text.includes("alwaysApply: true\n")),
  ],
  "gemini-cli": (files) => [imported(files, "GEMINI.md")],
  "github-copilot": (files) => [
    ...matching(files, /^(?:\.github\/copilot-instructions|AGENTS|CLAUDE|GEMINI)\.md$/),
    ...matching(files, /^\.(?:claude\/rules|github\/instructions)\//, (text) => !scoped.test(text)),
  ],
};
const count = (texts: readonly string[], mark: string) => texts.join("\n").split(mark).length - 1;
const marks = ["MARK-PROMPT", "MARK-TOOLS", "MARK-ALWAYS", "MARK-ROOT"];

describe("planned together", () => {
  const all = [claudeCode, codex, copilot, cursor, gemini];
  it("O13 no always-loaded text is read twice by a runtime, and none is missing, whichever are planned", async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(all, { minLength: 1 }), async (adapters) => {
        const { files, made } = await together(...adapters);
        expect(made.composed.clashes).toEqual([]);
        for (const { name } of adapters) {
          const texts = always[name]?.(files) ?? [];
          for (const mark of marks) expect([name, mark, count(texts, mark)]).toEqual([name, mark, 1]);
          for (const mark of ["MARK-GLOB", "MARK-AUTO"]) expect(count(texts, mark), `${name} ${mark}`).toBeLessThan(2);
        }
      }),
      { numRuns: 20 },
    );
  });
  it("O13 writes no copilot-instructions.md and no second skills beside what Claude Code and Cursor are given", async () => {
    const { files } = await together(claudeCode, copilot, cursor);
    expect(Object.keys(files).filter((path) => path.startsWith(".github/"))).toEqual([]);
    expect(files["CLAUDE.md"]).toBe("@AGENTS.md\n");
    expect(files["sub/CLAUDE.md"]).toBe("@AGENTS.md\n");
    expect(files["sub/AGENTS.md"]).toBe("MARK-SUB\n");
    const skills = Object.keys(files).filter((path) => path.endsWith("SKILL.md"));
    expect(skills).toEqual([".claude/skills/fix/SKILL.md", ".cursor/skills/fix/SKILL.md"]);
  });
  it("O13 leaves the root text in CLAUDE.md where nobody writes AGENTS.md", async () => {
    const { files } = await together(claudeCode, copilot);
    expect(files["CLAUDE.md"]).toContain("MARK-PROMPT");
    expect(Object.keys(files)).not.toContain("AGENTS.md");
    expect(Object.keys(files).filter((path) => path.startsWith(".github/"))).toEqual([]);
  });
  it("R11 has one root text in AGENTS.md, which CLAUDE.md and GEMINI.md import", async () => {
    const { files } = await together(gemini, claudeCode, copilot);
    expect(files["GEMINI.md"]).toBe("@AGENTS.md\n");
    expect(files["CLAUDE.md"]).toBe("@AGENTS.md\n");
    expect(files["AGENTS.md"]).toContain("MARK-PROMPT");
    expect(Object.keys(files)).not.toContain(".github/copilot-instructions.md");
  });
  it("O13 keeps rules for some files where another runtime only has them in a document", async () => {
    const { files } = await together(codex, copilot);
    expect(Object.keys(files).filter((path) => path.startsWith(".github/"))).toEqual([
      ".github/instructions/go.instructions.md",
    ]);
  });
  it("O13 takes a pattern that matches all for what it is to Copilot: always loaded", async () => {
    const rules = { "all.md": '---\nscope: glob\nglobs: ["*"]\n---\nx\n', "go.md": sources.rules["go.md"] };
    const { files } = await writeLayers([codex, copilot], await parseLayers({ rules }));
    expect(Object.keys(files)).toEqual([".github/instructions/go.instructions.md", "AGENTS.md"]);
  });
  it("O13 says that Copilot CLI follows the import in CLAUDE.md, and so reads AGENTS.md twice", async () => {
    const { made } = await together(claudeCode, copilot, cursor);
    expect(made.diagnostics).toContainEqual(
      expect.objectContaining({ code: "read-twice", path: "CLAUDE.md", severity: "info" }),
    );
  });
  it("writes AGENTS.md itself where that is chosen, and CLAUDE.md imports it", async () => {
    const layers = await parseLayers(sources);
    const { files } = await writeLayers([copilot, claudeCode], layers, githubCopilot({ writeAgentsMd: true }));
    expect(files["CLAUDE.md"]).toMatch(/^@AGENTS\.md\n/);
    expect(files["AGENTS.md"]).toContain("MARK-PROMPT");
  });
  it("R9 shares .mcp.json with Claude Code, and AGENTS.md and knowledge with Codex and Cursor", async () => {
    const { made } = await writeLayers(all, await sampleLayers());
    const by = new Map(made.composed.files.map((file) => [file.path, file.by]));
    expect(by.get(".mcp.json")).toEqual(["claude-code", "github-copilot"]);
    expect(by.get(".agents/knowledge/runbooks/lag.md")).toHaveLength(5);
    expect(by.get("AGENTS.md")).toEqual(expect.arrayContaining(["codex", "cursor"]));
    expect(by.get(".agents/skills/review/SKILL.md")).toEqual(["codex", "gemini-cli"]);
    expect(made.composed.clashes).toEqual([]);
  });
});
