import { join } from "node:path";
import { matchesClaim } from "@stax/materialize";
import { expectGolden, formatTree, parseLayers, type Sources, sampleLayers, writeLayers } from "@stax/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import geminiDefault, { adapter, type GeminiCliOptions, geminiCli } from "./index.ts";

type More = Parameters<typeof writeLayers>[3];
const written = async (sources: Sources, options: GeminiCliOptions = {}, more: More = {}) =>
  writeLayers(adapter, await parseLayers(sources), geminiCli(options), more);
const settings = async (...parameters: Parameters<typeof written>) =>
  JSON.parse((await written(...parameters)).files[".gemini/settings.json"] ?? "null");
const golden = (name: string) => join(import.meta.dirname, "..", "golden", `${name}.txt`);
const parts = (text = "") => /^---\n([\s\S]*?\n)---\n([\s\S]*)$/.exec(text) ?? [];
const options = { model: "gemini-3-pro", modelParams: { temperature: 0.2, stop: "END" }, sandbox: "docker" } as const;

describe("golden files", () => {
  it("a sample with every layer, in a project", async () => {
    const { directory } = await writeLayers(adapter, await sampleLayers(), geminiCli(options));
    expectGolden(golden("project"), formatTree(directory));
  });
  it("the same in user scope, below the chosen home", async () => {
    const { directory } = await writeLayers(adapter, await sampleLayers(), geminiCli(options), { scope: "user" });
    expectGolden(golden("user"), formatTree(directory));
  });
});

describe("geminiCli", () => {
  it("S12-29 compiles type, runtime and version, and is the default export too", () => {
    expect(geminiCli()).toMatchObject({ type: "gemini-cli", runtime: "gemini-cli", adapterVersion: "1.0.0" });
    expect(geminiDefault).toBe(geminiCli);
  });
  it("S12-24 B6 says how each feature is carried, as it really is", () => {
    expect(geminiCli().features).toEqual({
      prompt: "native",
      persona: "embedded",
      surfaces: "embedded",
      rules: "embedded",
      skills: "native",
      mcp: "translated",
      subagents: "native",
      instructionTree: "native",
      knowledge: "native",
      memory: "unsupported",
      toolPermissions: "native",
      modelConfig: "native",
      secrets: "consumer-only",
      exactMode: true,
    });
  });
  it("S15-11 writes where its targets say", async () => {
    const claims = (geminiCli().targets ?? []).map(({ path }) => path.replace(/\/$/, "/**"));
    const { files } = await writeLayers(adapter, await sampleLayers(), geminiCli(options));
    for (const path of Object.keys(files))
      expect(
        claims.some((claim) => matchesClaim(claim, path)),
        path,
      ).toBe(true);
  });
  it("leaves out what an option switches off, and says so", async () => {
    const { files, losses } = await written(
      {
        prompt: "P\n",
        skills: { "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\n" },
        mcp: { s: { command: "x" } },
      },
      { model: "m", writeInstructions: false, writeSkills: false, writeMcp: false, writeConfig: false },
    );
    expect(files).toEqual({});
    expect(losses.map(({ code, item }) => [code, item])).toEqual([
      ["output-off", "prompt"],
      ["output-off", "fix"],
      ["output-off", "s"],
      ["output-off", "model"],
    ]);
  });
  it("O9 says that the runtime's files have no counterpart for hints", async () => {
    const hints = { isolation: "container", capabilities: { network: { mode: "none" } } } as const;
    const { made } = await written({ prompt: "P\n" }, {}, { hints });
    expect(made.diagnostics).toContainEqual(
      expect.objectContaining({ code: "hint-ignored", message: expect.stringContaining("isolation, network") }),
    );
    expect((await written({ prompt: "P\n" })).made.diagnostics).toEqual([]);
  });
  it("S12-16 refuses a sandbox that would be none", () => {
    const wrong = { sandbox: false } as unknown as GeminiCliOptions; // what JSON could hold
    expect(() => geminiCli(wrong)).toThrow(expect.objectContaining({ code: "ERR_STAX_ADAPTER_OPTIONS" }));
  });
});

