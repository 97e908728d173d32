import { readRuntime } from "@stax/materialize";
import { filesWritten, importFiles, parseLayers, textsOf } from "@stax/testing";
import { describe, expect, it } from "vitest";
import { adapter, cursor } from "./index.ts";

type Files = Parameters<typeof importFiles>[1];
const read = (files: Files, scope?: "user") => importFiles(adapter, files, scope);
const rulesOf = ({ layers }: Awaited<ReturnType<typeof read>>) =>
  Object.fromEntries(
    (layers.rules?.rules ?? []).map(({ id, scope, globs, description, body }) => [
      id,
      { scope, globs, description, body },
    ]),
  );

describe("rules", () => {
  it("O11 reads headers that are no YAML, by Cursor's own rules: comma globs, empty fields, Windows line ends", async () => {
    const found = await read({
      ".cursor/rules/ts.mdc":
        "---\ndescription: TS: strict\nglobs: **/*.ts, **/*.{tsx,mts}\nalwaysApply: false\n---\n\n# TS\n",
      ".cursor/rules/core.mdc": "---\r\ndescription: \r\nglobs: **/*\r\nalwaysApply: true\r\n---\r\nAlways\r\n",
      ".cursor/rules/api/auto.mdc": "---\ndescription: when releasing\n---\nBump.\n",
      ".cursor/rules/hand.mdc": "---\nalwaysApply: false\n---\nBlame nobody.",
    });
    expect(rulesOf(found)).toEqual({
      "ts.md": { scope: "glob", globs: ["**/*.ts", "**/*.{tsx,mts}"], description: "TS: strict", body: "\n# TS\n" },
      "core.md": { scope: "always", globs: [], description: undefined, body: "Always\r\n" },
      "api/auto.md": { scope: "auto", globs: [], description: "when releasing", body: "Bump.\n" },
      "hand.md": { scope: "manual", globs: [], description: undefined, body: "Blame nobody." },
    });
    expect(found.said).toEqual([]);
    expect(new Set(Object.values(found.outcomes))).toEqual(new Set(["carried"]));
  });
  it("carries what a list says that Cursor makes other patterns of, or none, and says so", async () => {
    const found = await read({
      ".cursor/rules/a.mdc": "---\nglobs: [\"*.py\", '*.{a,b}', src/**]\n---\nx\n",
      ".cursor/rules/b.mdc": '---\nglobs:\n- a/**\n- "b/**"\nalwaysApply: false\n---\nx\n',
      ".cursor/rules/c.mdc": "---\nglobs: [ab].ts\n---\nx\n",
      ".cursor/rules/d.mdc": "---\nglobs:\n  - a/**\n---\nx\n",
    });
    expect(Object.values(rulesOf(found)).map(({ globs }) => globs)).toEqual([
      ["*.py", "*.{a,b}", "src/**"],
      ["a/**", "b/**"],
      ["[ab].ts"],
      ["a/**"],
    ]);
    expect(found.outcomes).toMatchObject({
      ".cursor/rules/a.mdc": "translated",
      ".cursor/rules/b.mdc": "translated",
      ".cursor/rules/c.mdc": "carried",
    });
  });
  it("takes Cursor's word for what is true, and names what a rule of stax has no field for", async () => {
    const found = await read({
      ".cursor/rules/a.mdc": '---\ndescription: d\nalwaysApply: "true"\npriority: 3\n---\nx\n',
      ".cursor/rules/b.mdc": "---\nalwaysApply: true\nglobs: src/**\n---\nx\n",
    });
    expect(rulesOf(found)).toMatchObject({ "a.md": { scope: "auto" }, "b.md": { scope: "always", globs: [] } });
    expect(found.said).toEqual([
      expect.stringMatching(/^import-left \.cursor\/rules\/a\.mdc: priority: /),
      expect.stringMatching(/^import-changed \.cursor\/rules\/a\.mdc: alwaysApply: is neither true nor false/),
      expect.stringMatching(/^import-left \.cursor\/rules\/b\.mdc: globs: /),
    ]);
  });
  it("carries a file without a header as a manual rule, and leaves what is no .mdc", async () => {
    const found = await read({ ".cursor/rules/a.mdc": "\ufeffNo header\n", ".cursor/rules/README.md": "x" });
    expect(rulesOf(found)).toEqual({
      "a.md": { scope: "manual", globs: [], description: undefined, body: "No header\n" },
    });
    expect(found.outcomes).toEqual({ ".cursor/rules/a.mdc": "translated", ".cursor/rules/README.md": "left" });
  });
  it("makes rules of a directory rules for what lies there", async () => {
    const found = await read({
      "web/.cursor/rules/css.mdc": "---\nglobs: *.css,/src/**\n---\nx\n",
      "web/.cursor/rules/all.mdc": "---\nalwaysApply: true\n---\nx\n",
      "web/.cursor/rules/auto.mdc": "---\ndescription: d\n---\nx\n",
    });
    expect(rulesOf(found)).toMatchObject({
      "web/css.md": { scope: "glob", globs: ["web/**/*.css", "web/src/**"] },
      "web/all.md": { scope: "glob", globs: ["web/**"] },
      "web/auto.md": { scope: "auto", globs: [] },
    });
    expect(found.said).toHaveLength(3);
  });
  it("reads .cursorrules as one rule that always applies, and keeps to it where it is all there is", async () => {
    const alone = await read({ ".cursorrules": "# Senior\n\n---\nBe brief.\n", "AGENTS.md": "# A\n" });
    expect(rulesOf(alone)).toMatchObject({
      "cursorrules.md": { scope: "always", body: "# Senior\n\n---\nBe brief.\n" },
    });
    expect(alone.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["# A\n"]);
    expect(alone.options).toEqual({ legacyCursorrules: true });
    expect(await textsOf(filesWritten(adapter, alone.layers, cursor({ legacyCursorrules: true })))).toEqual({
      ".cursorrules": "# Senior\n\n---\nBe brief.\n",
      "AGENTS.md": "# A\n",
    });
    const beside = await read({ ".cursorrules": "x\n", ".cursor/rules/a.mdc": "---\nalwaysApply: true\n---\ny\n" });
    expect(Object.keys(rulesOf(beside)).sort()).toEqual(["a.md", "cursorrules.md"]);
    expect(beside.options).toEqual({});
  });
});

