import { compose, type Imported, readRuntime, render, type Scope } from "@stax/materialize";
import { type FileTree, readEntry } from "@stax/schema";
import { filesWritten, importFiles, parseLayers, textsOf } from "@stax/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adapter, codex } from "./index.ts";

const read = (files: Parameters<typeof importFiles>[1], scope: Scope = "project") => importFiles(adapter, files, scope);

const left = ({ diagnostics }: Pick<Imported, "diagnostics">) =>
  diagnostics.filter(({ code }) => code === "import-left").map(({ path, message }) => `${path ?? ""}: ${message}`);

describe("config.toml", () => {
  it("reads servers as people write them: variables become declared secrets", async () => {
    const imported = await read({
      ".codex/config.toml": `
model = "gpt-5-codex" # fast
[mcp_servers.github]
command = "npx"
args = ["-y", "@modelcontextprotocol/server-github"]
env_vars = ["GITHUB_TOKEN"]
env = { LOG = "debug" }
startup_timeout_sec = 20
tool_timeout_sec = 60
[mcp_servers.docs]
url = "https://docs.example.com/mcp"
bearer_token_env_var = "DOCS_TOKEN"
http_headers = { "X-Team" = "core" }
env_http_headers = { "X-Region" = "REGION" }
enabled_tools = ["search"]
enabled = false
`,
    });
    expect(imported.layers.mcp?.servers).toEqual({
      github: {
        command: "npx",
        args: ["-y", "@modelcontextprotocol/server-github"],
        env: { LOG: "debug" },
        secrets: ["GITHUB_TOKEN"],
        connectTimeoutMs: 20_000,
        enabled: true,
      },
      docs: {
        url: "https://docs.example.com/mcp",
        transport: "http",
        headers: { "X-Team": "core", "X-Region": "${REGION}", Authorization: "Bearer ${DOCS_TOKEN}" },
        secrets: ["REGION", "DOCS_TOKEN"],
        enabledTools: ["search"],
        enabled: false,
      },
    });
    expect(imported.layers.secrets?.secrets).toEqual([
      { key: "DOCS_TOKEN", required: true },
      { key: "GITHUB_TOKEN", required: true },
      { key: "REGION", required: true },
    ]);
    expect(imported.options).toEqual({ model: "gpt-5-codex" });
    expect(left(imported)).toEqual([
      ".codex/config.toml: mcp_servers.github.tool_timeout_sec: a server of stax has no field for it",
    ]);
    expect(imported.outcomes).toEqual({ ".codex/config.toml": "translated" });
  });
  it("lets no literal credential through, neither of a server nor of other keys", async () => {
    const imported = await read({
      ".codex/config.toml": `
[mcp_servers.db]
command = "pg"
args = ["postgres://app:hunter2pass@db.example/app"]
env = { API_KEY = "hunter2hunter2" }
[mcp_servers.web]
url = "https://x.example/mcp"
http_headers = { Authorization = "Bearer abcdefghijklmnop1234" }
[shell_environment_policy.set]
AWS_SECRET_ACCESS_KEY = "wJalrXUtnFEMIK7MDENGbPxRfiCY"
`,
    });
    const everything = JSON.stringify([imported.layers, imported.options, imported.diagnostics]);
    for (const value of ["hunter2", "abcdefghijklmnop1234", "wJalrXUtnFEMIK7MDENGbPxRfiCY"])
      expect(everything).not.toContain(value);
    expect(Object.keys(imported.layers.mcp?.servers ?? {})).toEqual(["db", "web"]);
    expect(imported.layers.secrets?.secrets.map(({ key }) => key)).toContain("API_KEY");
    expect(imported.diagnostics.filter(({ code }) => code === "import-secret")).toHaveLength(4);
  });
  it("leaves what no server of stax can say, by name", async () => {
    const imported = await read({
      ".codex/config.toml": `
[mcp_servers.both]
command = "x"
url = "https://x.example"
[mcp_servers.expands]
command = "x"
args = ["\${HOME}/bin"]
[mcp_servers.helper]
url = "https://x.example"
http_headers_helper = "bin/headers"
[mcp_servers.good]
command = "x"
env_vars = ["not a name", "FINE"]
`,
    });
    expect(imported.layers.mcp?.servers).toEqual({
      helper: { url: "https://x.example", transport: "http", enabled: true },
      good: { command: "x", secrets: ["FINE"], enabled: true },
    });
    expect(left(imported)).toEqual([
      ".codex/config.toml: mcp_servers.both: has neither a command nor a url that can be carried",
      expect.stringContaining("mcp_servers.expands: "),
      expect.stringContaining("mcp_servers.helper.http_headers_helper: runs a program"),
      expect.stringContaining("mcp_servers.good.env_vars: "),
    ]);
  });
  it("reads the model, when Codex asks, the sandbox, and passes the other keys on", async () => {
    const imported = await read({
      ".codex/config.toml": `
model = "gpt-5-codex"
model_reasoning_effort = "high"
approval_policy = "never"
sandbox_mode = "workspace-write"
allow_login_shell = false
project_doc_max_bytes = 65536
[sandbox_workspace_write]
network_access = true
[features]
web_search_request = true
`,
    });
    expect(imported.options).toEqual({
      model: "gpt-5-codex",
      modelParams: { reasoning_effort: "high" },
      approval: "never",
      sandbox: "workspace-write",
      allowLoginShell: false,
      config: {
        project_doc_max_bytes: 65536,
        sandbox_workspace_write: { network_access: true },
        features: { web_search_request: true },
      },
    });
    expect(imported.diagnostics).toEqual([]);
    expect(imported.outcomes).toEqual({ ".codex/config.toml": "carried" });
  });
  it("leaves keys that are a person's, that Codex ignores or no longer starts with", async () => {
    const text = `
approval_policy = "untrusted"
model_reasoning_effort = "enormous"
model_instructions_file = "prompt.md"
notify = ["notify-send"]
[projects."/home/me/work"]
trust_level = "trusted"
[model_providers.mine]
base_url = "https://llm.example/v1"
env_key = "MY_KEY"
`;
    const project = await read({ ".codex/config.toml": text });
    expect(project.options).toEqual({ config: { model_reasoning_effort: "enormous" } });
    expect(left(project)).toEqual([
      expect.stringContaining('approval_policy: is "untrusted"'),
      expect.stringContaining("model_instructions_file: names a file"),
      expect.stringContaining("notify: is ignored by Codex in a project"),
      expect.stringContaining("projects: says which folders a person trusts"),
      expect.stringContaining("model_providers: is ignored by Codex in a project"),
    ]);
    expect(JSON.stringify(project.diagnostics)).not.toContain("/home/me");
    const user = await read({ ".codex/config.toml": text }, "user");
    expect(user.options).toMatchObject({
      config: {
        notify: ["notify-send"],
        model_providers: { mine: { base_url: "https://llm.example/v1", env_key: "MY_KEY" } },
      },
    });
    expect(user.options).not.toHaveProperty("config.projects");
  });
  it("drops options that its own schema refuses, and says so", async () => {
    const imported = await read({
      ".codex/config.toml": "tool_output_token_limit = nan\nmodel = 3\nhistory = 1979-05-27\n",
    });
    expect(() => codex(imported.options as Parameters<typeof codex>[0])).not.toThrow();
  });
});

