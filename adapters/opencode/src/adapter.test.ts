import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apply, compose, matchesClaim, plan, Root, readRecord, render } from "@stax/materialize";

import { expectGolden, formatTree, parseLayers, sampleLayers, writeLayers } from "@stax/testing";
import fc from "fast-check";
import { parse } from "jsonc-parser";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse as parseYaml } from "yaml";
import * as z from "zod";
import opencodeDefault, { adapter, opencode } from "./index.ts";
import { written } from "./materialize.fixture.ts";

const golden = (name: string) => join(import.meta.dirname, "..", "golden", `${name}.txt`);
const options = {
  model: "anthropic/claude-sonnet-4-5",
  agent: { build: { temperature: 0.3, permission: { "*": "ask", edit: "allow" } } },
  permission: { "*": "ask", read: "allow", bash: { "*": "ask", "git log *": "allow" } },
  writeAgents: true,
  config: { small_model: "anthropic/claude-haiku-4-5", autoupdate: false },
} as const;
const schema = { $schema: "https://opencode.ai/config.json" };
const refuses = (wrong: unknown) => () => opencode(wrong as Parameters<typeof opencode>[0]); // what JSON could hold
const skill = (body: string, header = "") => ({
  "fix/SKILL.md": `---\nname: fix\ndescription: d\n${header}---\n${body}`,
});

describe("golden files", () => {
  it("S17-21 S36-03 a sample with every layer, in a project", async () => {
    const { directory } = await writeLayers(adapter, await sampleLayers(), opencode(options));
    expectGolden(golden("project"), formatTree(directory));
  });
  it("S36-01 the same in user scope, below the chosen home", async () => {
    const { directory } = await writeLayers(adapter, await sampleLayers(), opencode(options), { scope: "user" });
    expectGolden(golden("user"), formatTree(directory));
  });
  it("S36-02 one exact source, in exact mode", async () => {
    const { directory } = await written(
      { surfaces: { "instructions.md": "\ufeff# Exact\r\n\r\n  bytes  \n\n" }, skills: skill("x\r\n") },
      {},
      { exact: true },
    );
    expectGolden(golden("exact"), formatTree(directory));
  });
});