describe("servers", () => {
  it("reads JSON with comments; variables become declared secrets, literal credentials go nowhere", async () => {
    const found = await read({
      ".cursor/mcp.json": `{
        // people's
        "mcpServers": {
          "fs": { "command": "npx", "args": ["-y", "fs", "\${workspaceFolder}/x"], "env": { "API_KEY": "\${env:MY_KEY}" } },
          "gh": { "url": "https://gh.example/mcp", "headers": { "Authorization": "Bearer ghp_abcdefghijklmnopqrstuvwxyz0123456789" } },
          "old": { "type": "sse", "url": "https://x.example/sse", "auth": { "CLIENT_SECRET": "hunter2hunter2" } },
          "home": { "command": "\${userHome}/bin/x" },
        },
      }`,
    });
    expect(found.layers.mcp?.servers).toEqual({
      fs: {
        command: "npx",
        args: ["-y", "fs", "./x"],
        env: { API_KEY: "${MY_KEY}" },
        secrets: ["MY_KEY"],
        enabled: true,
      },
      gh: {
        url: "https://gh.example/mcp",
        transport: "http",
        headers: { Authorization: "Bearer ${GH_AUTHORIZATION}" },
        secrets: ["GH_AUTHORIZATION"],
        enabled: true,
      },
      old: { url: "https://x.example/sse", transport: "sse", enabled: true },
    });
    expect(found.layers.secrets?.secrets.map(({ key }) => key)).toEqual(["GH_AUTHORIZATION", "MY_KEY"]);
    const everything = JSON.stringify([found.layers, found.options, found.diagnostics]);
    expect(everything).not.toMatch(/ghp_abc|hunter2/);
    expect(found.said).toContainEqual(expect.stringContaining("mcpServers.old.auth: "));
    expect(found.said).toContainEqual(expect.stringContaining("mcpServers.home: "));
    expect(found.outcomes).toEqual({ ".cursor/mcp.json": "translated" });
  });
});

describe("skills, commands and agents", () => {
  it("reads skills of both directories, and commands as skills", async () => {
    const found = await read({
      ".cursor/skills/one/SKILL.md": "---\nname: one\ndescription: d\n---\nx\n",
      ".agents/skills/two/SKILL.md": "---\nname: two\ndescription: d\n---\nx\n",
      ".cursor/commands/Fix Bug.md": "Fix the bug in $ARGUMENTS\n",
    });
    expect(found.layers.skills?.skills.map(({ name }) => name).sort()).toEqual(["fix-bug", "one", "two"]);
    expect(found.outcomes).toEqual({
      ".agents/skills/two/SKILL.md": "carried",
      ".cursor/commands/Fix Bug.md": "translated",
      ".cursor/skills/one/SKILL.md": "carried",
    });
  });
  it("reads agents line by line as Cursor does, quotes included", async () => {
    const found = await read({
      ".cursor/agents/rev.md":
        '---\nName: rev\ndescription: "Reviews": all\ntools: Read, Grep\nmodel: inherit\n# c\n---\n\nDo it\n',
      ".cursor/agents/quoted.mdc": '---\ndescription: "Reviews"\n---\nDo it\n',
      ".cursor/agents/empty.md": "---\nname: e\ndescription: d\n---\n \n",
      ".cursor/agents/plain.md": "Plain text\n",
    });
    expect(found.layers.subagents?.agents).toEqual({
      rev: { description: '"Reviews": all', instructions: "\nDo it\n", model: "inherit" },
      quoted: { description: '"Reviews"', instructions: "Do it\n" },
      plain: { description: "Plain text", instructions: "Plain text\n" },
    });
    expect(found.outcomes).toEqual({
      ".cursor/agents/rev.md": "translated",
      ".cursor/agents/quoted.mdc": "translated",
      ".cursor/agents/empty.md": "left",
      ".cursor/agents/plain.md": "translated",
    });
  });
  it("reports each file of Cursor's that it does not read", async () => {
    const found = await read({
      ".cursor/hooks.json": "{}",
      ".cursor/environment.json": "{}",
      ".cursor/notes/x": "?",
      ".cursorignore": "dist\n",
      ".cursorindexingignore": "dist\n",
      "src/main.ts": "",
    });
    expect(found.layers).toEqual({});
    expect(found.outcomes).toEqual({
      ".cursor/environment.json": "left",
      ".cursor/hooks.json": "left",
      ".cursor/notes/x": "left",
      ".cursorignore": "left",
      ".cursorindexingignore": "left",
    });
  });
  it("reads what a user's home holds", async () => {
    const found = await read(
      {
        ".cursor/mcp.json": '{"mcpServers":{"x":{"command":"x"}}}',
        ".cursor/skills/one/SKILL.md": "---\nname: one\ndescription: d\n---\n",
        ".cursor/mcp-approvals.json": "{}",
        ".cursorrules": "of a project\n",
      },
      "user",
    );
    expect(Object.keys(found.layers).sort()).toEqual(["mcp", "skills"]);
    expect(found.outcomes[".cursor/mcp-approvals.json"]).toBe("left");
  });
});

