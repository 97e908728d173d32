import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply, compose, matchesClaim, plan, Root, readRecord, render } from "@stax/materialize";
import { expectGolden, formatTree, sampleLayers } from "@stax/testing";
import fc from "fast-check";
import { parse } from "smol-toml";
import { describe, expect, it, onTestFinished } from "vitest";
import * as z from "zod";
import codexDefault, { adapter, codex } from "./index.ts";
import {
  instructionTree,
  knowledge,
  mcp,
  persona,
  prompt,
  rules,
  secrets,
  skills,
  surfaces,
  written,
} from "./materialize.fixture.ts";

const golden = (name: string) => join(import.meta.dirname, "..", "golden", `${name}.txt`);
const options = {
  model: "gpt-5-codex",
  modelParams: { reasoning_effort: "high" },
  approval: "on-request",
  sandbox: "workspace-write",
  allowLoginShell: false,
  config: { tui: { theme: "dark" }, project_doc_fallback_filenames: ["CLAUDE.md"] },
} as const;
const configured = async (...input: Parameters<typeof written>) => (await written(...input)).toml(".codex/config.toml");
const optionsError = (wrong: unknown) => () => codex(wrong as Parameters<typeof codex>[0]); // what JSON could hold

describe("golden files", () => {
  it("S17-08 S20-02 S20-06 a sample with every layer, in a project", async () => {
    const { directory } = await written(await sampleLayers(), options);
    expectGolden(golden("project"), formatTree(directory));
  });
  it("S20-01 the same in user scope, below the chosen home", async () => {
    const { directory } = await written(await sampleLayers(), options, { scope: "user" });
    expectGolden(golden("user"), formatTree(directory));
  });
  it("S20-10 one exact source and a skill, in exact mode", async () => {
    const { directory } = await written(
      {
        surfaces: await surfaces({ "instructions.md": "\ufeff# Exact\r\n\r\n  bytes  \n\n" }),
        skills: await skills({
          "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\r\nx\r\n",
          "fix/run.sh": "#!/bin/sh\n",
        }),
      },
      {},
      { exact: true },
    );
    expectGolden(golden("exact"), formatTree(directory));
  });
});