describe("documents", () => {
  it("reads AGENTS.md byte for byte, and nested ones as an instruction tree", async () => {
    const imported = await read({ "AGENTS.md": "\ufeff# A\r\n", "services/api/AGENTS.md": "Thin.\r\n" });
    expect(imported.layers.surfaces?.surfaces.map(({ name, text }) => [name, text])).toEqual([
      ["instructions", "\ufeff# A\r\n"],
    ]);
    expect(imported.layers.instructionTree?.instructions.map(({ scope, text }) => [scope, text])).toEqual([
      ["services/api", "Thin.\r\n"],
    ]);
    expect(imported.outcomes).toEqual({ "AGENTS.md": "carried", "services/api/AGENTS.md": "carried" });
  });
  it("reads AGENTS.override.md where no AGENTS.md is beside it; beside one it is a person's own", async () => {
    const imported = await read({
      "AGENTS.md": "Ours\n",
      "AGENTS.override.md": "Mine\n",
      "api/AGENTS.override.md": "Alone\n",
    });
    expect(imported.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["Ours\n"]);
    expect(imported.layers.instructionTree?.instructions.map(({ scope, text }) => [scope, text])).toEqual([
      ["api", "Alone\n"],
    ]);
    expect(imported.outcomes["AGENTS.override.md"]).toBe("left");
    expect(JSON.stringify([imported.layers, imported.diagnostics])).not.toContain("Mine");
  });
  it("reads the documents that the configuration names instead of AGENTS.md", async () => {
    const files = {
      ".codex/config.toml": 'project_doc_fallback_filenames = ["CLAUDE.md", "../x.md"]\n',
      "CLAUDE.md": "Root\n",
      "api/CLAUDE.md": "Api\n",
      "web/AGENTS.md": "Web\n",
      "web/CLAUDE.md": "Not read\n",
    };
    const imported = await read(files);
    expect(imported.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["Root\n"]);
    expect(imported.layers.instructionTree?.instructions.map(({ scope, text }) => [scope, text])).toEqual([
      ["api", "Api\n"],
      ["web", "Web\n"],
    ]);
  });
  it("reads what the user's own home holds", async () => {
    const imported = await read({ ".codex/AGENTS.override.md": "Mine\n", ".codex/auth.json": '{"k":"v"}' }, "user");
    expect(imported.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["Mine\n"]);
    expect(imported.outcomes).toEqual({ ".codex/AGENTS.override.md": "carried", ".codex/auth.json": "left" });
  });
});

