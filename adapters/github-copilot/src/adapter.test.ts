import { join } from "node:path";
import { matchesClaim } from "@stax/materialize";
import { expectGolden, formatTree, parseLayers, type Sources, sampleLayers, writeLayers } from "@stax/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import copilotDefault, { adapter, type GithubCopilotOptions, githubCopilot } from "./index.ts";

type More = Parameters<typeof writeLayers>[3];
const written = async (sources: Sources, options: Partial<GithubCopilotOptions> = {}, more: More = {}) =>
  writeLayers(adapter, await parseLayers(sources), githubCopilot(options), more);
const golden = (name: string) => join(import.meta.dirname, "..", "golden", `${name}.txt`);
const parts = (text = "") => /^---\n([\s\S]*?\n)---\n([\s\S]*)$/.exec(text) ?? [];
const header = (text?: string) => parse(parts(text)[1] ?? "");
const root = ".github/copilot-instructions.md";
const skill = (name: string, description = "d") => `---\nname: ${name}\ndescription: ${description}\n---\n`;

describe("golden files", () => {
  it("S17-16 S34-02 a sample with every layer, in a project", async () => {
    const { directory } = await writeLayers(adapter, await sampleLayers());
    expectGolden(golden("project"), formatTree(directory));
  });
  it("S34-01 the same in user scope, with agents and a model", async () => {
    const config = githubCopilot({ writeAgents: true, model: "claude-opus-5" });
    const { directory } = await writeLayers(adapter, await sampleLayers(), config, { scope: "user" });
    expectGolden(golden("user"), formatTree(directory));
  });
});

describe("githubCopilot", () => {
  it("S12-29 compiles type, runtime and version, and is the default export too", () => {
    expect(githubCopilot()).toMatchObject({
      type: "github-copilot",
      runtime: "github-copilot",
      adapterVersion: "1.0.0",
    });
    expect(copilotDefault).toBe(githubCopilot);
  });
  it("S12-24 B6 says how each feature is carried, as it really is", () => {
    const common = {
      prompt: "native",
      persona: "embedded",
      surfaces: "embedded",
      rules: "translated",
      skills: "native",
      mcp: "translated",
      instructionTree: "native",
      knowledge: "native",
      memory: "unsupported",
      toolPermissions: "unsupported",
      modelConfig: "native",
      secrets: "consumer-only",
      exactMode: true,
    };
    expect(githubCopilot().features).toEqual({ ...common, subagents: "unsupported" });
    expect(adapter.features({})).toEqual(githubCopilot().features);
    expect(githubCopilot({ writeAgents: true }).features).toEqual({ ...common, subagents: "native" });
  });
  it("S15-11 S34-15 S17-17 writes where its targets say; no editor settings, prompts or, unasked, agents", async () => {
    const claims = (githubCopilot({ model: "m" }).targets ?? []).map(({ path }) => path.replace(/\/$/, "/**"));
    const { files } = await writeLayers(adapter, await sampleLayers(), githubCopilot({ model: "m" }));
    for (const path of Object.keys(files)) {
      expect(
        claims.some((claim) => matchesClaim(claim, path)),
        path,
      ).toBe(true);
      expect(path).not.toMatch(/\.vscode\/settings|\.github\/(prompts|agents)|settings\.local|config\.json/);
    }
  });
  it("leaves out what an option switches off, and says so", async () => {
    const sources = {
      prompt: "P\n",
      rules: { "a.md": "x\n", "b.md": '---\nscope: glob\nglobs: ["*.go"]\n---\ny\n' },
      skills: { "fix/SKILL.md": skill("fix") },
      mcp: { s: { command: "x" } },
    };
    const { files, losses } = await written(sources, {
      writeInstructions: false,
      writePathInstructions: false,
      writeSkills: false,
      writeMcp: false,
    });
    expect(files).toEqual({});
    expect(losses.map(({ code, item }) => [code, item])).toEqual([
      ["output-off", "prompt"],
      ["output-off", "a.md"],
      ["output-off", "b.md"],
      ["output-off", "fix"],
      ["output-off", "s"],
    ]);
  });
  it("writes the model where Copilot CLI looks for it", async () => {
    const { files } = await written({}, { model: "claude-opus-5" });
    expect(JSON.parse(files[".github/copilot/settings.json"] ?? "")).toEqual({ model: "claude-opus-5" });
  });
});

