import { readRuntime } from "@stax/materialize";
import { filesWritten, importFiles, parseLayers, textsOf } from "@stax/testing";
import { describe, expect, it } from "vitest";
import { adapter, windsurf } from "./index.ts";

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
  it("O11 reads each trigger, of both generations, and infers one that is missing", async () => {
    const found = await read({
      ".windsurf/rules/always.md": "---\ntrigger: always_on\n---\nx\r\n",
      ".windsurf/rules/glob.md": "---\ntrigger: glob\nglobs: *.ts, src/*.{a,b}\ndescription: d\n---\nx\n",
      ".windsurf/rules/auto.md": "---\ntrigger: model_decision\ndescription: when: x\n---\nx\n",
      ".windsurf/rules/hand.md": "---\ntrigger: manual\ndescription:\n---\nx\n",
      ".devin/rules/plain.md": "Plain\n",
      ".devin/rules/told.md": "---\ndescription: d\n---\nx\n",
      ".devin/rules/sub/listed.md": "---\nglobs:\n  - a/**\n---\nx\n",
    });
    expect(rulesOf(found)).toEqual({
      "always.md": { scope: "always", globs: [], description: undefined, body: "x\r\n" },
      "glob.md": { scope: "glob", globs: ["*.ts", "src/*.{a,b}"], description: "d", body: "x\n" },
      "auto.md": { scope: "auto", globs: [], description: "when: x", body: "x\n" },
      "hand.md": { scope: "manual", globs: [], description: undefined, body: "x\n" },
      "plain.md": { scope: "always", globs: [], description: undefined, body: "Plain\n" },
      "told.md": { scope: "auto", globs: [], description: "d", body: "x\n" },
      "sub/listed.md": { scope: "glob", globs: ["a/**"], description: undefined, body: "x\n" },
    });
    expect(found.said.filter((finding) => finding.startsWith("import-left"))).toEqual([]);
    expect(found.said).toContainEqual(expect.stringMatching(/glob\.md: globs: is one text/));
  });
  it("names what it has no place for: other triggers and fields, globs that say nothing, files that are no rules", async () => {
    const found = await read({
      ".devin/rules/a.md": "---\ntrigger: sometimes\nlabels: [x]\n---\nx\n",
      ".devin/rules/b.md": "---\ntrigger: always_on\nglobs: [src/**]\n---\nx\n",
      ".devin/rules/c.md": "---\ntrigger: glob\n---\nx\n",
      ".devin/rules/d.txt": "x",
    });
    expect(rulesOf(found)).toMatchObject({
      "a.md": { scope: "always" },
      "b.md": { globs: [] },
      "c.md": { scope: "manual" },
    });
    expect(found.said.map((finding) => finding.split(": ").slice(0, 2).join(": "))).toEqual([
      "import-left .devin/rules/a.md: labels",
      "import-left .devin/rules/a.md: trigger",
      "import-left .devin/rules/b.md: globs",
      "import-changed .devin/rules/c.md: trigger",
      "import-left .devin/rules/d.txt: is no rule",
    ]);
  });
  it("keeps rules of one name from both directories, once where they are the same", async () => {
    const found = await read({
      ".devin/rules/same.md": "Same\n",
      ".windsurf/rules/same.md": "Same\n",
      ".devin/rules/other.md": "New\n",
      ".windsurf/rules/other.md": "Old\n",
    });
    expect(found.layers.rules?.rules.map(({ body }) => body).sort()).toEqual(["New\n", "Old\n", "Same\n"]);
    expect(found.outcomes[".windsurf/rules/same.md"]).toBe("translated");
  });
  it("makes rules of a directory rules for what lies there, and leaves rules of others alone", async () => {
    const found = await read({
      "web/.windsurf/rules/a.md": "---\ntrigger: glob\nglobs: ['*.css', 'src/**']\n---\nx\n",
      "web/.devin/rules/b.md": "---\ntrigger: always_on\n---\nx\n",
      ".claude/rules/c.md": "x",
      "eslint/rules/d.md": "x",
    });
    expect(rulesOf(found)).toMatchObject({
      "web/a.md": { scope: "glob", globs: ["web/**/*.css", "web/src/**"] },
      "web/b.md": { scope: "glob", globs: ["web/**"] },
    });
    expect(Object.keys(found.outcomes)).toEqual(["web/.devin/rules/b.md", "web/.windsurf/rules/a.md"]);
  });
});