describe("skills, prompts and agents", () => {
  it("reads skills of both directories, and leaves those that come with Codex", async () => {
    const imported = await read({
      ".agents/skills/one/SKILL.md": "---\nname: one\ndescription: d\n---\nx\n",
      ".codex/skills/two/SKILL.md": "---\nname: two\ndescription: d\n---\ny\n",
      ".codex/skills/two/agents/openai.yaml": "interface:\n  display_name: Two\n",
      ".codex/skills/.system/init/SKILL.md": "---\nname: init\ndescription: d\n---\nz\n",
    });
    expect(imported.layers.skills?.skills.map(({ name, tree }) => [name, tree.map(({ path }) => path)])).toEqual([
      ["two", ["SKILL.md", "agents/openai.yaml"]],
      ["one", ["SKILL.md"]],
    ]);
    expect(left(imported)).toEqual([".codex/skills/.system/init/SKILL.md: comes with Codex"]);
  });
  it("reads prompts as skills, their arguments as others write them", async () => {
    const imported = await read({
      ".codex/prompts/Fix Bug.md":
        "---\ndescription: Fix one\nargument-hint: '[id]'\n---\nFix $1 in $2; all: $ARGUMENTS; $10.\n",
      ".codex/prompts/plain.md": "Write the changelog.\n",
    });
    expect(imported.layers.skills?.skills.map(({ name, header, body }) => [name, header.description, body])).toEqual([
      ["fix-bug", "Fix one", "Fix $ARGUMENTS[0] in $ARGUMENTS[1]; all: $ARGUMENTS; $10.\n"],
      ["plain", "Write the changelog.", "Write the changelog.\n"],
    ]);
    expect(imported.outcomes).toEqual({
      ".codex/prompts/Fix Bug.md": "translated",
      ".codex/prompts/plain.md": "translated",
    });
  });
  it("reads agents, and reports each key that a subagent has no field for", async () => {
    const imported = await read({
      ".codex/agents/team/reviewer.toml": `
name = "Code Reviewer"
description = "Reviews"
model = "gpt-5"
model_reasoning_effort = "high"
developer_instructions = """
Read every line.
"""
`,
      ".codex/agents/half.toml": 'name = "half"\ndescription = ""\n',
      ".codex/agents/broken.toml": "name = [",
    });
    expect(imported.layers.subagents?.agents).toEqual({
      "code-reviewer": { description: "Reviews", model: "gpt-5", instructions: "Read every line.\n" },
    });
    expect(left(imported)).toEqual([
      expect.stringContaining(".codex/agents/broken.toml: is no valid TOML"),
      ".codex/agents/half.toml: lacks description and developer_instructions, and Codex reads no such agent",
      ".codex/agents/team/reviewer.toml: model_reasoning_effort: a subagent of stax has no field for it",
    ]);
  });
  it("reports every file of .codex that it does not read", async () => {
    const imported = await read({
      ".codex/rules/default.rules": 'prefix_rule(pattern=["rm"], decision="forbidden")\n',
      ".codex/hooks.json": "{}",
      ".codex/notes.txt": "?",
      "sub/.codex/config.toml": 'model = "x"\n',
      ".codex/AGENTS.md": "not read in a project\n",
    });
    expect(imported.layers).toEqual({});
    expect(Object.values(imported.outcomes)).toEqual(["left", "left", "left", "left", "left"]);
    expect(left(imported)).toHaveLength(5);
  });
});