it("rules, skills, servers, subagents and knowledge come back as they were", async () => {
  const layers = await parseLayers({
    rules: {
      "always.md": "Kind.\r\n",
      "go.md": '---\nscope: glob\nglobs: ["**/*.go", "cmd/**"]\ndescription: "Go: errors"\n---\nWrap.\n',
      "rel.md": "---\nscope: auto\ndescription: when releasing\n---\n\nBump.\n",
      "hand.md": "---\nscope: manual\n---\nBlame nobody.\n",
    },
    skills: { "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\r\nx\r\n", "fix/run.sh": "#!/bin/sh\n" },
    mcp: { x: { command: "x", args: ["a b"], env: { A: "1", B: "${T}" }, cwd: "t", secrets: ["T"] } },
    secrets: ["T"],
    subagents: { reviewer: { description: 'Reviews "all": x', instructions: "# R\r\n\n---\nx", model: "m" } },
    knowledge: { "a/b.md": "x", "knowledge.manifest.json": '{"files":{"a/b.md":{"title":"T"}}}' },
  });
  const { layers: again, diagnostics } = await readRuntime(adapter, filesWritten(adapter, layers));
  const kept = (rules: typeof layers.rules) =>
    rules?.rules.map(({ id, scope, globs, description, body }) => [id, scope, globs, description, body]);
  expect(kept(again.rules)).toEqual(kept(layers.rules));
  expect(again.mcp).toEqual(layers.mcp);
  expect(again.secrets).toEqual(layers.secrets);
  expect(again.subagents).toEqual(layers.subagents);
  expect(await textsOf(again.skills?.skills[0]?.tree ?? [])).toEqual(
    await textsOf(layers.skills?.skills[0]?.tree ?? []),
  );
  expect(again.skills?.skills[0]?.tree.map(({ executable }) => executable)).toEqual([false, true]);
  expect(again.knowledge?.metadata).toEqual(layers.knowledge?.metadata);
  expect(diagnostics).toEqual([]);
});

describe("hostile files end in a finding", () => {
  it.each<[string, string, string | Uint8Array]>([
    ["deep JSON", ".cursor/mcp.json", `{"mcpServers":${"[".repeat(20_000)}`],
    ["deep JSON that is closed", ".cursor/mcp.json", `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
    ["__proto__", ".cursor/mcp.json", '{"__proto__":{"x":1},"mcpServers":{"__proto__":{"command":"x"}}}'],
    ["a name twice", ".cursor/mcp.json", '{"mcpServers":{"x":{"command":1},"x":{"command":2}}}'],
    ["NUL and invalid UTF-8", ".cursor/rules/x.mdc", new Uint8Array([0, 255, 254, 10])],
    ["an agent of NULs", ".cursor/agents/x.md", new Uint8Array([0, 255, 0])],
    [
      "a YAML bomb",
      ".cursor/commands/x.md",
      `---\na: &a [x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [${"*a,".repeat(9)}*a]`).join("\n")}\n---\nx\n`,
    ],
    ["17 MiB", ".cursor/rules/x.mdc", new Uint8Array(17 * 1024 * 1024).fill(45)],
    ["a header of a million lines", ".cursor/rules/x.mdc", `---\n${"a: b\n".repeat(1_000_000)}---\nx`],
  ])("%s", async (_, path, content) => {
    const found = await read({ [path]: content });
    expect(found.diagnostics.length).toBeGreaterThan(0);
    expect(found.layers.mcp).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty("x");
  });
});