describe("documents", () => {
  it("carries a .windsurfrules that is a copy of AGENTS.md once", async () => {
    const found = await read({ ".windsurfrules": "# A\n", "AGENTS.md": "# A\n" });
    expect(found.layers.rules).toBeUndefined();
    expect(found.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["# A\n"]);
    expect(found.outcomes).toEqual({ ".windsurfrules": "translated", "AGENTS.md": "carried" });
  });
  it("reads .windsurfrules as the instructions, and beside an AGENTS.md as a rule that always applies", async () => {
    const alone = await read({ ".windsurfrules": "# Old\n" });
    expect(alone.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["# Old\n"]);
    expect(alone.options).toEqual({ legacyWindsurfrules: true });
    const beside = await read({ ".windsurfrules": "# Old\n", "AGENTS.md": "# A\n", "api/AGENTS.md": "Thin\n" });
    expect(beside.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["# A\n"]);
    expect(beside.layers.instructionTree?.instructions.map(({ scope }) => scope)).toEqual(["api"]);
    expect(rulesOf(beside)).toMatchObject({ "windsurfrules.md": { scope: "always", body: "# Old\n" } });
    expect(beside.options).toEqual({});
  });
  it("reads the rules of a user's old Windsurf as a rule beside the newer document", async () => {
    const found = await read(
      { ".config/devin/AGENTS.md": "New\n", ".codeium/windsurf/memories/global_rules.md": "Old\n" },
      "user",
    );
    expect(found.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["New\n"]);
    expect(rulesOf(found)).toMatchObject({ "global_rules.md": { scope: "always", body: "Old\n" } });
  });
  it("reads AGENT.md where no AGENTS.md is", async () => {
    const found = await read({ "AGENT.md": "Root\n", "api/AGENT.md": "Api\n", "AGENTS.local.md": "Mine\n" });
    expect(found.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["Root\n"]);
    expect(found.layers.instructionTree?.instructions.map(({ scope }) => scope)).toEqual(["api"]);
    expect(JSON.stringify([found.layers, found.diagnostics])).not.toContain("Mine");
  });
});

describe("skills and workflows", () => {
  it("reads skills of each directory, and workflows as skills", async () => {
    const found = await read({
      ".devin/skills/one/SKILL.md": "---\nname: one\ndescription: d\n---\nx\n",
      ".windsurf/skills/two/SKILL.md": "---\nname: two\ndescription: d\n---\nx\n",
      ".windsurf/workflows/Deploy it.md": "---\ndescription: Deploys\nauto_execution_mode: 3\n---\n1. Go\n",
      ".windsurf/workflows/plain.md": "# Title: x\n\nDo it.\n",
    });
    expect(
      Object.fromEntries(
        (found.layers.skills?.skills ?? []).map(({ name, header, body }) => [name, [header.description, body]]),
      ),
    ).toEqual({
      one: ["d", "x\n"],
      two: ["d", "x\n"],
      "deploy-it": ["Deploys", "1. Go\n"],
      plain: ["Title: x", "# Title: x\n\nDo it.\n"],
    });
    expect(found.options).toEqual({ skillsDirectory: ".devin/skills" });
  });
  it("takes a workflow that stax wrote for the skill that it was", async () => {
    const layers = await parseLayers({
      skills: { "fix/SKILL.md": "---\nname: fix\ndescription: Fix it\n---\n- a\n- b\n" },
    });
    const config = windsurf({ layout: "windsurf", writeWorkflows: true });
    const found = await readRuntime(adapter, filesWritten(adapter, layers, config));
    expect(found.layers.skills?.skills).toMatchObject([
      { name: "fix", header: { description: "Fix it" }, body: "1. a\n2. b\n" },
    ]);
    expect(found.options).toEqual({ layout: "windsurf", writeWorkflows: true });
    expect(found.diagnostics).toEqual([]);
  });
});

