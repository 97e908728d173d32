import { join } from "node:path";
import { matchesClaim } from "@stax/materialize";
import { expectGolden, formatTree, parseLayers, type Sources, sampleLayers, writeLayers } from "@stax/testing";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readAgent } from "./agents.ts";
import cursorDefault, { adapter, type CursorOptions, cursor } from "./index.ts";
import { applicationOf, readMdc } from "./mdc.ts";

type More = Parameters<typeof writeLayers>[3];
const written = async (sources: Sources, options: CursorOptions = {}, more: More = {}) =>
  writeLayers(adapter, await parseLayers(sources), cursor(options), more);
const golden = (name: string) => join(import.meta.dirname, "..", "golden", `${name}.txt`);
const header = (text = "") => parse(text.split("---\n")[1] ?? "");

describe("golden files", () => {
  it("S17-14 S33-02 a sample with every layer, in a project", async () => {
    const { directory } = await writeLayers(adapter, await sampleLayers());
    expectGolden(golden("project"), formatTree(directory));
  });
  it("S33-01 the same in user scope, below the chosen home", async () => {
    const { directory } = await writeLayers(adapter, await sampleLayers(), cursor(), { scope: "user" });
    expectGolden(golden("user"), formatTree(directory));
  });
});

describe("cursor", () => {
  it("S12-29 S33-01 compiles type, runtime and version with project scope, and is the default export too", () => {
    expect(cursor()).toMatchObject({ type: "cursor", runtime: "cursor", adapterVersion: "1.0.0" });
    expect(cursor().targets?.map(({ path, scope }) => [path, scope])).toEqual([
      ["AGENTS.md", "project"],
      ["**/AGENTS.md", "project"],
      [".cursor/rules/", "project"],
      [".cursor/skills/", "project"],
      [".cursor/agents/", "project"],
      [".cursor/mcp.json", "project"],
      [".agents/knowledge/", "project"],
    ]);
    expect(cursorDefault).toBe(cursor);
  });
  it("S12-24 B6 says native, translated, embedded or unsupported for each feature as it really is", () => {
    expect(cursor().features).toEqual({
      prompt: "native",
      persona: "embedded",
      surfaces: "embedded",
      rules: "translated",
      skills: "native",
      mcp: "translated",
      subagents: "native",
      instructionTree: "native",
      knowledge: "native",
      memory: "unsupported",
      toolPermissions: "unsupported",
      modelConfig: "unsupported",
      secrets: "consumer-only",
      exactMode: true,
    });
  });
  it("S15-11 S17-15 S33-16 writes where its targets say, and nothing of the app's, the editor's or its hooks", async () => {
    const targets = cursor().targets ?? [];
    const { files } = await writeLayers(adapter, await sampleLayers());
    for (const path of Object.keys(files)) {
      const claims = targets.map((target) => target.path.replace(/\/$/, "/**"));
      expect(
        claims.some((claim) => matchesClaim(claim, path)),
        path,
      ).toBe(true);
      expect(path).not.toMatch(/\.vscode|hooks\.json|cli\.json|sandbox\.json|approvals/);
    }
  });
  it("S33-14 leaves out what an option switches off, and says so", async () => {
    const sources = {
      prompt: "P\n",
      rules: { "a.md": "x\n" },
      skills: { "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\n" },
      mcp: { s: { command: "x" } },
    };
    const { files, losses } = await written(sources, {
      writeInstructions: false,
      writeRules: false,
      writeSkills: false,
      writeMcp: false,
    });
    expect(files).toEqual({});
    expect(losses.map(({ code, item }) => [code, item])).toEqual([
      ["output-off", "prompt"],
      ["output-off", "a.md"],
      ["output-off", "fix"],
      ["output-off", "s"],
    ]);
  });
});