// Text that no declared secret stands in; the format itself refuses the others.
const text = fc
  .string({ unit: "grapheme", maxLength: 40 })
  .filter((value) => !/[${]/.test(value) && !/\p{Surrogate}/u.test(value));
const nonEmpty = text.filter((value) => value.trim() !== "");
const body = fc
  .array(fc.constantFrom("---", '"""', "'''", "}}", "a: b", "\\", "# x", "\u0007", "[[x]]", "é", "\t", "\r"), {
    minLength: 1,
    maxLength: 6,
  })
  .map((lines) => `x\n${lines.join("\n")}\n`);
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/);
const variable = fc.stringMatching(/^V[A-Z0-9_]{0,8}$/);
const map = fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,6}x$/), text, { maxKeys: 3, noNullPrototype: true });
const tools = fc.uniqueArray(fc.stringMatching(/^[a-z_]{1,8}$/), { maxLength: 3 });
const optional = { requiredKeys: [] };

const server = fc.oneof(
  fc
    .record({
      own: fc.record({ command: nonEmpty, args: fc.array(text, { maxLength: 3 }), env: map }),
      more: fc.record(
        { cwd: nonEmpty, connectTimeoutMs: fc.integer({ min: 1, max: 600_000 }), enabledTools: tools },
        optional,
      ),
      secrets: fc.uniqueArray(variable, { maxLength: 2 }),
    })
    .map(({ own, more, secrets }) => ({ ...own, ...more, secrets })),
  fc.record({ headers: map, secret: variable }).map(({ headers, secret }) => ({
    url: "https://h.example/mcp",
    transport: "http",
    headers: { ...headers, "X-Own": `\${${secret}}`, authorization: `Bearer \${${secret}}` },
    secrets: [secret],
  })),
);
const layersOf = fc
  .record({
    servers: fc.dictionary(name, server, { maxKeys: 3, noNullPrototype: true }),
    agents: fc.dictionary(name, fc.record({ description: nonEmpty, instructions: body }), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    instructions: body,
    nested: body,
  })
  .map(({ servers, agents, instructions, nested }) => ({
    surfaces: { "instructions.md": instructions },
    instructionTree: { "a b/c/instructions.md": nested, "_root/instructions.md": "R\n" },
    ...(Object.keys(servers).length > 0 && {
      mcp: servers,
      secrets: [...new Set(Object.values(servers).flatMap(({ secrets }) => secrets))],
    }),
    ...(Object.keys(agents).length > 0 && { subagents: agents }),
  }));

describe("laws", () => {
  it("what is rendered, read and rendered again is the same, byte for byte, whatever the layers hold", async () => {
    await fc.assert(
      fc.asyncProperty(layersOf, async (sources) => {
        const first = filesWritten(adapter, await parseLayers(sources));
        const imported = await readRuntime(adapter, first);
        expect(left(imported)).toEqual([]);
        expect(await textsOf(filesWritten(adapter, imported.layers, codex(imported.options)))).toEqual(
          await textsOf(first),
        );
      }),
      { numRuns: 60 },
    );
  });
  it("what hints tightened is written again, without anybody's leave", () => {
    const hints = { capabilities: { shell: false, network: { mode: "none" } } } as const;
    const [first] = compose([render({}, adapter, codex(), { hints })]).files;
    const config = {
      sandbox_workspace_write: { network_access: false },
      web_search: "disabled",
      features: { shell_tool: false },
    };
    expect(first).toMatchObject({ value: config });
    const [again] = compose([render({}, adapter, codex({ config }))]).files;
    expect(again).toMatchObject({ value: config });
    const loose = { sandbox_workspace_write: { network_access: true }, features: { shell_tool: true } };
    expect(compose([render({}, adapter, codex({ config: loose }))]).files).toEqual([]);
  });
  it("servers, subagents, skills, knowledge and options come back as they were", async () => {
    const layers = await parseLayers({
      mcp: {
        local: {
          command: "x",
          args: ["a b"],
          env: { A: "1" },
          cwd: "t",
          secrets: ["T"],
          connectTimeoutMs: 1500,
          disabledTools: ["rm"],
        },
        off: {
          url: "https://h.example/mcp",
          transport: "http",
          headers: { "X-A": "${T}" },
          secrets: ["T"],
          enabled: false,
        },
      },
      secrets: ["T"],
      subagents: { reviewer: { description: 'Reviews "all": x', instructions: "# R\r\n\n---\nx", model: "m" } },
      skills: { "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\r\nx\r\n", "fix/bin": new Uint8Array([0, 255]) },
      knowledge: { "a/b.md": "x", "knowledge.manifest.json": '{"files":{"a/b.md":{"title":"T"}}}' },
    });
    const options = {
      model: "m",
      approval: "never",
      sandbox: "read-only",
      config: { tui: { theme: "dark" } },
    } as const;
    const tree = filesWritten(adapter, layers, codex(options));
    const imported = await readRuntime(adapter, tree);
    expect(imported.layers.mcp).toEqual(layers.mcp);
    expect(imported.layers.subagents).toEqual(layers.subagents);
    expect(imported.layers.secrets).toEqual(layers.secrets);
    expect(imported.options).toEqual(options);
    const bytesOf = async (files: FileTree = []) =>
      Promise.all(files.map(async (file) => [file.path, [...(await readEntry(file, 1000))]]));
    expect(await bytesOf(imported.layers.skills?.skills[0]?.tree)).toEqual(
      await bytesOf(layers.skills?.skills[0]?.tree),
    );
    expect(await bytesOf(imported.layers.knowledge?.files)).toEqual(await bytesOf(layers.knowledge?.files));
    expect(imported.layers.knowledge?.metadata).toEqual(layers.knowledge?.metadata);
  });
});

describe("hostile files end in a finding", () => {
  it.each<[string, string | Uint8Array]>([
    ["deep arrays", `x = ${"[".repeat(5000)}${"]".repeat(5000)}\n`],
    ["deep tables", `[${Array.from({ length: 2000 }, () => "a").join(".")}]\nb = 1\n`],
    ["a key twice", 'model = "a"\nmodel = "b"\n'],
    ["__proto__", '[__proto__]\npolluted = true\n[mcp_servers.__proto__]\ncommand = "x"\n'],
    ["NUL and invalid UTF-8", new Uint8Array([0, 255, 254, 10])],
    ["servers that are none", 'mcp_servers = "x"\n'],
    ["a server that is none", "mcp_servers.x = 3\nmcp_servers.y = { command = 1 }\n"],
  ])("%s", async (_, content) => {
    const imported = await read({ ".codex/config.toml": content });
    expect(imported.diagnostics.length).toBeGreaterThan(0);
    expect(imported.layers.mcp).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty("polluted");
  });
});