describe("copilot-instructions.md", () => {
  it("S34-02 keeps the bytes of one source: instructions surface or prompt", async () => {
    const text = "\ufeffline\r\n\r\n  {{ not persona }\r\n";
    expect((await written({ prompt: text })).files).toEqual({ [root]: text });
    expect((await written({ surfaces: { "instructions.md": text } })).files).toEqual({ [root]: text });
  });
  it("S34-03 S34-06 holds the rules that always apply, and manual ones that were chosen; warns about others", async () => {
    const rules = { "a.md": "Kind.\n", "m.md": "---\nscope: manual\n---\nBy hand.\n" };
    const { files, losses } = await written({ prompt: "P\n", rules });
    expect(files).toEqual({ [root]: "P\n\n## Rule: a.md\n\nKind.\n" });
    expect(losses).toMatchObject([{ item: "m.md", fidelity: "lost", severity: "warning" }]);
    const chosen = await written({ rules }, {}, { manualRules: ["m.md"] });
    expect(chosen.files[root]).toContain("By hand.\n");
  });
  it("S34-08 R11 puts the root text into AGENTS.md where that is chosen, and never into both: Copilot reads both", async () => {
    expect((await written({ prompt: "P\n" }, { writeAgentsMd: true })).files).toEqual({ "AGENTS.md": "P\n" });
    expect((await written({ prompt: "P\n" })).files).toEqual({ [root]: "P\n" });
  });
  it("S34-09 S38-06 writes each scope of the instruction tree as AGENTS.md into its directory", async () => {
    const { files } = await written({
      instructionTree: { "services/api/instructions.md": "Thin.\r\n", "_root/instructions.md": "R" },
    });
    expect(files).toEqual({ [root]: "R", "services/api/AGENTS.md": "Thin.\r\n" });
  });
  it("S34-16 fails in exact mode where it had to be composed or a rule was translated", async () => {
    const both = { prompt: "P\n", surfaces: { "instructions.md": "S\n" } };
    const auto = { rules: { "a.md": "---\nscope: auto\ndescription: d\n---\nx\n" } };
    for (const sources of [both, auto])
      await expect(written(sources, {}, { exact: true })).rejects.toMatchObject({ code: "ERR_STAX_EXACT_UNMET" });
    await expect(written({ prompt: "P\n" }, {}, { exact: true })).resolves.toBeDefined();
  });
});