describe("configuration", () => {
  it("reads servers and permissions; what is no rule, and what has no place, is named", async () => {
    const found = await read({
      ".devin/config.json": `{
        "mcpServers": {
          "a": { "command": "x", "args": ["\${env:K}"], "env": { "LOG": "1" }, "cwd": "t" },
          "b": { "url": "https://b.example/sse", "transport": "sse", "headers": { "X-T": "\${T}" } },
          "c": { "command": "x", "env": { "F": "\${file:/etc/x}" } },
          "d": { "command": "x", "env": { "API_KEY": "hunter2hunter2" } }, // people's
        },
        "permissions": { "allow": ["Read(**)"], "deny": ["Exec(sudo)", "a b", 3], "ask": ["Exec(git)"] },
        "theme": "dark",
      }`,
    });
    expect(found.layers.mcp?.servers).toEqual({
      a: { command: "x", args: ["${K}"], env: { LOG: "1" }, cwd: "t", secrets: ["K"], enabled: true },
      b: {
        url: "https://b.example/sse",
        transport: "sse",
        headers: { "X-T": "${T}" },
        secrets: ["T"],
        enabled: true,
      },
      d: { command: "x", secrets: ["API_KEY"], enabled: true },
    });
    expect(found.options).toEqual({ permissions: { allow: ["Read(**)"], deny: ["Exec(sudo)"] } });
    for (const what of ["permissions.deny: ", "permissions.ask: ", "mcpServers.c: ", "theme: "])
      expect(found.said).toContainEqual(expect.stringContaining(what));
    expect(JSON.stringify([found.layers, found.options, found.diagnostics])).not.toContain("hunter2");
  });
  it("reads the servers, rules and workflows of the old Windsurf below a home", async () => {
    const found = await read(
      {
        ".codeium/windsurf/mcp_config.json": `{ "mcpServers": {
          "a": { "serverUrl": "https://a.example/mcp", "disabledTools": ["rm"], "headers": { "Authorization": "Bearer \${env:T}" } },
          "b": { "url": "https://b.example/sse", "disabled": true },
          "c": { "url": "https://c.example/mcp", "type": "http", "timeout": 5 } } }`,
        ".codeium/windsurf/memories/global_rules.md": "Global\n",
        ".codeium/windsurf/memories/x.pb": "state",
        ".codeium/windsurf/global_workflows/deploy.md": "1. Go\n",
        ".codeium/windsurf/user_settings.pb": "secret",
      },
      "user",
    );
    expect(found.layers.mcp?.servers).toEqual({
      a: {
        url: "https://a.example/mcp",
        transport: "http",
        headers: { Authorization: "Bearer ${T}" },
        secrets: ["T"],
        disabledTools: ["rm"],
        enabled: true,
      },
      b: { url: "https://b.example/sse", transport: "sse", enabled: false },
      c: { url: "https://c.example/mcp", transport: "http", enabled: true },
    });
    expect(found.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["Global\n"]);
    expect(found.layers.skills?.skills.map(({ name }) => name)).toEqual(["deploy"]);
    expect(found.options).toEqual({ layout: "windsurf", writeWorkflows: true });
    expect(found.said).toContainEqual(expect.stringContaining("mcpServers.c.timeout: "));
    expect(JSON.stringify(found.layers)).not.toMatch(/"(?:state|secret)"/);
  });
  it("reports each file of the runtime's that it does not read", async () => {
    const found = await read({
      ".devin/config.local.json": "{}",
      ".devin/hooks.json": "{}",
      ".windsurf/hooks.json": "{}",
      ".codeiumignore": "dist\n",
    });
    expect(found.layers).toEqual({});
    expect(Object.values(found.outcomes)).toEqual(["left", "left", "left", "left"]);
  });
});

it("rules, skills, servers and permissions come back as they were", async () => {
  const layers = await parseLayers({
    rules: {
      "always.md": "Kind.\r\n",
      "go.md": '---\nscope: glob\nglobs: ["**/*.go", "cmd/**"]\ndescription: "Go: errors"\n---\nWrap.\n',
      "rel.md": "---\nscope: auto\ndescription: when releasing\n---\n\nBump.\n",
      "hand.md": "---\nscope: manual\ndescription: d\n---\nBlame nobody.\n",
    },
    skills: { "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\r\nx\r\n", "fix/run.sh": "#!/bin/sh\n" },
    mcp: { x: { command: "x", args: ["a b"], env: { A: "1", B: "${T}" }, secrets: ["T"] } },
    secrets: ["T"],
  });
  const options = { permissions: { allow: ["Read(**)"], deny: ["Exec(sudo)"] } };
  const found = await readRuntime(adapter, filesWritten(adapter, layers, windsurf(options)));
  const kept = (rules: typeof layers.rules) =>
    rules?.rules.map(({ id, scope, globs, description, body }) => [id, scope, globs, description, body]);
  expect(kept(found.layers.rules)).toEqual(kept(layers.rules));
  expect(found.layers.mcp).toEqual(layers.mcp);
  expect(found.layers.secrets).toEqual(layers.secrets);
  const treeOf = async ({ skills }: typeof layers) => textsOf(skills?.skills[0]?.tree ?? []);
  expect(await treeOf(found.layers)).toEqual(await treeOf(layers));
  expect(found.options).toEqual(options);
  expect(found.diagnostics).toEqual([]);
});

describe("hostile files end in a finding", () => {
  it.each<[string, string, string | Uint8Array]>([
    ["deep JSON", ".devin/config.json", `{"mcpServers":${"[".repeat(20_000)}`],
    ["deep JSON that is closed", ".devin/config.json", `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
    ["__proto__", ".devin/config.json", '{"__proto__":{"x":1},"mcpServers":{"__proto__":{"command":"x"}}}'],
    ["permissions that are none", ".devin/config.json", '{"permissions":[1],"mcpServers":3}'],
    ["NUL and invalid UTF-8", ".devin/rules/x.md", new Uint8Array([0, 255, 254, 10])],
    ["17 MiB", ".windsurf/rules/x.md", new Uint8Array(17 * 1024 * 1024).fill(45)],
    ["a workflow of a million lines", ".windsurf/workflows/x.md", "# x\n".repeat(1_000_000)],
    ["a header of a million lines", ".devin/rules/x.md", `---\n${"a: b\n".repeat(1_000_000)}---\nx`],
  ])("%s", async (_, path, content) => {
    const found = await read({ [path]: content });
    expect(found.diagnostics.length).toBeGreaterThan(0);
    expect(found.layers.mcp).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty("x");
  });
});