describe("codex", () => {
  it("S12-29 compiles type, runtime and version, and is the default export too", () => {
    expect(codex({ model: "m" })).toMatchObject({
      type: "codex",
      runtime: "codex",
      adapterVersion: "1.0.0",
      model: "m",
    });
    expect(codexDefault).toBe(codex);
  });
  it("S12-02 S12-11 S17-23 declares exact targets with their scope and the versions it was checked against", () => {
    expect(codex().runtimeVersionRange).toBe(">=0.169 <1");
    expect(codex().targets?.map(({ path, scope }) => [path, scope])).toEqual([
      ["AGENTS.md", "project"],
      ["**/AGENTS.md", "project"],
      [".agents/skills/", "project"],
      [".codex/agents/", "project"],
      [".codex/config.toml", "project"],
      [".codex/config.toml", "project"],
      [".agents/knowledge/", "project"],
    ]);
  });
  it("S15-11 writes where its targets say", async () => {
    const targets = codex(options).targets ?? [];
    const { files } = await written(await sampleLayers(), options);
    for (const path of Object.keys(files))
      expect(
        targets.some((target) => matchesClaim(target.path.replace(/\/$/, "/**"), path)),
        path,
      ).toBe(true);
  });
  it("S12-24 B6 says how it carries each feature as it really is", () => {
    expect(codex().features).toEqual({
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
  it("S12-32 has options with a JSON Schema", () => {
    expect(z.toJSONSchema(adapter.optionsSchema, { io: "input" })).toMatchObject({
      properties: { sandbox: { enum: ["read-only", "workspace-write", "danger-full-access"] } },
    });
  });
  it.each([
    ["approval", { approval: "untrusted" }, /no longer starts/],
    ["config.approval_policy", { config: { approval_policy: "untrusted" } }, /no longer starts/],
    ["approval", { approval: "always" }, /must be on-request/],
    ["config.mcp_servers", { config: { mcp_servers: { x: { command: "x" } } } }, /mcp layer/],
    ["config.projects", { config: { projects: { "/": { trust_level: "trusted" } } } }, /trust/],
    ["sandbox", { sandbox: "none" }, /must be read-only/],
  ])("R3 S12-16 refuses %s: %j", (field, wrong, message) => {
    expect(optionsError(wrong)).toThrow(
      expect.objectContaining({
        code: "ERR_STAX_ADAPTER_OPTIONS",
        diagnostics: [expect.objectContaining({ field, message: expect.stringMatching(message) })],
      }),
    );
  });
  it("S12-16 refuses what TOML cannot say", () => {
    expect(optionsError({ config: { tui: null } })).toThrow(
      expect.objectContaining({ code: "ERR_STAX_ADAPTER_OPTIONS" }),
    );
    expect(optionsError({ config: { tui: Number.NaN } })).toThrow(
      expect.objectContaining({ code: "ERR_STAX_ADAPTER_OPTIONS" }),
    );
  });
});

describe("AGENTS.md", () => {
  it("S20-10 S15-10 keeps the bytes of one source", async () => {
    const text = "\ufeffline\r\n\r\n  {{ not persona }\r\n";
    expect((await written({ prompt: prompt(text) })).files).toEqual({ "AGENTS.md": text });
  });
  it("S20-07 S20-15 starts with the persona where nothing comes before it", async () => {
    const { files } = await written({ persona, surfaces: await surfaces({ "tools.md": "rg\n" }) });
    expect(files["AGENTS.md"]).toBe("You are Maya Chen, Engineer.\nYour personality: kind.\n\n## Tools\n\nrg\n");
  });
  it("S20-15 warns about the persona's other fields", async () => {
    const { losses } = await written({ persona: { ...persona, background: "b", values: ["v"] } }, {}, { exact: false });
    expect(losses.map(({ feature, field, severity }) => [feature, field, severity])).toEqual([
      ["persona", "background", "warning"],
      ["persona", "values", "warning"],
    ]);
  });
  it("S20-06 S17-09 writes each scope of the instruction tree byte for byte into its directory", async () => {
    const tree = await instructionTree({ "services/api/instructions.md": "Thin.\r\n", "_root/instructions.md": "R" });
    expect((await written({ instructionTree: tree })).files).toEqual({
      "AGENTS.md": "R",
      "services/api/AGENTS.md": "Thin.\r\n",
    });
    const user = await written({ instructionTree: tree }, {}, { scope: "user" });
    expect(user.files).toEqual({ ".codex/AGENTS.md": "R" });
    expect(user.losses).toMatchObject([{ feature: "instructionTree", item: "services/api", fidelity: "lost" }]);
  });
  it("S20-16 says what was composed, and exact mode fails over it", async () => {
    const layers = { prompt: prompt("P\n"), persona };
    const { made } = await written(layers);
    expect(made.diagnostics).toContainEqual(expect.objectContaining({ code: "document-composed" }));
    await expect(written(layers, {}, { exact: true })).rejects.toMatchObject({ code: "ERR_STAX_EXACT_UNMET" });
  });
  it("S08-09 embeds rules in the canonical order under headings that say when they apply, manual ones when chosen", async () => {
    const layers = {
      rules: await rules({
        "a.md": "---\nscope: auto\ndescription: when releasing\n---\nAuto.\n",
        "b.md": '---\nscope: glob\nglobs: ["*.go"]\npriority: 1\nseverity: error\n---\nGlob.\n',
        "c.md": "Always.\n",
        "m.md": "---\nscope: manual\n---\nManual.\n",
      }),
    };
    const { files, losses } = await written(layers);
    expect(files["AGENTS.md"]).toBe(
      "## Rule: c.md\n\nAlways.\n\n## Rule: b.md (for files matching `*.go`)\n\nGlob.\n\n## Rule: a.md (when it applies: when releasing)\n\nAuto.\n",
    );
    expect(losses.map(({ item, field, severity }) => [item, field, severity])).toEqual([
      ["m.md", undefined, "warning"],
      ["b.md", "priority", "warning"],
      ["b.md", "severity", "warning"],
    ]);
    expect((await written(layers, {}, { manualRules: ["m.md"] })).files["AGENTS.md"]).toContain(
      "## Rule: m.md\n\nManual.\n",
    );
  });
  it("warns where the instructions on the way to a directory exceed what Codex reads", async () => {
    const tree = await instructionTree({
      "_root/instructions.md": "x".repeat(20_000),
      "a/instructions.md": "y".repeat(10_000),
      "a/b/instructions.md": "z".repeat(10_000),
      "c/instructions.md": "z".repeat(10_000),
    });
    const { made } = await written({ instructionTree: tree });
    expect(made.diagnostics.filter(({ code }) => code === "budget-exceeded").map(({ path }) => path)).toEqual([
      "a/b/AGENTS.md",
    ]);
    const user = await written({ prompt: prompt("x".repeat(40_000)) }, {}, { scope: "user" });
    expect(user.made.diagnostics.filter(({ code }) => code === "budget-exceeded")).toEqual([]);
  });
  it("points to knowledge, S15-19 which keeps its structure", async () => {
    const { files } = await written({ knowledge: await knowledge({ "a/b.md": "x" }) });
    expect(Object.keys(files)).toEqual([".agents/knowledge/a/b.md", "AGENTS.md"]);
    expect(files["AGENTS.md"]).toContain("`.agents/knowledge/a/b.md`");
  });
});

describe("skills", () => {
  it("leaves out one whose name Codex refuses, and says so", async () => {
    const long = "x".repeat(65);
    const { files, losses } = await written({
      skills: await skills({ [`${long}/SKILL.md`]: `---\nname: ${long}\ndescription: d\n---\n` }),
    });
    expect(files).toEqual({});
    expect(losses).toMatchObject([
      { item: long, fidelity: "lost", reason: "has a name of 65 characters; Codex refuses more than 64" },
    ]);
  });
  it("B9 reports fields and variables that mean nothing to Codex, and a description it cuts", async () => {
    const { files, losses } = await written({
      skills: await skills({
        "fix/SKILL.md": `---\nname: fix\ndescription: ${"d".repeat(1025)}\nallowed-tools: [Read]\n---\n$ARGUMENTS\n`,
      }),
    });
    expect(files[".agents/skills/fix/SKILL.md"]).toContain("$ARGUMENTS");
    expect(losses.map(({ field }) => field)).toEqual(["description", "body", "allowed-tools"]);
  });
});

describe("subagents", () => {
  const agent = {
    description: 'Reviews "x"',
    instructions: "# Body\r\n\r\n'''\"\"\"\\\n",
    invocation: "manual" as const,
    tags: ["t"],
  };
  it("R4 S20-13 writes exactly the keys Codex knows, the instructions byte for byte", async () => {
    const { toml, losses } = await written({
      subagents: { specVersion: "1.0.0", agents: { reviewer: { ...agent, model: "m" } } },
    });
    expect(toml(".codex/agents/reviewer.toml")).toEqual({
      name: "reviewer",
      description: agent.description,
      model: "m",
      developer_instructions: agent.instructions,
    });
    expect(losses.map(({ field }) => field)).toEqual(["invocation", "tags"]);
  });
  it("reports one that says nothing, which Codex would drop", async () => {
    const { files, losses } = await written({
      subagents: { specVersion: "1.0.0", agents: { a: { ...agent, instructions: " \n" } } },
    });
    expect(files).toEqual({});
    expect(losses).toMatchObject([{ item: "a", fidelity: "lost" }]);
  });
});

describe("MCP servers", () => {
  it("S20-08 R5 writes stdio and remote servers as Codex reads them, without type and variables", async () => {
    const value = await configured({
      secrets: secrets("TOKEN", "KEY"),
      mcp: mcp({
        local: {
          command: "x",
          args: ["a b"],
          env: { A: "1" },
          cwd: "d",
          secrets: ["TOKEN"],
          connectTimeoutMs: 1500,
          enabledTools: ["a"],
          disabledTools: ["b"],
        },
        web: {
          url: "https://h.example/mcp",
          transport: "http",
          headers: { "X-A": "1", "X-Key": "${KEY}", Authorization: "Bearer ${TOKEN}" },
        },
      }),
    });
    expect(value).toEqual({
      mcp_servers: {
        local: {
          command: "x",
          args: ["a b"],
          env: { A: "1" },
          cwd: "d",
          env_vars: ["TOKEN"],
          startup_timeout_sec: 1.5,
          enabled_tools: ["a"],
          disabled_tools: ["b"],
        },
        web: {
          url: "https://h.example/mcp",
          bearer_token_env_var: "TOKEN",
          http_headers: { "X-A": "1" },
          env_http_headers: { "X-Key": "KEY" },
        },
      },
    });
  });
  it.each([
    ["an argument", { command: "x", args: ["--token=${TOKEN}"] }],
    ["a url", { url: "https://x.example/${TOKEN}", transport: "http" }],
  ])("B10 omits a server with a secret in %s, with a warning", async (_, server) => {
    const { files, losses } = await written({ secrets: secrets("TOKEN"), mcp: mcp({ s: server }) });
    expect(files).toEqual({});
    expect(losses).toMatchObject([{ item: "s", severity: "warning", fidelity: "lost" }]);
  });
  it("B10 forwards a secret under its own name only, and says what could not be made of it", async () => {
    const layers = {
      secrets: secrets("DB_URL"),
      mcp: mcp({ s: { command: "x", env: { DATABASE_URI: "${DB_URL}" }, secrets: ["DB_URL"] } }),
    };
    expect(await configured(layers)).toEqual({ mcp_servers: { s: { command: "x", env_vars: ["DB_URL"] } } });
    expect((await written(layers)).losses).toMatchObject([{ item: "s", field: "env", severity: "warning" }]);
  });
  it("B10 never forwards a variable that is no declared secret, whatever the environment of a server is called", async () => {
    const { files } = await written({
      secrets: secrets("TOKEN"),
      mcp: mcp({ s: { command: "x", env: { AWS_SECRET_ACCESS_KEY: "${TOKEN}" } } }),
    });
    expect(files[".codex/config.toml"]).not.toContain("AWS_SECRET_ACCESS_KEY");
  });
  it("B10 leaves out a header that mixes text and a secret", async () => {
    const layers = {
      secrets: secrets("K"),
      mcp: mcp({ s: { url: "https://x.example", transport: "http", headers: { A: "Token ${K}" } } }),
    };
    expect(await configured(layers)).toEqual({ mcp_servers: { s: { url: "https://x.example" } } });
    expect((await written(layers)).losses).toMatchObject([{ item: "s", field: "headers", severity: "warning" }]);
  });
  it("S20-09 reports SSE servers, which Codex does not speak, and fields without a place", async () => {
    const { losses } = await written({
      mcp: mcp({
        sse: { url: "https://s.example", transport: "sse" },
        s: { command: "x", description: "d", metadata: { a: "b" } },
      }),
    });
    expect(losses.map(({ item, field, severity }) => [item, field, severity])).toEqual([
      ["sse", undefined, "warning"],
      ["s", "description", "info"],
      ["s", "metadata", "info"],
    ]);
  });
  it("S06-12 B11 omits switched-off servers, or writes them switched off where the user wants them", async () => {
    const layers = { mcp: mcp({ s: { command: "x", enabled: false } }) };
    expect((await written(layers)).files).toEqual({});
    expect(await configured(layers, {}, { includeDisabled: true })).toEqual({
      mcp_servers: { s: { command: "x", enabled: false } },
    });
  });
});

describe("config.toml", () => {
  it("S20-02 S20-03 S20-04 writes model, approval, sandbox, login shell and further keys", async () => {
    expect(await configured({}, options)).toEqual({
      model: "gpt-5-codex",
      model_reasoning_effort: "high",
      approval_policy: "on-request",
      sandbox_mode: "workspace-write",
      allow_login_shell: false,
      tui: { theme: "dark" },
      project_doc_fallback_filenames: ["CLAUDE.md"],
    });
  });
  it("S20-14 writes none where there is nothing to say", async () => {
    expect((await written({ prompt: prompt("P\n") })).files).toEqual({ "AGENTS.md": "P\n" });
  });
  it("S20-05 leaves out what an option switches off, and says so", async () => {
    const layers = {
      prompt: prompt("P\n"),
      mcp: mcp({ s: { command: "x" } }),
      skills: await skills({ "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\n" }),
    };
    const off = { model: "m", writeConfig: false, writeInstructions: false, writeSkills: false, writeMcp: false };
    const { files, losses } = await written(layers, off);
    expect(files).toEqual({});
    expect(losses.map(({ code, item }) => [code, item])).toEqual([
      ["output-off", "prompt"],
      ["output-off", "fix"],
      ["output-off", "s"],
      ["output-off", "model"],
    ]);
    expect(await configured(layers, { model: "m", writeConfig: false })).toEqual({
      mcp_servers: { s: { command: "x" } },
    });
    expect(await configured(layers, { model: "m", writeMcp: false })).toEqual({ model: "m" });
  });
  it("lets generated keys win over passed-through ones, with a warning", async () => {
    const { toml, made } = await written({}, { model: "a", config: { model: "b" } });
    expect(toml(".codex/config.toml")).toEqual({ model: "a" });
    expect(made.diagnostics).toContainEqual(
      expect.objectContaining({ code: "setting-overridden", field: "config.model" }),
    );
  });
  it("O8 writes danger-full-access, notify and unknown keys only where the user allows them", async () => {
    const wild = { sandbox: "danger-full-access", config: { notify: ["sh", "-c", "x"], brand_new: true } } as const;
    const { files, made } = await written({}, wild, { scope: "user" });
    expect(files).toEqual({});
    expect(made.diagnostics.filter(({ code }) => code === "capability-omitted").map(({ field }) => field)).toEqual([
      "config.notify",
      "config.brand_new",
      "sandbox",
    ]);
    expect(
      await written({}, wild, { scope: "user", allowCapabilities: ["notify", "danger-full-access", "config"] }),
    ).toMatchObject({
      files: {
        ".codex/config.toml": 'notify = [ "sh", "-c", "x" ]\nbrand_new = true\nsandbox_mode = "danger-full-access"\n',
      },
    });
    expect(await written({}, { config: { sandbox_mode: "danger-full-access" } })).toMatchObject({ files: {} });
  });
  it("reports keys that Codex ignores in a project", async () => {
    const { files, losses } = await written({}, { config: { notify: ["x"] } }, { allowCapabilities: "all" });
    expect(files).toEqual({});
    expect(losses).toMatchObject([{ feature: "modelConfig", item: "config.notify" }]);
  });
  it("S20-11 O9 tightens by hints, and explicit options win", async () => {
    const strictest = {
      capabilities: { shell: false, network: { mode: "none" as const }, filesystem: { writable: [] } },
    };
    expect(await configured({}, {}, { hints: strictest })).toEqual({
      sandbox_mode: "read-only",
      web_search: "disabled",
      features: { shell_tool: false },
      sandbox_workspace_write: { network_access: false },
    });
    expect(await configured({}, { sandbox: "workspace-write" }, { hints: strictest })).toMatchObject({
      sandbox_mode: "workspace-write",
    });
  });
  it("S20-11 never loosens by hints: shell, full network and writable places change nothing", async () => {
    const loose = {
      capabilities: { shell: true, network: { mode: "full" as const }, filesystem: { writable: ["/"] } },
    };
    const { files, made } = await written({}, {}, { hints: loose });
    expect(files).toEqual({});
    expect(made.diagnostics).toContainEqual(expect.objectContaining({ code: "hint-ignored" }));
  });
  it("R12 says that Codex ignores it until the project is trusted", async () => {
    const layers = {
      mcp: mcp({ s: { command: "x" } }),
      subagents: { specVersion: "1.0.0" as const, agents: { a: { description: "d", instructions: "i" } } },
    };
    const gated = async (scope: "project" | "user") =>
      (await written(layers, {}, { scope })).made.diagnostics
        .filter(({ code }) => code === "trust-gated")
        .map(({ path }) => path);
    expect(await gated("project")).toEqual([".codex/config.toml", ".codex/agents/a.toml"]);
    expect(await gated("user")).toEqual([]);
  });
  it("S15-17 is merged into a person's, and taken out again byte for byte", async () => {
    const own = '# mine\nmodel_verbosity = "low" # quiet\n\n[mcp_servers.own]\ncommand = "x"\n';
    const directory = mkdtempSync(join(tmpdir(), "stax-codex-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    mkdirSync(join(directory, ".codex"));
    const path = join(directory, ".codex/config.toml");
    writeFileSync(path, own);
    const root = Root.at(directory);
    const wanted = compose([render({ mcp: mcp({ gh: { command: "gh" } }) }, adapter, codex({ model: "m" }))]);
    await apply(await plan(wanted, [], root), root);
    expect(readFileSync(path, "utf8")).toBe(
      '# mine\nmodel_verbosity = "low" # quiet\nmodel = "m"\n\n[mcp_servers.own]\ncommand = "x"\n\n[mcp_servers.gh]\ncommand = "gh"\n',
    );
    expect((await plan(wanted, readRecord(root), root)).changes).toEqual([]);
    await apply(await plan(compose([]), readRecord(root), root, { prune: true }), root);
    expect(readFileSync(path, "utf8")).toBe(own);
  });
});

describe("what Codex reads back", () => {
  const nasty = fc.string({
    unit: fc.constantFrom(..."\"'\\\n\r\t\0\u007f\u001b\u0085\u2028]}[{=#. -:é😀a", '"""', "'''", "---", "}}"),
    maxLength: 16,
  });
  it("S20-08 S12-15 says what was meant and sets nothing else, whatever names and texts are", async () => {
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, nasty, async (name, text, argument, variable) => {
        const rendering = render(
          {
            mcp: mcp({ [`s${name}`]: { command: `c${text}`, args: [argument], env: { [`V${variable}`]: text } } }),
            subagents: {
              specVersion: "1.0.0",
              agents: { a: { description: `d${text}`, instructions: `i${argument}` } },
            },
          },
          adapter,
          codex({ model: `m${text}`, config: { tui: { [name]: text } } }),
        );
        const config = rendering.fragments.filter(({ kind }) => kind === "keys");
        const directory = mkdtempSync(join(tmpdir(), "stax-codex-"));
        try {
          const root = Root.at(directory);
          await apply(await plan(compose([rendering]), [], root), root, { record: false });
          const read = (path: string) => JSON.parse(JSON.stringify(parse(readFileSync(join(directory, path), "utf8"))));
          expect(read(".codex/config.toml")).toEqual({
            model: `m${text}`,
            tui: { [name]: text },
            mcp_servers: { [`s${name}`]: { command: `c${text}`, args: [argument], env: { [`V${variable}`]: text } } },
          });
          expect(read(".codex/agents/a.toml")).toEqual({
            name: "a",
            description: `d${text}`,
            developer_instructions: `i${argument}`,
          });
          expect(config.length).toBe(3);
        } finally {
          rmSync(directory, { recursive: true, force: true });
        }
      }),
      { numRuns: 40 },
    );
  });
  it("S17-10 S20-12 never owns credentials, history, logs, trust or overrides", async () => {
    for (const scope of ["project", "user"] as const)
      for (const path of Object.keys((await written(await sampleLayers(), options, { scope })).files))
        expect(path).not.toMatch(/auth\.json|history|sessions|log\/|sqlite|override|^\/etc/);
    expect(adapter.runtimeFiles.filter(({ class: kind }) => kind === "secret").map(({ path }) => path)).toEqual([
      ".codex/auth.json",
    ]);
  });
});