describe("path instructions", () => {
  it("S34-04 writes applyTo as one comma-separated string", async () => {
    const { files, losses } = await written({
      rules: {
        "go/errors.md":
          '---\nscope: glob\nglobs: ["**/*.go", "*.{ts,tsx}", "/cmd/"]\ndescription: \'in "Go": errors\'\n---\nWrap.\n',
      },
    });
    const text = files[".github/instructions/go-errors.instructions.md"];
    expect(header(text)).toEqual({ applyTo: "**/*.go,**/*.{ts,tsx},cmd/**", description: 'in "Go": errors' });
    expect(parts(text)[2]).toBe("Wrap.\n");
    expect(losses).toEqual([]);
  });
  it("S34-05 B17 applies auto rules to all files, with their description as the first line, and says so", async () => {
    const { files, losses } = await written({
      rules: { "r.md": "---\nscope: auto\ndescription: when releasing\n---\nBump.\n" },
    });
    const text = files[".github/instructions/r.instructions.md"];
    expect(header(text)).toEqual({ applyTo: "**", description: "when releasing" });
    expect(parts(text)[2]).toBe("Applies when: when releasing\n\nBump.\n");
    expect(losses).toMatchObject([{ item: "r.md", field: "scope", fidelity: "translated", severity: "warning" }]);
  });
  it("S34-07 warns about priority, severity, tags and triggers, by rule", async () => {
    const meta = "priority: 1\nseverity: error\ntags: [x]\ntriggers: [y]\n";
    const { losses } = await written({
      rules: { "a.md": `---\n${meta}---\nx\n`, "b.md": `---\nscope: glob\nglobs: ["*.go"]\n${meta}---\nx\n` },
    });
    expect(losses.map(({ item, field, severity }) => [item, field, severity])).toEqual(
      ["a.md", "b.md"].flatMap((item) =>
        ["priority", "severity", "tags", "triggers"].map((field) => [item, field, "warning"]),
      ),
    );
  });
  it("B15 drops negated globs and torn ones, and a rule of which nothing is left: without applyTo it would always apply", async () => {
    const { files, losses } = await written({
      rules: {
        "a.md": '---\nscope: glob\nglobs: ["!x.go", "a,b.go", "ok.go"]\n---\nx\n',
        "b.md": '---\nscope: glob\nglobs: ["!x"]\n---\nx\n',
      },
    });
    expect(Object.keys(files)).toEqual([".github/instructions/a.instructions.md"]);
    expect(header(files[".github/instructions/a.instructions.md"])).toEqual({ applyTo: "**/ok.go" });
    expect(losses).toContainEqual(expect.objectContaining({ item: "b.md", fidelity: "lost" }));
  });
  it("embeds scoped rules with their scope as heading where path instructions are off", async () => {
    const { files } = await written(
      { rules: { "a.md": '---\nscope: glob\nglobs: ["*.go"]\n---\nWrap.\n' } },
      { writePathInstructions: false },
    );
    expect(files).toEqual({ [root]: "## Rule: a.md (for files matching `*.go`)\n\nWrap.\n" });
  });
  it("B14 makes safe file names of ids, and refuses two rules for one file", async () => {
    const glob = (id: string) => `---\nid: ${id}\nscope: glob\nglobs: ["*"]\n---\nx\n`;
    const safe = await written({ rules: { "a.md": glob("../../x") } });
    expect(Object.keys(safe.files)).toEqual([".github/instructions/x.instructions.md"]);
    const clash = written({ rules: { "a.md": glob("a/b"), "b.md": `${glob("a-b")}y` } });
    await expect(clash).rejects.toMatchObject({ code: "ERR_STAX_PLAN_CONFLICT" });
  });
});