describe("GEMINI.md", () => {
  it("keeps the bytes of one source", async () => {
    const text = "\ufeffline\r\n\r\n  {{ not persona }\r\n";
    expect((await written({ prompt: text })).files).toEqual({ "GEMINI.md": text });
  });
  it("S08-07 embeds all rules, with their scope as heading, and leaves manual ones out unless chosen", async () => {
    const rules = {
      "a.md": "Kind.\n",
      "g.md": '---\nscope: glob\nglobs: ["*.go"]\n---\nWrap.\n',
      "m.md": "---\nscope: manual\n---\nBy hand.\n",
    };
    const { files, losses } = await written({ rules });
    expect(files["GEMINI.md"]).toBe("## Rule: a.md\n\nKind.\n\n## Rule: g.md (for files matching `*.go`)\n\nWrap.\n");
    expect(losses).toMatchObject([{ item: "m.md", fidelity: "lost" }]);
  });
  it("S38-06 writes each scope of the instruction tree into its directory", async () => {
    const { files } = await written({
      instructionTree: { "services/api/instructions.md": "Thin.\r\n", "_root/instructions.md": "R" },
    });
    expect(files).toEqual({ "GEMINI.md": "R", "services/api/GEMINI.md": "Thin.\r\n" });
  });
});

describe("skills and subagents", () => {
  it("keeps each skill's directory, bytes and executable bits, and says once that they wait for trust", async () => {
    const source = "---\nname: fix\ndescription: d\nunknown: 1\n---\r\nx\r\n";
    const { files, directory, made } = await written({
      skills: { "fix/SKILL.md": source, "fix/run.sh": "#!/bin/sh\n" },
    });
    expect(files).toEqual({ ".agents/skills/fix/SKILL.md": source, ".agents/skills/fix/run.sh": "#!/bin/sh\n" });
    expect(formatTree(directory)).toContain("run.sh (executable)");
    expect(made.diagnostics.filter(({ code }) => code === "trust-gated")).toHaveLength(1);
  });
  it("writes subagents with the fields Gemini CLI knows and no other: it refuses a file with one more", async () => {
    const { files, losses } = await written({
      subagents: { rev: { description: "d", instructions: "B\r\n", model: "m", invocation: "manual", tags: ["t"] } },
    });
    expect(files).toEqual({
      ".gemini/agents/rev.md": '---\nname: "rev"\ndescription: "d"\nmodel: "m"\n---\nB\r\n',
    });
    expect(losses.map(({ field }) => field)).toEqual(["invocation", "tags"]);
  });
  it("R12 says of a project's subagents that each waits for approval, and of a user's knowledge that sessions must include it", async () => {
    const subagents = { rev: { description: "d", instructions: "B\n" } };
    const said = async (scope: "project" | "user") => {
      const { made } = await written({ subagents, knowledge: { "k.md": "K\n" } }, {}, { scope });
      return made.diagnostics.filter(({ code }) => code === "trust-gated").map(({ message }) => message);
    };
    expect(await said("project")).toEqual([expect.stringContaining("each of them until you approve it")]);
    expect(await said("user")).toEqual([expect.stringContaining("until a session includes the directory")]);
  });
  it("R12 says nothing of trust in user scope, where there is none to give", async () => {
    const { made } = await written(
      { subagents: { rev: { description: "d", instructions: "B\n" } }, mcp: { s: { command: "x" } } },
      {},
      { scope: "user" },
    );
    expect(made.diagnostics.filter(({ code }) => code === "trust-gated")).toEqual([]);
  });
});

