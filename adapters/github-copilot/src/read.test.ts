import { readRuntime } from "@stax/materialize";
import { filesWritten, importFiles, parseLayers, textsOf } from "@stax/testing";
import { describe, expect, it } from "vitest";
import { adapter, githubCopilot } from "./index.ts";

type Files = Parameters<typeof importFiles>[1];
const read = (files: Files, scope?: "user") => importFiles(adapter, files, scope);
const rulesOf = ({ layers }: Awaited<ReturnType<typeof read>>) =>
  Object.fromEntries(
    (layers.rules?.rules ?? []).map(({ id, scope, globs, description, body }) => [
      id,
      { scope, globs, description, body },
    ]),
  );

describe("documents", () => {
  it("carries the one text that lies under both names once", async () => {
    const found = await read({ ".github/copilot-instructions.md": "# A\r\n", "AGENTS.md": "# A\r\n" });
    expect(found.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["# A\r\n"]);
    expect(found.outcomes).toEqual({ ".github/copilot-instructions.md": "carried", "AGENTS.md": "translated" });
  });
  it("joins the two root documents that Copilot reads, and reads the tree of AGENTS.md", async () => {
    const found = await read({
      ".github/copilot-instructions.md": "# C\n",
      "AGENTS.md": "# A\n",
      "api/AGENTS.md": "Thin.\r\n",
    });
    expect(found.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["# C\n\n# A\n"]);
    expect(found.layers.instructionTree?.instructions.map(({ scope, text }) => [scope, text])).toEqual([
      ["api", "Thin.\r\n"],
    ]);
    expect(found.said).toEqual([
      "import-changed AGENTS.md: stands below the text of .github/copilot-instructions.md now",
    ]);
    expect(found.options).toEqual({});
  });
  it("keeps AGENTS.md where it is the only one, byte for byte", async () => {
    const found = await read({ "AGENTS.md": "\ufeff# A\r\n" });
    expect(found.options).toEqual({ writeAgentsMd: true });
    const again = filesWritten(adapter, found.layers, githubCopilot({ writeAgentsMd: true }));
    expect(await textsOf(again)).toEqual({ "AGENTS.md": Buffer.from("\ufeff# A\r\n").toString("latin1") });
  });
});

describe("instructions", () => {
  it("O11 reads applyTo as text, as a list and where it is no YAML; for all files, or missing, a rule always applies", async () => {
    const found = await read({
      ".github/instructions/ts.instructions.md":
        "---\napplyTo: '**/*.ts, **/*.{tsx,mts}'\ndescription: 'TS'\n---\n# TS\n",
      ".github/instructions/cs.instructions.md": "---\ndescription: C#: all\napplyTo: **/*.cs,**/*.csx\n---\ncs\n",
      ".github/instructions/list.instructions.md": "---\napplyTo: ['a/**', 'b/**,c']\n---\nx\n",
      ".github/instructions/all.instructions.md": "---\napplyTo: '**'\ndescription: all\n---\nx\n",
      ".github/instructions/star.instructions.md": "---\napplyTo: ['*']\n---\nx\n",
      ".github/instructions/deep/none.instructions.md": "Just text\n",
    });
    expect(rulesOf(found)).toEqual({
      "ts.md": { scope: "glob", globs: ["**/*.ts", "**/*.{tsx,mts}"], description: "TS", body: "# TS\n" },
      "cs.md": { scope: "glob", globs: ["**/*.cs", "**/*.csx"], description: "C#: all", body: "cs\n" },
      "list.md": { scope: "glob", globs: ["a/**", "b/**", "c"], description: undefined, body: "x\n" },
      "all.md": { scope: "always", globs: [], description: "all", body: "x\n" },
      "star.md": { scope: "always", globs: [], description: undefined, body: "x\n" },
      "deep/none.md": { scope: "always", globs: [], description: undefined, body: "Just text\n" },
    });
    expect(found.said).toEqual([
      expect.stringMatching(/^import-changed \S+cs\.instructions\.md: front matter: /),
      expect.stringMatching(/^import-changed \S+none\.instructions\.md: applyTo: is missing/),
    ]);
  });
  it("knows the auto rules that stax wrote by their first line", async () => {
    const layers = await parseLayers({
      rules: { "r.md": "---\nscope: auto\ndescription: when releasing\n---\nBump.\n" },
    });
    const { layers: again } = await readRuntime(adapter, filesWritten(adapter, layers));
    expect(again.rules?.rules).toMatchObject([{ scope: "auto", description: "when releasing", body: "Bump.\n" }]);
  });
  it("names fields and files that it has no place for", async () => {
    const found = await read({
      ".github/instructions/a.instructions.md": "---\nname: A\napplyTo: a\nexcludeAgent: code-review\n---\nx\n",
      ".github/instructions/notes.md": "x",
    });
    expect(found.said).toEqual([
      "import-left .github/instructions/a.instructions.md: name: a rule of stax has no field for it",
      "import-left .github/instructions/a.instructions.md: excludeAgent: a rule of stax has no field for it",
      expect.stringMatching(/^import-left \.github\/instructions\/notes\.md: /),
    ]);
    expect(found.outcomes).toEqual({
      ".github/instructions/a.instructions.md": "translated",
      ".github/instructions/notes.md": "left",
    });
  });
});