describe("opencode", () => {
  it("S12-29 compiles type, runtime and version, and is the default export too", () => {
    expect(opencode({ model: "a/b" })).toMatchObject({
      type: "opencode",
      runtime: "opencode",
      adapterVersion: "1.0.0",
      model: "a/b",
    });
    expect(opencodeDefault).toBe(opencode);
  });
  it("S12-02 S12-11 S17-23 declares exact targets with their scope and the versions it was checked against", () => {
    expect(opencode().runtimeVersionRange).toBe(">=1.18 <2");
    expect(opencode({ writeAgents: true }).targets?.map(({ path, scope }) => [path, scope])).toEqual([
      ["AGENTS.md", "project"],
      ["**/AGENTS.md", "project"],
      ["opencode.jsonc", "project"],
      [".agents/skills/", "project"],
      [".opencode/commands/", "project"],
      [".opencode/agents/", "project"],
      [".agents/knowledge/", "project"],
    ]);
  });
  it("S15-11 writes where its targets say", async () => {
    const targets = opencode(options).targets ?? [];
    const { files } = await writeLayers(adapter, await sampleLayers(), opencode(options));
    for (const path of Object.keys(files))
      expect(
        targets.some((target) => matchesClaim(target.path.replace(/\/$/, "/**"), path)),
        path,
      ).toBe(true);
  });
  it("S12-24 B6 says how it carries each feature as it really is", () => {
    expect(opencode({ writeAgents: true }).features).toEqual({
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
    expect(opencode().features.subagents).toBe("unsupported");
  });
  it("S12-32 has options with a JSON Schema", () => {
    expect(z.toJSONSchema(adapter.optionsSchema, { io: "input" })).toMatchObject({
      properties: { writeAgents: { default: false }, writeCommands: { default: true } },
    });
  });
  it.each([
    ["config.permission", { config: { permission: { bash: "ask" } } }, /option permission/],
    ["config.mcp", { config: { mcp: {} } }, /mcp layer/],
    ["config.tools", { config: { tools: { bash: false } } }, /option permission/],
    ["config.agent", { config: { agent: {} } }, /option agent/],
    ["config.model", { config: { model: "a/b" } }, /option model/],
    ["config.username", { config: { username: "{file:~/.ssh/id_ed25519}" } }, /./],
    ["permission", { permission: "maybe" }, /./],
    ["permission", { permission: { bash: { "7": "deny" } } }, /./],
    [
      "permission",
      {
        permission: [
          ["bash", "ask"],
          ["bash", "deny"],
        ],
      },
      /./,
    ],
    ["model", { model: "{env:SECRET}/x" }, /declare a secret/],
  ])("A26 S12-16 refuses %s: %j", (field, wrong, message) => {
    expect(refuses(wrong)).toThrow(
      expect.objectContaining({
        code: "ERR_STAX_ADAPTER_OPTIONS",
        diagnostics: expect.arrayContaining([
          expect.objectContaining({ field: expect.stringContaining(field), message: expect.stringMatching(message) }),
        ]),
      }),
    );
  });
});

describe("permission", () => {
  it("A26 compiles objects to pairs, accepts pairs, and writes them in their order", async () => {
    const permission = {
      "*": "ask",
      bash: { "*": "ask", "git *": "allow", "git push *": "deny" },
      edit: "deny",
    } as const;
    const pairs = [
      ["*", "ask"],
      [
        "bash",
        [
          ["*", "ask"],
          ["git *", "allow"],
          ["git push *", "deny"],
        ],
      ],
      ["edit", "deny"],
    ];
    expect(opencode({ permission }).config?.permission).toEqual(pairs);
    const text = JSON.stringify(permission);
    for (const given of [permission, pairs]) {
      const { config } = await written({}, { permission: given as typeof permission });
      expect(JSON.stringify(config.permission)).toBe(text);
    }
  });
  it("A26 keeps the order of an agent's permission too", async () => {
    const permission = { z: "allow", "*": "ask", a: "deny" } as const;
    const { config } = await written({}, { agent: { build: { permission, steps: 3 } } });
    expect(JSON.stringify(config.agent.build)).toBe(JSON.stringify({ steps: 3, permission }));
  });
  it("A26 is written again when only the order of its entries changes", async () => {
    const directory = mkdtempSync(join(tmpdir(), "stax-opencode-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const root = Root.at(directory);
    const step = async (permission: Record<string, "allow" | "deny">, agent: Record<string, "allow" | "deny">) => {
      const wanted = compose([render({}, adapter, opencode({ permission, agent: { build: { permission: agent } } }))]);
      await apply(await plan(wanted, readRecord(root), root), root);
      return parse(readFileSync(join(directory, "opencode.jsonc"), "utf8"));
    };
    await step({ "*": "deny", bash: "allow" }, { "*": "deny", bash: "allow" });
    const { permission, agent } = await step({ bash: "allow", "*": "deny" }, { bash: "allow", "*": "deny" });
    expect(Object.keys(permission)).toEqual(["bash", "*"]);
    expect(Object.keys(agent.build.permission)).toEqual(["bash", "*"]);
    await apply(await plan(compose([]), readRecord(root), root, { prune: true }), root);
    expect(() => readFileSync(join(directory, "opencode.jsonc"))).toThrow("ENOENT");
  });
  it("denies disabled tools of servers last, whatever the option says", async () => {
    const mcp = { "my server": { command: "x", disabledTools: ["delete.repo", "push"] } };
    const { config, losses } = await written({ mcp }, { permission: { my_server_push: "allow", "*": "allow" } });
    expect(JSON.stringify(config.permission)).toBe(
      '{"*":"allow","my_server_delete_repo":"deny","my_server_push":"deny"}',
    );
    expect(losses).toMatchObject([{ item: "my server", field: "disabledTools", fidelity: "translated" }]);
    expect((await written({ mcp }, { permission: "ask" })).config.permission).toEqual({
      "*": "ask",
      my_server_delete_repo: "deny",
      my_server_push: "deny",
    });
  });
});

describe("AGENTS.md", () => {
  it("S36-02 keeps the bytes of one source, and exact mode fails over a composed one", async () => {
    const text = "\ufeffline\r\n\r\n  {{ not persona }\r\n";
    expect((await written({ prompt: text })).files).toEqual({ "AGENTS.md": text });
    const both = { prompt: "P\n", surfaces: { "instructions.md": "S\n" } };
    expect((await written(both)).files).toEqual({ "AGENTS.md": "S\n\n## Role\n\nP\n" });
    await expect(written(both, {}, { exact: true })).rejects.toMatchObject({ code: "ERR_STAX_EXACT_UNMET" });
  });
  const rules = {
    "a.md": "---\nscope: auto\ndescription: when releasing\n---\nAuto.\n",
    "b.md": '---\nid: go/b\nscope: glob\nglobs: ["*.go", "cmd/"]\npriority: 1\n---\nGlob.\n',
    "c.md": "---\npriority: 7\nseverity: error\ntriggers: [x]\n---\nLater.\n",
    "d.md": "---\npriority: 1\n---\nFirst.\n",
    "m.md": "---\nscope: manual\n---\nManual.\n",
  };
  it("S36-07 S36-08 S36-09 appends rules in the canonical order, under their ids, with scope and globs", async () => {
    expect((await written({ prompt: "P\n", rules })).files["AGENTS.md"]).toBe(
      "P\n\n## Rule: d.md\n\nFirst.\n\n## Rule: c.md\n\nLater.\n\n## Rule: go/b (for files matching `*.go`, `cmd/`)\n\nGlob.\n\n## Rule: a.md (when it applies: when releasing)\n\nAuto.\n",
    );
  });
  it("S36-10 warns about priority, severity and triggers, and fails over them in exact mode", async () => {
    const one = { rules: { "c.md": rules["c.md"] } };
    expect((await written(one)).losses.map(({ field, severity }) => [field, severity])).toEqual([
      ["priority", "warning"],
      ["severity", "warning"],
      ["triggers", "warning"],
    ]);
    await expect(written(one, {}, { exact: true })).rejects.toMatchObject({ code: "ERR_STAX_EXACT_UNMET" });
  });
  it("S36-11 S08-09 leaves manual rules out unless they are chosen", async () => {
    const { files, losses } = await written({ rules: { "m.md": rules["m.md"] } });
    expect(files).toEqual({});
    expect(losses).toMatchObject([{ item: "m.md", fidelity: "lost", severity: "warning" }]);
    const chosen = await written({ rules: { "m.md": rules["m.md"] } }, {}, { manualRules: ["m.md"] });
    expect(chosen.files["AGENTS.md"]).toContain("Manual.\n");
  });
  it("S36-15 writes each scope of the instruction tree into its directory; a loss in user scope", async () => {
    const tree = { instructionTree: { "a/b/instructions.md": "Thin.\r\n", "_root/instructions.md": "R" } };
    expect((await written(tree)).files).toEqual({ "AGENTS.md": "R", "a/b/AGENTS.md": "Thin.\r\n" });
    const user = await written(tree, {}, { scope: "user" });
    expect(user.files).toEqual({ ".config/opencode/AGENTS.md": "R" });
    expect(user.losses).toMatchObject([{ feature: "instructionTree", item: "a/b", fidelity: "lost" }]);
  });
});

describe("opencode.jsonc", () => {
  it("S36-03 holds schema, model, agents, permission, servers and further keys", async () => {
    const { config } = await written({ mcp: { s: { command: "x" } } }, options);
    expect(config).toEqual({
      ...schema,
      small_model: "anthropic/claude-haiku-4-5",
      autoupdate: false,
      model: "anthropic/claude-sonnet-4-5",
      agent: options.agent,
      permission: options.permission,
      mcp: { s: { type: "local", command: ["x"] } },
    });
    expect((await written({}, { agent: "plan" })).config).toEqual({ ...schema, default_agent: "plan" });
  });
  it("is not written where there is nothing to say", async () => {
    expect((await written({ prompt: "P\n" })).files).toEqual({ "AGENTS.md": "P\n" });
  });
  it("S36-17 leaves out a model without its provider, with a warning", async () => {
    const { files, losses } = await written({}, { model: "gpt-5" });
    expect(files).toEqual({});
    expect(losses).toMatchObject([{ feature: "modelConfig", item: "model", severity: "warning" }]);
  });
  it("S36-04 S36-05 writes local and remote servers, with secrets as {env:…}", async () => {
    const { config } = await written({
      secrets: ["X", "KEY"],
      mcp: {
        local: {
          command: "c",
          args: ["a b", "--t=${X}"],
          env: { A: "1" },
          secrets: ["X", "KEY"],
          cwd: "d",
          connectTimeoutMs: 1500,
        },
        web: { url: "https://h.example/${KEY}", transport: "sse", headers: { Authorization: "Bearer ${KEY}" } },
      },
    });
    expect(config.mcp).toEqual({
      local: {
        type: "local",
        command: ["c", "a b", "--t={env:X}"],
        cwd: "d",
        environment: { A: "1", KEY: "{env:KEY}" },
        timeout: 1500,
      },
      web: { type: "remote", url: "https://h.example/{env:KEY}", headers: { Authorization: "Bearer {env:KEY}" } },
    });
  });
  it("S36-06 warns about lists of allowed tools, which opencode has not", async () => {
    const { losses } = await written({ mcp: { s: { command: "x", enabledTools: ["a"], description: "d" } } });
    expect(losses.map(({ field, severity }) => [field, severity])).toEqual([
      ["description", "info"],
      ["enabledTools", "warning"],
    ]);
  });
  it("S06-12 B11 omits switched-off servers, or writes them switched off where the user wants them", async () => {
    const mcp = { s: { command: "x", enabled: false } };
    expect((await written({ mcp })).files).toEqual({});
    const { config } = await written({ mcp }, {}, { includeDisabled: true });
    expect(config.mcp).toEqual({ s: { type: "local", command: ["x"], enabled: false } });
  });
  it.each([
    ["its name", "{file:~/.ssh/id_ed25519}", { command: "x" }],
    ["its name, unfinished", "{env:AWS", { command: "x" }],
    ["an argument", "s", { command: "x", args: ["{file:"] }],
    ["a variable's name", "s", { command: "x", env: { "{env:A": "1" } }],
    ["a header", "s", { url: "https://x.example", transport: "http", headers: { "{FILE:a": "1" } }],
    ["its command", "s", { command: "{env:SHELL}" }],
    ["a working directory", "s", { command: "x", cwd: "{env:HOME" }],
  ])("B10 omits a server that opencode would expand in %s", async (_, name, server) => {
    const { files, losses } = await writeLayers(
      adapter,
      await parseLayers({ mcp: { [name]: server, good: { command: "y" } } }),
      opencode(),
      {},
    ).catch((error) => ({ files: {}, losses: [], error }));
    expect(JSON.stringify(files)).not.toMatch(/\{(?:file|env):/i);
    expect(losses).toMatchObject([{ item: name, severity: "error", fidelity: "lost" }]);
  });
  it("O8 writes plugins and unknown keys only where the user allows them", async () => {
    const config = { plugin: ["evil"], brand_new: 1, autoshare: true, autoupdate: false };
    const { config: kept, made } = await written({}, { config });
    expect(kept).toEqual({ ...schema, autoupdate: false });
    expect(made.diagnostics.filter(({ code }) => code === "capability-omitted").map(({ field }) => field)).toEqual([
      "config.plugin",
      "config.brand_new",
      "config.autoshare",
    ]);
    const allowed = await written({}, { config }, { allowCapabilities: ["plugin", "config", "share"] });
    expect(allowed.config).toEqual({ ...schema, ...config });
  });
  it("O8 writes what is switched off without anybody's leave", async () => {
    const config = { share: "disabled", formatter: false, lsp: false };
    const { config: kept, made } = await written({}, { config });
    expect(kept).toEqual({ ...schema, ...config });
    expect(made.diagnostics.filter(({ code }) => code === "capability-omitted")).toEqual([]);
    expect((await written({}, { config: { share: "auto", lsp: true } })).config).toBeNull();
  });
  it("O9 says that hints have no counterpart", async () => {
    const { made, files } = await written(
      {},
      {},
      { hints: { capabilities: { shell: true, network: { mode: "none" } } } },
    );
    expect(files).toEqual({});
    expect(made.diagnostics).toContainEqual(expect.objectContaining({ code: "hint-ignored", severity: "info" }));
  });
  it("S15-17 is merged into a person's, comments and all, and taken out again byte for byte", async () => {
    const own =
      '{\n  // mine\n  "$schema": "https://opencode.ai/config.json",\n  "mcp": { "own": { "type": "local", "command": ["x"] } },\n}\n';
    const directory = mkdtempSync(join(tmpdir(), "stax-opencode-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const path = join(directory, "opencode.jsonc");
    writeFileSync(path, own);
    mkdirSync(join(directory, ".opencode"));
    // opencode writes this one itself, in any run.
    writeFileSync(join(directory, ".opencode/.gitignore"), "node_modules\n");
    const root = Root.at(directory);
    const layers = await parseLayers({ mcp: { gh: { command: "gh" } } });
    const wanted = compose([render(layers, adapter, opencode({ model: "a/b" }))]);
    await apply(await plan(wanted, [], root), root);
    expect(parse(readFileSync(path, "utf8"))).toEqual({
      ...schema,
      mcp: { own: { type: "local", command: ["x"] }, gh: { type: "local", command: ["gh"] } },
      model: "a/b",
    });
    await apply(await plan(compose([]), readRecord(root), root, { prune: true }), root);
    expect(readFileSync(path, "utf8")).toBe(own);
  });
});

describe("skills and commands", () => {
  it("S36-12 S07-13 keeps each skill's directory, bytes and executable bits where all runtimes but one look", async () => {
    const source = "---\nname: fix\ndescription: d\nunknown: 1\n---\r\n$ARGUMENTS\r\n";
    const { files, directory, losses } = await written({
      skills: { "fix/SKILL.md": source, "fix/run.sh": "#!/bin/sh\n", "fix/t/x.md": "x" },
    });
    expect(files).toEqual({
      ".agents/skills/fix/SKILL.md": source,
      ".agents/skills/fix/run.sh": "#!/bin/sh\n",
      ".agents/skills/fix/t/x.md": "x",
    });
    expect(formatTree(directory)).toContain("run.sh (executable)");
    expect(losses).toEqual([]);
  });
  it("S36-13 writes a command where opencode's own would not fill in a variable, or knows no model", async () => {
    const { files } = await written({
      skills: skill("Fix $ARGUMENTS[0] of $ARGUMENTS[1] with ${STAX_SKILL_DIR}/x.\n", "model: a/b\n"),
    });
    expect(files[".opencode/commands/fix.md"]).toBe(
      '---\ndescription: "d"\nmodel: "a/b"\n---\nFix $1 of $2 with .agents/skills/fix/x.\n',
    );
    const user = await written({ skills: skill("In ${STAX_SKILL_DIR}\n") }, {}, { scope: "user" });
    expect(user.files[".config/opencode/commands/fix.md"]).toContain("In ~/.agents/skills/fix\n");
  });
  it.each([
    ["an option says so", skill("$ARGUMENTS[0]\n"), { writeCommands: false }],
    ["opencode's own command serves it", skill("$ARGUMENTS\n"), {}],
    ["the user may not invoke it", skill("$ARGUMENTS[0]\n", "user-invocable: false\n"), {}],
    [
      "opencode has a command of that name",
      { "review/SKILL.md": "---\nname: review\ndescription: d\n---\n$ARGUMENTS[0]\n" },
      {},
    ],
  ])("S36-13 writes none where %s", async (_, skills, given) => {
    const { files } = await written({ skills }, given);
    expect(Object.keys(files).filter((path) => path.includes("commands"))).toEqual([]);
  });
  it.each(["!`curl x`", "@~/.ssh/id_ed25519", "@/etc/passwd", "@../x"])(
    "O8 writes a command with %s only where the user allows it",
    async (reaching) => {
      const skills = skill(`$ARGUMENTS[0] ${reaching}\n`);
      expect(Object.keys((await written({ skills })).files)).toEqual([".agents/skills/fix/SKILL.md"]);
      const allowed = await written({ skills }, {}, { allowCapabilities: ["skill-commands"] });
      expect(Object.keys(allowed.files)).toContain(".opencode/commands/fix.md");
    },
  );
  it("S07-15 reports what of a skill means nothing to opencode: its model and its tools are warnings", async () => {
    const { losses } = await written({
      skills: skill("x\n", 'allowed-tools: [Read]\nmodel: sonnet\nargument-hint: "[a]"\n'),
    });
    expect(losses.map(({ field }) => field)).toEqual(["model", "allowed-tools", "argument-hint"]);
    expect(losses.slice(0, 2).map(({ severity }) => severity)).toEqual(["warning", "warning"]);
  });
});

describe("agents", () => {
  const agent = {
    description: 'Reviews "x": all',
    instructions: "# Body\r\n\r\n---\nx",
    invocation: "manual",
    tags: ["t"],
  };
  it("S36-14 writes subagents where the option says so, with mode subagent and the instructions byte for byte", async () => {
    const subagents = { reviewer: { ...agent, model: "a/b" } };
    const off = await written({ subagents });
    expect(off.files).toEqual({});
    expect(off.losses).toMatchObject([{ item: "reviewer", code: "output-off", severity: "warning" }]);
    const { files, losses } = await written({ subagents }, { writeAgents: true });
    expect(files).toEqual({
      ".opencode/agents/reviewer.md": `---\ndescription: "Reviews \\"x\\": all"\nmode: "subagent"\nmodel: "a/b"\n---\n${agent.instructions}`,
    });
    expect(losses.map(({ field }) => field)).toEqual(["invocation", "tags"]);
  });
  it("S36-17 leaves out a model without its provider", async () => {
    const { files, losses } = await written(
      { subagents: { reviewer: { ...agent, model: "sonnet" } } },
      { writeAgents: true },
    );
    expect(files[".opencode/agents/reviewer.md"]).not.toContain("sonnet");
    expect(losses[0]).toMatchObject({ field: "model", severity: "warning" });
  });
  it("does not replace opencode's own agents", async () => {
    const { files, losses } = await written({ subagents: { build: agent } }, { writeAgents: true });
    expect(files).toEqual({});
    expect(losses).toMatchObject([{ item: "build", fidelity: "lost" }]);
  });
});

describe("what opencode reads back", () => {
  const nasty = fc.string({
    unit: fc.constantFrom(..."\"'\\\n\r\t\0\u007f\u001b\u0085\u2028]}[{=#. -:/*,é😀a", '"""', "---", "}}", "//"),
    maxLength: 16,
  });
  it("S12-15 says what was meant and sets nothing else, whatever names and texts are", async () => {
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, async (name, text, other) => {
        const layers = await parseLayers({
          mcp: { [`s${name}`]: { command: `c${text}`, args: [other], env: { [`V${name}`]: text } } },
        });
        const subagents = { specVersion: "1.0.0", agents: { a: { description: `d${text}`, instructions: other } } };
        const directory = mkdtempSync(join(tmpdir(), "stax-opencode-"));
        try {
          const root = Root.at(directory);
          const config = opencode({ writeAgents: true, permission: { [`p${name}`]: { [`q${text}`]: "deny" } } });
          const composed = compose([render({ ...layers, subagents }, adapter, config)]);
          await apply(await plan(composed, [], root), root, { record: false });
          expect(JSON.parse(readFileSync(join(directory, "opencode.jsonc"), "utf8"))).toEqual({
            ...schema,
            permission: { [`p${name}`]: { [`q${text}`]: "deny" } },
            mcp: { [`s${name}`]: { type: "local", command: [`c${text}`, other], environment: { [`V${name}`]: text } } },
          });
          const agent = readFileSync(join(directory, ".opencode/agents/a.md"), "utf8");
          const [, header = "", body] = /^---\n([\s\S]*?\n)---\n([\s\S]*)$/.exec(agent) ?? [];
          expect(parseYaml(header)).toEqual({ description: `d${text}`, mode: "subagent" });
          expect(body).toBe(other);
        } finally {
          rmSync(directory, { recursive: true, force: true });
        }
      }),
      { numRuns: 40 },
    );
  });
  it("S17-22 S36-16 never owns plans, packages, state or keys", async () => {
    for (const scope of ["project", "user"] as const) {
      const { files } = await writeLayers(adapter, await sampleLayers(), opencode(options), { scope });
      for (const path of Object.keys(files))
        expect(path).not.toMatch(/plans\/|node_modules|package\.json|bun\.lock|auth|\.local|\.cache/);
    }
  });
});