describe("AGENTS.md", () => {
  it("S33-02 keeps the bytes of one source: instructions surface or prompt", async () => {
    const text = "\ufeffline\r\n\r\n  {{ not persona }\r\n";
    expect((await written({ prompt: text })).files).toEqual({ "AGENTS.md": text });
    expect((await written({ surfaces: { "instructions.md": text } })).files).toEqual({ "AGENTS.md": text });
  });
  it("S33-03 fails in exact mode where it had to be composed", async () => {
    const both = { prompt: "P\n", surfaces: { "instructions.md": "S\n" } };
    expect((await written(both)).files["AGENTS.md"]).toBe("S\n\n## Role\n\nP\n");
    await expect(written(both, {}, { exact: true })).rejects.toMatchObject({ code: "ERR_STAX_EXACT_UNMET" });
    await expect(written({ prompt: "P\n" }, {}, { exact: true })).resolves.toBeDefined();
  });
  it("S33-04 starts with the persona where nothing comes before it", async () => {
    const { files } = await written({
      persona: { name: "maya", displayName: "Maya Chen", role: "Engineer" },
      surfaces: { "tools.md": "rg\n" },
    });
    expect(files["AGENTS.md"]).toBe("You are Maya Chen, Engineer.\n\n## Tools\n\nrg\n");
  });
  it("S33-17 S38-06 writes each scope of the instruction tree into its directory, which Cursor reads by now", async () => {
    const { files, losses } = await written({
      instructionTree: { "services/api/instructions.md": "Thin.\r\n", "_root/instructions.md": "R" },
    });
    expect(files).toEqual({ "AGENTS.md": "R", "services/api/AGENTS.md": "Thin.\r\n" });
    expect(losses).toEqual([]);
  });
  it("S33-18 has no file for a user's instructions and rules, which live in the app, and says so", async () => {
    const { files, losses } = await written({ prompt: "P\n", rules: { "a.md": "x\n" } }, {}, { scope: "user" });
    expect(files).toEqual({});
    expect(losses).toMatchObject([
      { feature: "prompt", fidelity: "lost", severity: "warning" },
      { feature: "rules", item: "a.md", fidelity: "lost", severity: "warning" },
    ]);
  });
});