describe("agents, chat modes, prompts and skills", () => {
  it("names an agent by its file, and reads chat modes as subagents", async () => {
    const found = await read({
      ".github/agents/expert.agent.md":
        "---\nname: 'Expert Person'\ndescription: \"d\"\ntools: ['a']\nmodel: GPT-5\n---\nBody\n",
      ".github/agents/plain.md": "---\ndescription: p\nmodel: ['a', 'b']\n---\nBody\n",
      ".github/agents/README.md": "# Agents\n",
      ".github/chatmodes/plan.chatmode.md": "---\ndescription: Plan: it\n---\nPlan.\n",
    });
    expect(found.layers.subagents?.agents).toEqual({
      expert: { description: "d", instructions: "Body\n", model: "GPT-5" },
      plain: { description: "p", instructions: "Body\n" },
      plan: { description: "Plan: it", instructions: "Plan.\n" },
    });
    expect(found.options).toEqual({ writeAgents: true });
    expect(found.outcomes).toEqual({
      ".github/agents/expert.agent.md": "translated",
      ".github/agents/plain.md": "translated",
      ".github/agents/README.md": "left",
      ".github/chatmodes/plan.chatmode.md": "translated",
    });
    expect(found.said).toContainEqual(expect.stringContaining("expert.agent.md: tools: "));
    expect(found.said).toContainEqual(expect.stringContaining("plain.md: model: "));
  });
  it("reads prompts as skills, and says which variables only VS Code fills in", async () => {
    const found = await read({
      ".github/prompts/gen.prompt.md":
        "---\nmode: agent\ntools: ['x']\ndescription: 'Generate'\n---\nFor ${input:name:Name}\n",
      ".github/skills/one/SKILL.md": "---\nname: one\ndescription: d\n---\nx\n",
      ".agents/skills/two/SKILL.md": "---\nname: two\ndescription: d\n---\nx\n",
    });
    expect(found.layers.skills?.skills.map(({ name, header }) => [name, header.description]).sort()).toEqual([
      ["gen", "Generate"],
      ["one", "d"],
      ["two", "d"],
    ]);
    expect(found.said).toContainEqual(expect.stringContaining("gen.prompt.md: variables: "));
    expect(found.outcomes).toMatchObject({ ".github/skills/one/SKILL.md": "carried" });
  });
});