describe(".gemini/settings.json", () => {
  it("writes servers with command, args, env, cwd and tools, or type, url and headers", async () => {
    const written = await settings({
      secrets: ["KEY"],
      mcp: {
        local: { command: "x", args: ["a b"], env: { A: "1" }, cwd: "d", enabledTools: ["a"], disabledTools: ["b"] },
        http: { url: "https://h.example/mcp", transport: "http", headers: { Authorization: "Bearer ${KEY}" } },
        sse: { url: "https://s.example/sse", transport: "sse" },
      },
    });
    expect(written).toEqual({
      mcpServers: {
        local: { command: "x", args: ["a b"], env: { A: "1" }, cwd: "d", includeTools: ["a"], excludeTools: ["b"] },
        http: { type: "http", url: "https://h.example/mcp", headers: { Authorization: "Bearer ${KEY}" } },
        sse: { type: "sse", url: "https://s.example/sse" },
      },
    });
  });
  it("names servers without underscores, and says so; two that would be called alike are one too many", async () => {
    const { files, losses } = await written({
      mcp: { a_b: { command: "x" }, c_d: { command: "y" }, "c-d": { command: "z" } },
    });
    expect(Object.keys(JSON.parse(files[".gemini/settings.json"] ?? "").mcpServers)).toEqual(["a-b", "c-d"]);
    expect(losses).toMatchObject([
      { item: "a_b", field: "name", fidelity: "translated" },
      { item: "c_d", fidelity: "lost" },
    ]);
  });
  it("O8 trusts a server only where the author asks for it and the user allows it", async () => {
    const sources = { mcp: { s: { command: "x" } } };
    const asked = { config: { mcpServers: { s: { trust: true } } } };
    expect(await settings(sources, asked)).toEqual({ mcpServers: { s: { command: "x" } } });
    expect(await settings(sources, asked, { allowCapabilities: ["trust"] })).toEqual({
      mcpServers: { s: { command: "x", trust: true } },
    });
    const smuggled = { config: { mcpServers: { other: { command: "evil", trust: true } } } };
    expect(await settings({}, smuggled, { allowCapabilities: "all" })).toBeNull();
  });
  it("O8 writes what runs a program or lifts a restriction only where it is allowed", async () => {
    const config = {
      hooks: { SessionStart: [] },
      general: { vimMode: true, defaultApprovalMode: "auto_edit" },
      context: { includeDirectories: ["/"], discoveryMaxDirs: 9 },
      tools: { discoveryCommand: "evil" },
      made: { up: 1 },
    };
    expect(await settings({}, { config })).toEqual({ general: { vimMode: true }, context: { discoveryMaxDirs: 9 } });
    expect(await settings({}, { config }, { allowCapabilities: "all" })).toEqual(config);
    const { made } = await written({}, { config });
    const asked = made.renderings.flatMap(({ capabilities }) => capabilities.map(({ name }) => name));
    expect(asked.sort()).toEqual(["defaultApprovalMode", "hooks", "includeDirectories", "other", "tools"]);
    for (const name of asked) expect(adapter.capabilities).toHaveProperty(name);
  });
  it("writes the model and its parameters, and the sandbox; its own keys win over config", async () => {
    expect(await settings({}, { ...options, config: { model: { name: "x" }, tools: { core: [] } } })).toEqual({
      model: { name: "gemini-3-pro" },
      modelConfigs: {
        customOverrides: [
          {
            match: { model: "gemini-3-pro" },
            modelConfig: { generateContentConfig: { temperature: 0.2, stopSequences: ["END"] } },
          },
        ],
      },
      tools: { sandbox: "docker" },
    });
  });
  it("S12-07 reports parameters that Gemini CLI cannot be given", async () => {
    const { losses, files } = await written({}, { modelParams: { temperature: 0.2, reasoning_effort: "low" } });
    expect(files).toEqual({});
    expect(losses.map(({ item }) => item)).toEqual(["modelParams.temperature", "modelParams.reasoning_effort"]);
  });
  it("B11 omits switched-off servers, even where they are wanted: the settings cannot say that they are", async () => {
    const sources = { mcp: { s: { command: "x", enabled: false } } };
    expect((await written(sources)).files).toEqual({});
    expect((await written(sources, {}, { includeDisabled: true })).files).toEqual({});
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
      "\\",
      "\u0001",
      "\u2028",
      "a",
      "é",
      " ",
      "tools: [x]",
    ),
    { maxLength: 10 },
  )
  .map((all) => all.join(""));

describe("whatever a text holds", () => {
  it("a subagent's description and instructions are read back by YAML, and nothing else is set", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (description, instructions) => {
        fc.pre(description.trim() !== "");
        const { files } = await written({ subagents: { a: { description, instructions } } });
        const [, header = "", body] = parts(files[".gemini/agents/a.md"]);
        expect(parse(header)).toEqual({ name: "a", description });
        expect(body).toBe(instructions);
      }),
      { numRuns: 50 },
    );
  });
  it("a server's arguments and variables are read back by JSON", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (arg, value) => {
        expect(await settings({ mcp: { s: { command: "x", args: [arg], env: { A: value } } } })).toEqual({
          mcpServers: { s: { command: "x", args: [arg], env: { A: value } } },
        });
      }),
      { numRuns: 50 },
    );
  });
});