describe("rules", () => {
  it("S33-05 R8 writes the four scopes as Cursor tells them apart, readable for YAML too", async () => {
    const { files } = await written({
      rules: {
        "always.md": "Kind.\n",
        "go/errors.md": '---\nscope: glob\nglobs: ["**/*.go", "*.{ts,tsx}", "/cmd/"]\n---\nWrap.\n',
        "release.md": "---\nscope: auto\ndescription: 'when releasing: \"soon\"'\n---\nBump.\n",
        "hand.md": "---\nscope: manual\n---\nBy hand.\n",
      },
    });
    const read = Object.entries(files).map(([path, text]) => {
      const mdc = readMdc(text);
      return [path, mdc && applicationOf(mdc), header(text), mdc?.body];
    });
    expect(read).toEqual([
      [".cursor/rules/always.mdc", "always", { alwaysApply: true }, "Kind."],
      [".cursor/rules/go-errors.mdc", "glob", { globs: "**/*.go,**/*.{ts,tsx},cmd/**", alwaysApply: false }, "Wrap."],
      [".cursor/rules/hand.mdc", "manual", { alwaysApply: false }, "By hand."],
      [".cursor/rules/release.mdc", "auto", { description: 'when releasing: "soon"', alwaysApply: false }, "Bump."],
    ]);
  });
  it("S33-06 warns about an auto rule without a description: Cursor applies it by hand only", async () => {
    const { files, losses } = await written({ rules: { "a.md": "---\nscope: auto\n---\nx\n" } });
    expect(applicationOf(readMdc(files[".cursor/rules/a.mdc"] ?? "") ?? { fields: {}, body: "" })).toBe("manual");
    expect(losses).toMatchObject([{ item: "a.md", field: "scope", severity: "warning", fidelity: "translated" }]);
  });
  it("S33-07 S33-08 warns about priority, severity, tags and triggers, by rule", async () => {
    const { losses } = await written({
      rules: { "a.md": "---\npriority: 1\nseverity: error\ntags: [x]\ntriggers: [y]\n---\nx\n" },
    });
    expect(losses.map(({ item, field, severity }) => [item, field, severity])).toEqual([
      ["a.md", "priority", "warning"],
      ["a.md", "severity", "warning"],
      ["a.md", "tags", "warning"],
      ["a.md", "triggers", "warning"],
    ]);
  });
  it("S33-09 B14 makes safe file names of ids, and refuses two rules for one file", async () => {
    const safe = await written({ rules: { "a.md": "---\nid: ../../x\n---\nx\n" } });
    expect(Object.keys(safe.files)).toEqual([".cursor/rules/x.mdc"]);
    const clash = written({ rules: { "a.md": "---\nid: a/b\n---\n1\n", "b.md": "---\nid: a-b\n---\n2\n" } });
    await expect(clash).rejects.toMatchObject({ code: "ERR_STAX_PLAN_CONFLICT" });
  });
  it("B15 drops negated globs, and those that a comma-separated list would tear apart", async () => {
    const { files, losses } = await written({
      rules: { "a.md": '---\nscope: glob\nglobs: ["!x.go", "a,b.go", "{c", "ok.go"]\n---\nx\n' },
    });
    expect(header(files[".cursor/rules/a.mdc"])).toEqual({ globs: "**/ok.go", alwaysApply: false });
    expect(losses).toMatchObject([{ item: "a.md", field: "globs", code: "rule-globs", severity: "warning" }]);
  });
  it("does not write a glob rule that applies to nothing: Cursor would take it for a manual one", async () => {
    const { files, losses } = await written({ rules: { "a.md": '---\nscope: glob\nglobs: ["!x"]\n---\nx\n' } });
    expect(files).toEqual({});
    expect(losses.at(-1)).toMatchObject({ item: "a.md", fidelity: "lost" });
  });
  it("B16 leaves the description out of a manual rule: Cursor would choose it by that", async () => {
    const { files, losses } = await written({ rules: { "m.md": "---\nscope: manual\ndescription: d\n---\nx\n" } });
    expect(files[".cursor/rules/m.mdc"]).toBe("---\nalwaysApply: false\n---\nx\n");
    expect(losses).toMatchObject([{ item: "m.md", field: "description", severity: "warning" }]);
    const chosen = await written({ rules: { "m.md": "---\nscope: manual\n---\nx\n" } }, {}, { manualRules: ["m.md"] });
    expect(chosen.files[".cursor/rules/m.mdc"]).toBe("---\nalwaysApply: true\n---\nx\n");
  });
  it("writes a description of several lines on one, and says so", async () => {
    const { files, losses } = await written({
      rules: { "a.md": '---\nscope: auto\ndescription: "when\\n--- releasing"\n---\nx\n' },
    });
    expect(header(files[".cursor/rules/a.mdc"])).toMatchObject({ description: "when -- releasing" });
    expect(losses).toMatchObject([{ item: "a.md", field: "description", fidelity: "translated" }]);
  });
  it("tells of rows of dashes that Cursor shortens", async () => {
    const { losses } = await written({ rules: { "a.md": "a\n\n------\n\nb\n", "b.md": "a\n\n---\n\nb\n" } });
    expect(losses).toMatchObject([{ item: "a.md", field: "body", fidelity: "translated" }]);
  });
  it("S33-15 writes one .cursorrules instead of rule files where the option asks for it, and warns", async () => {
    const { files, made } = await written(
      { prompt: "P\n", rules: { "a.md": "Kind.\n", "b.md": '---\nscope: glob\nglobs: ["*.go"]\n---\nWrap.\n' } },
      { legacyCursorrules: true },
    );
    expect(files).toEqual({
      ".cursorrules": "## Rule: a.md\n\nKind.\n\n## Rule: b.md (for files matching `*.go`)\n\nWrap.\n",
      "AGENTS.md": "P\n",
    });
    expect(made.diagnostics).toContainEqual(
      expect.objectContaining({ code: "output-deprecated", severity: "warning" }),
    );
  });
});