describe("skills and subagents", () => {
  it("S34-13 keeps each skill's directory, bytes and executable bits", async () => {
    const source = "---\nname: fix\ndescription: d\nunknown: 1\n---\r\n$ARGUMENTS\r\n";
    const { files, directory } = await written({
      skills: { "fix/SKILL.md": source, "fix/run.sh": "#!/bin/sh\n", "fix/t/x.md": "x" },
    });
    expect(files).toEqual({
      ".github/skills/fix/SKILL.md": source,
      ".github/skills/fix/run.sh": "#!/bin/sh\n",
      ".github/skills/fix/t/x.md": "x",
    });
    expect(formatTree(directory)).toContain("run.sh (executable)");
  });
  it("leaves out skills that Copilot refuses to load, and gives its reason", async () => {
    const long = "n".repeat(65);
    const { files, losses } = await written({
      skills: {
        "ok/SKILL.md": skill("ok", "x".repeat(1024)),
        [`${long}/SKILL.md`]: skill(long),
        "wordy/SKILL.md": skill("wordy", "x".repeat(1025)),
      },
    });
    expect(Object.keys(files)).toEqual([".github/skills/ok/SKILL.md"]);
    expect(losses).toMatchObject([
      { item: long, severity: "warning", reason: expect.stringContaining("name of 65 characters") },
      { item: "wordy", severity: "warning", reason: expect.stringContaining("description of 1025 characters") },
    ]);
  });
  const subagents = {
    reviewer: {
      description: 'Reviews "diffs": all',
      instructions: "# Body\r\n\r\n---\nx",
      model: "sonnet",
      invocation: "manual",
      handoff: { returnMode: "report" },
      tags: ["t"],
      metadata: { k: "v" },
    },
  };
  it("S34-14 writes no subagents unless they are asked for, and warns that it does not", async () => {
    const { files, losses } = await written({ subagents });
    expect(files).toEqual({});
    expect(losses).toMatchObject([
      { item: "reviewer", severity: "warning", hint: "set writeAgents to true in the adapter's options" },
    ]);
  });
  it("S34-14 S34-17 writes them with valid front matter where asked, and warns about what has no place", async () => {
    const { files, losses } = await written({ subagents }, { writeAgents: true });
    const text = files[".github/agents/reviewer.agent.md"];
    expect(header(text)).toEqual({ name: "reviewer", description: 'Reviews "diffs": all', model: "sonnet" });
    expect(parts(text)[2]).toBe("# Body\r\n\r\n---\nx");
    expect(losses.map(({ field, severity }) => [field, severity])).toEqual([
      ["invocation", "warning"],
      ["tags", "warning"],
      ["handoff", "warning"],
      ["metadata", "warning"],
    ]);
  });
  it("leaves out a subagent whose instructions are too long for Copilot", async () => {
    const { files, losses } = await written(
      {
        subagents: {
          long: { description: "d", instructions: "x".repeat(30_001) },
          ok: { description: "d", instructions: "x".repeat(30_000) },
        },
      },
      { writeAgents: true },
    );
    expect(Object.keys(files)).toEqual([".github/agents/ok.agent.md"]);
    expect(losses).toMatchObject([{ item: "long", severity: "warning" }]);
  });
});

describe("MCP servers", () => {
  const both = async (...parameters: Parameters<typeof written>) => {
    const { files, losses } = await written(...parameters);
    return {
      editor: JSON.parse(files[".vscode/mcp.json"] ?? "null"),
      cli: JSON.parse(files[".mcp.json"] ?? "null"),
      losses,
    };
  };
  it("R9 S34-10 writes servers for the editor and mcpServers for the CLI, always with a type", async () => {
    const { editor, cli } = await both({
      mcp: {
        local: { command: "x", args: ["a b", "$(no shell)"], env: { A: "1" } },
        http: { url: "https://h.example/mcp", transport: "http", headers: { "X-A": "1" } },
        sse: { url: "https://s.example/sse", transport: "sse" },
      },
    });
    const servers = {
      local: { type: "stdio", command: "x", args: ["a b", "$(no shell)"], env: { A: "1" } },
      http: { type: "http", url: "https://h.example/mcp", headers: { "X-A": "1" } },
      sse: { type: "sse", url: "https://s.example/sse" },
    };
    expect(editor).toEqual({ servers });
    expect(cli).toEqual({ mcpServers: servers });
  });
  it("S34-11 lets the editor ask for secrets, and names them for the CLI; never a value", async () => {
    const { editor, cli } = await both({
      secrets: ["GITHUB_TOKEN", "KEY", "UNUSED"],
      mcp: {
        gh: { command: "gh", secrets: ["GITHUB_TOKEN"] },
        web: { url: "https://w.example", transport: "http", headers: { Authorization: "Bearer ${KEY}" } },
      },
    });
    expect(editor.servers).toMatchObject({
      gh: { env: { GITHUB_TOKEN: "${input:GITHUB_TOKEN}" } },
      web: { headers: { Authorization: "Bearer ${input:KEY}" } },
    });
    expect(editor.inputs).toEqual([
      { type: "promptString", id: "GITHUB_TOKEN", description: "GITHUB_TOKEN", password: true },
      { type: "promptString", id: "KEY", description: "KEY", password: true },
    ]);
    expect(cli.mcpServers).toMatchObject({
      gh: { env: { GITHUB_TOKEN: "${GITHUB_TOKEN}" } },
      web: { headers: { Authorization: "Bearer ${KEY}" } },
    });
  });
  it("S34-12 warns about cwd, denied tools and timeouts; the CLI alone keeps the list of offered tools", async () => {
    const { cli, losses } = await both({
      mcp: { s: { command: "x", cwd: "d", enabledTools: ["a"], disabledTools: ["b"], connectTimeoutMs: 1 } },
    });
    expect(cli.mcpServers.s.tools).toEqual(["a"]);
    expect(losses.map(({ field, fidelity }) => [field, fidelity]).sort()).toEqual([
      ["connectTimeoutMs", "lost"],
      ["cwd", "lost"],
      ["disabledTools", "lost"],
      ["enabledTools", "translated"],
    ]);
  });
  it("B11 omits switched-off servers, even where they are wanted: the files cannot say that they are", async () => {
    const sources = { mcp: { s: { command: "x", enabled: false } } };
    expect((await written(sources)).files).toEqual({});
    const wanted = await written(sources, {}, { includeDisabled: true });
    expect(wanted.files).toEqual({});
    expect(wanted.losses).toMatchObject([{ item: "s", severity: "warning" }]);
  });
  it("R12 says for both files that servers wait for trust", async () => {
    const { made } = await written({ mcp: { s: { command: "x" } } });
    const gated = made.diagnostics.filter(({ code }) => code === "trust-gated").map(({ path }) => path);
    expect(gated.sort()).toEqual([".mcp.json", ".vscode/mcp.json"]);
  });
});