describe("servers", () => {
  it("makes declared secrets of what VS Code asks for", async () => {
    const found = await read({
      ".vscode/mcp.json": `{
        // people's
        "inputs": [
          { "type": "promptString", "id": "perplexity-key", "description": "Perplexity API Key", "password": true },
          { "type": "pickString", "id": "region", "options": ["eu", "us"], "default": "eu" },
          { "type": "promptString", "id": "unused" },
          { "type": "promptString" },
        ],
        "servers": {
          "perplexity": {
            "type": "stdio", "command": "npx", "args": ["-y", "p", "--region=\${input:region}", "\${workspaceFolder}"],
            "env": { "PERPLEXITY_API_KEY": "\${input:perplexity-key}", "HOME_DIR": "\${env:BASE}" },
            "envFile": ".env",
          },
          "docs": { "url": "https://d.example/mcp", "headers": { "Authorization": "Bearer \${input:never asked}" } },
        },
      }`,
    });
    expect(found.layers.mcp?.servers).toEqual({
      perplexity: {
        command: "npx",
        args: ["-y", "p", "--region=${region}", "."],
        env: { PERPLEXITY_API_KEY: "${PERPLEXITY_KEY}", HOME_DIR: "${BASE}" },
        secrets: ["region", "PERPLEXITY_KEY", "BASE"],
        enabled: true,
      },
      docs: {
        url: "https://d.example/mcp",
        transport: "http",
        headers: { Authorization: "Bearer ${NEVER_ASKED}" },
        secrets: ["NEVER_ASKED"],
        enabled: true,
      },
    });
    expect(found.layers.secrets?.secrets.toSorted((a, b) => a.key.localeCompare(b.key, "en"))).toEqual([
      { key: "BASE", required: true },
      { key: "NEVER_ASKED", required: true },
      { key: "PERPLEXITY_KEY", required: true, description: "Perplexity API Key" },
      { key: "region", required: true },
    ]);
    for (const what of ["inputs: holds one", "inputs.unused: ", "inputs.region.default: ", "perplexity.envFile: "])
      expect(found.said).toContainEqual(expect.stringContaining(what));
  });
  it("takes a server of both files for one, with the tools that the CLI's file chooses", async () => {
    const found = await read({
      ".mcp.json":
        '{"mcpServers":{"a":{"type":"local","command":"x","env":{"K":"${K}"},"tools":["t"]},"b":{"url":"https://x.example/mcp","tools":["*"],"headers":{"X-K":"$COPILOT_MCP_KEY"}}}}',
      ".vscode/mcp.json":
        '{"servers":{"a":{"command":"x","env":{"K":"${input:K}"}}},"inputs":[{"type":"promptString","id":"K","description":"K","password":true}]}',
      ".github/mcp.json": '{"mcpServers":{"z":{"command":"z"}}}',
    });
    expect(found.layers.mcp?.servers).toEqual({
      z: { command: "z", enabled: true },
      a: { command: "x", secrets: ["K"], enabledTools: ["t"], enabled: true },
      b: {
        url: "https://x.example/mcp",
        transport: "http",
        headers: { "X-K": "${COPILOT_MCP_KEY}" },
        secrets: ["COPILOT_MCP_KEY"],
        enabled: true,
      },
    });
    expect(found.said).toEqual([]);
  });
  it("lets no literal credential through", async () => {
    const found = await read({
      ".mcp.json":
        '{"mcpServers":{"a":{"command":"x","args":["--api-key","hunter2hunter2"],"env":{"API_KEY":"hunter2hunter2"}}}}',
      ".vscode/mcp.json":
        '{"servers":{"b":{"url":"https://x.example/mcp","headers":{"Authorization":"Bearer hunter2hunter2"}}},"inputs":[{"id":"K","default":"hunter2hunter2"}]}',
    });
    expect(Object.keys(found.layers.mcp?.servers ?? {})).toEqual(["a", "b"]);
    expect(JSON.stringify([found.layers, found.options, found.diagnostics])).not.toContain("hunter2");
  });
});

describe("settings and the rest", () => {
  it("reads the model, and reports each file of Copilot's that it does not read", async () => {
    const found = await read({
      ".github/copilot/settings.json": '{"model":"gpt-5","banner":"x"}',
      ".github/copilot/settings.local.json": "{}",
      ".github/prompts/notes.txt": "?",
      ".github/workflows/ci.yml": "on: push\n",
    });
    expect(found.options).toEqual({ model: "gpt-5" });
    expect(found.said).toContainEqual(expect.stringContaining("settings.json: banner: "));
    expect(found.outcomes).toEqual({
      ".github/copilot/settings.json": "translated",
      ".github/copilot/settings.local.json": "left",
      ".github/prompts/notes.txt": "left",
    });
  });
  it("reads what a user's home holds", async () => {
    const found = await read(
      {
        ".copilot/copilot-instructions.md": "Mine\n",
        ".copilot/instructions/a.instructions.md": "---\napplyTo: '*.go'\n---\nx\n",
        ".copilot/agents/rev.agent.md": "---\ndescription: d\n---\nx\n",
        ".copilot/mcp-config.json": '{"mcpServers":{"a":{"command":"x"}}}',
        ".copilot/config.json": '{"trustedFolders":["/home/me"]}',
      },
      "user",
    );
    expect(Object.keys(found.layers).sort()).toEqual(["mcp", "rules", "subagents", "surfaces"]);
    expect(found.options).toEqual({ writeAgents: true });
    expect(found.outcomes[".copilot/config.json"]).toBe("left");
    expect(JSON.stringify(found.diagnostics)).not.toContain("/home/me");
  });
});