describe("skills, knowledge, subagents", () => {
  it("S33-13 keeps each skill's directory, bytes and executable bits", async () => {
    const source = "---\nname: fix\ndescription: d\nunknown: 1\n---\r\n$ARGUMENTS\r\n";
    const { files, directory } = await written({
      skills: { "fix/SKILL.md": source, "fix/run.sh": "#!/bin/sh\n", "fix/t/x.md": "x" },
    });
    expect(files).toEqual({
      ".cursor/skills/fix/SKILL.md": source,
      ".cursor/skills/fix/run.sh": "#!/bin/sh\n",
      ".cursor/skills/fix/t/x.md": "x",
    });
    expect(formatTree(directory)).toContain("run.sh (executable)");
  });
  it("tells of a skill's description that Cursor cuts, and of fields that it does not honour", async () => {
    const text = (name: string, length: number) =>
      `---\nname: ${name}\ndescription: ${"x".repeat(length)}\nallowed-tools: [Read]\n---\n`;
    const { losses } = await written({
      skills: { "long/SKILL.md": text("long", 1537), "short/SKILL.md": text("short", 1536) },
    });
    expect(losses.map(({ item, field }) => [item, field])).toEqual([
      ["long", "description"],
      ["long", "allowed-tools"],
      ["short", "allowed-tools"],
    ]);
  });
  it("places knowledge and points to it", async () => {
    const { files } = await written({ knowledge: { "a/b.md": "x" } });
    expect(files[".agents/knowledge/a/b.md"]).toBe("x");
    expect(files["AGENTS.md"]).toContain(".agents/knowledge/a/b.md");
  });
  it("S33-17 writes subagents unquoted, as Cursor reads them, and warns about what has no place", async () => {
    const { files, losses } = await written({
      subagents: {
        reviewer: {
          description: '"Quoted": yes',
          instructions: "# Body\n---\nx\n",
          model: "sonnet",
          invocation: "manual",
          handoff: { returnMode: "report" },
          tags: ["t"],
        },
        empty: { description: "d", instructions: " \n" },
      },
    });
    expect(files).toEqual({
      ".cursor/agents/reviewer.md":
        '---\nname: reviewer\ndescription: "Quoted": yes\nmodel: sonnet\n---\n# Body\n---\nx\n',
    });
    expect(readAgent(files[".cursor/agents/reviewer.md"] ?? "")).toEqual({
      fields: { name: "reviewer", description: '"Quoted": yes', model: "sonnet" },
      prompt: "# Body\n---\nx",
    });
    expect(losses.map(({ item, field }) => [item, field]).sort()).toEqual([
      ["empty", undefined],
      ["reviewer", "handoff"],
      ["reviewer", "invocation"],
      ["reviewer", "tags"],
    ]);
  });
});

describe(".cursor/mcp.json", () => {
  const json = async (...parameters: Parameters<typeof written>) =>
    JSON.parse((await written(...parameters)).files[".cursor/mcp.json"] ?? "null");
  it("S33-10 writes type, command, args, env and cwd, or type, url and headers", async () => {
    expect(
      await json({
        mcp: {
          local: { command: "x", args: ["a b", "$(no shell)"], env: { A: "1" }, cwd: "d" },
          http: { url: "https://h.example/mcp", transport: "http", headers: { "X-A": "1" } },
          sse: { url: "https://s.example/sse", transport: "sse" },
        },
      }),
    ).toEqual({
      mcpServers: {
        local: { type: "stdio", command: "x", args: ["a b", "$(no shell)"], env: { A: "1" }, cwd: "d" },
        http: { type: "http", url: "https://h.example/mcp", headers: { "X-A": "1" } },
        sse: { type: "sse", url: "https://s.example/sse" },
      },
    });
  });
  it("S17-15 S33-11 refers to secrets by name and never holds a value", async () => {
    const { mcpServers } = await json({
      secrets: ["GITHUB_TOKEN", "KEY"],
      mcp: {
        gh: { command: "gh", secrets: ["GITHUB_TOKEN"] },
        web: { url: "https://w.example", transport: "http", headers: { Authorization: "Bearer ${KEY}" } },
      },
    });
    expect(mcpServers).toMatchObject({
      gh: { env: { GITHUB_TOKEN: "${env:GITHUB_TOKEN}" } },
      web: { headers: { Authorization: "Bearer ${env:KEY}" } },
    });
  });
  it("S33-12 warns about tool lists and timeouts", async () => {
    const { losses } = await written({
      mcp: { s: { command: "x", enabledTools: ["a"], disabledTools: ["b"], connectTimeoutMs: 1 } },
    });
    expect(losses.map(({ field, severity }) => [field, severity]).sort()).toEqual([
      ["connectTimeoutMs", "warning"],
      ["disabledTools", "warning"],
      ["enabledTools", "warning"],
    ]);
  });
  it("B11 omits switched-off servers, even where they are wanted: the file cannot say that they are", async () => {
    const sources = { mcp: { s: { command: "x", enabled: false } } };
    expect((await written(sources)).files).toEqual({});
    const wanted = await written(sources, {}, { includeDisabled: true });
    expect(wanted.files).toEqual({});
    expect(wanted.losses).toMatchObject([{ item: "s", severity: "warning" }]);
  });
  it("R12 says that servers wait for a person's approval", async () => {
    const { made } = await written({ mcp: { s: { command: "x" } } });
    expect(made.diagnostics).toContainEqual(expect.objectContaining({ code: "trust-gated", path: ".cursor/mcp.json" }));
  });
});