const hostile = fc
  .array(
    fc.constantFrom(
      '"',
      "'",
      '"""',
      ":",
      ": ",
      " #",
      "---",
      "\n",
      "\r",
      "\t",
      "}}",
      "${X",
      "\\",
      "\u0001",
      "\u2028",
      "a",
      "é",
      " ",
      "applyTo: x",
    ),
    { maxLength: 10 },
  )
  .map((all) => all.join(""));

describe("whatever a text holds", () => {
  it("S34-04 a rule's description is read back by YAML as it was, and nothing else is set", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (description, body) => {
        // Quoted on one line: of a block, the line before the closing --- would be the fence's, not the text's.
        const quoted = {
          defaultStringType: "QUOTE_DOUBLE",
          doubleQuotedMinMultiLineLength: 1e9,
          lineWidth: 0,
        } as const;
        const source = `---\n${stringify({ scope: "glob", globs: ["*.go"], description }, quoted)}---\n${body}`;
        const layers = await parseLayers({ rules: { "r.md": source } });
        const { files } = await writeLayers(adapter, layers);
        const text = files[".github/instructions/r.instructions.md"];
        expect(header(text)).toEqual({ applyTo: "**/*.go", description });
        expect(parts(text)[2]).toBe(layers.rules?.rules[0]?.body);
      }),
      { numRuns: 50 },
    );
  });
  it("S34-14 a subagent's description and instructions are", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (description, instructions) => {
        fc.pre(description.trim() !== "");
        const { files } = await written({ subagents: { a: { description, instructions } } }, { writeAgents: true });
        const text = files[".github/agents/a.agent.md"];
        expect(header(text)).toEqual({ name: "a", description });
        expect(parts(text)[2]).toBe(instructions);
      }),
      { numRuns: 50 },
    );
  });
  it("S34-10 a server's arguments and variables are read back by JSON", async () => {
    const plain = hostile.map((text) => text.replaceAll("$", ""));
    await fc.assert(
      fc.asyncProperty(plain, plain, async (arg, value) => {
        const { files } = await written({ mcp: { s: { command: "x", args: [arg], env: { A: value } } } });
        const entry = { type: "stdio", command: "x", args: [arg], env: { A: value } };
        expect(JSON.parse(files[".mcp.json"] ?? "")).toEqual({ mcpServers: { s: entry } });
        expect(JSON.parse(files[".vscode/mcp.json"] ?? "")).toEqual({ servers: { s: entry } });
      }),
      { numRuns: 50 },
    );
  });
});