it("rules, skills, servers, subagents and the model come back as they were", async () => {
  const layers = await parseLayers({
    rules: {
      "go.md": '---\nscope: glob\nglobs: ["**/*.go", "cmd/**"]\ndescription: "Go: errors"\n---\nWrap.\r\n',
      "rel.md": "---\nscope: auto\ndescription: when releasing\n---\n\nBump.\n",
    },
    skills: { "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\r\nx\r\n", "fix/run.sh": "#!/bin/sh\n" },
    mcp: { x: { command: "x", args: ["a b"], env: { A: "1", B: "${T}" }, secrets: ["T"], enabledTools: ["t"] } },
    secrets: ["T"],
    subagents: { reviewer: { description: 'Reviews "all": x', instructions: "# R\r\n\n---\nx", model: "m" } },
  });
  const options = { writeAgents: true, model: "gpt-5" };
  const read = await readRuntime(adapter, filesWritten(adapter, layers, githubCopilot(options)));
  const kept = (rules: typeof layers.rules) =>
    rules?.rules.map(({ id, scope, globs, description, body }) => [id, scope, globs, description, body]);
  expect(kept(read.layers.rules)).toEqual(kept(layers.rules));
  expect(read.layers.mcp).toEqual(layers.mcp);
  expect(read.layers.secrets).toEqual(layers.secrets);
  expect(read.layers.subagents).toEqual(layers.subagents);
  const treeOf = async ({ skills }: typeof layers) => textsOf(skills?.skills[0]?.tree ?? []);
  expect(await treeOf(read.layers)).toEqual(await treeOf(layers));
  expect(read.options).toEqual(options);
  expect(read.diagnostics).toEqual([]);
});

describe("hostile files end in a finding", () => {
  it.each<[string, string, string | Uint8Array]>([
    ["deep JSON", ".vscode/mcp.json", `{"servers":${"[".repeat(20_000)}`],
    ["deep JSON that is closed", ".mcp.json", `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
    ["__proto__", ".vscode/mcp.json", '{"__proto__":{"x":1},"servers":{"__proto__":{"command":"x"}}}'],
    ["inputs that are none", ".vscode/mcp.json", '{"inputs":{"a":1},"servers":[]}'],
    ["NUL and invalid UTF-8", ".github/instructions/x.instructions.md", new Uint8Array([0, 255, 254, 10])],
    ["an agent of NULs", ".github/agents/x.agent.md", new Uint8Array([0, 255, 0])],
    ["a million open variables", ".github/prompts/x.prompt.md", "${a:".repeat(1_000_000)],
    ["17 MiB", ".github/instructions/x.instructions.md", new Uint8Array(17 * 1024 * 1024).fill(45)],
    ["a header of a million lines", ".github/agents/x.agent.md", `---\n${"a: b\n".repeat(1_000_000)}---\nx`],
    [
      "a YAML bomb",
      ".github/instructions/x.instructions.md",
      `---\na: &a [x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [${`*${i === 0 ? "a" : `b${i - 1}`},`.repeat(9)}x]`).join("\n")}\n---\nx\n`,
    ],
  ])("%s", async (_, path, content) => {
    const found = await read({ [path]: content });
    expect(found.diagnostics.length).toBeGreaterThan(0);
    expect(found.layers.mcp).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty("x");
  });
});

it("looks for the end of a million references that never close once, not from each of them", async () => {
  const args = ["${input:".repeat(1_000_000), "${A:-".repeat(1_000_000)];
  const found = await read({ ".vscode/mcp.json": JSON.stringify({ servers: { x: { command: "x", args } } }) });
  expect(found.layers.mcp?.servers.x?.args).toEqual(args);
});
