import { type Imported, readRuntime, type Scope } from "@stax/materialize";
import { fileEntry } from "@stax/schema";
import { filesWritten, importFiles, parseLayers, textsOf } from "@stax/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adapter, opencode } from "./index.ts";

type Options = Parameters<typeof opencode>[0];

const read = (files: Parameters<typeof importFiles>[1], scope: Scope = "project") => importFiles(adapter, files, scope);

const findings = ({ diagnostics }: Pick<Imported, "diagnostics">, code: string) =>
  diagnostics.filter((finding) => finding.code === code).map(({ path, message }) => `${path ?? ""}: ${message}`);
const left = (imported: Pick<Imported, "diagnostics">) => findings(imported, "import-left");

const optionsOf = (imported: Pick<Imported, "options">): Options => imported.options as Options; // they passed the adapter's own schema

describe("opencode.json", () => {
  it("reads servers as people write them, with comments and trailing commas", async () => {
    const imported = await read({
      "opencode.jsonc": `{
  // ours
  "$schema": "https://opencode.ai/config.json",
  "mcp": {
    "db": {
      "type": "local",
      "command": ["npx", "-y", "pg-mcp", "--url={env:DB_URL}"],
      "environment": { "LOG": "debug", "DB_KEY": "{env:DB_KEY}" },
      "timeout": 5000,
    },
    "docs": {
      "type": "remote", "url": "https://docs.example.com/mcp",
      "headers": { "Authorization": "Bearer {env:DOCS_TOKEN}", "X-Key": "{file:~/.docs-key}" },
      "enabled": false, "oauth": false,
    },
    "inherited": { "enabled": false },
  },
}`,
    });
    expect(imported.layers.mcp?.servers).toEqual({
      db: {
        command: "npx",
        args: ["-y", "pg-mcp", "--url=${DB_URL}"],
        env: { LOG: "debug" },
        secrets: ["DB_URL", "DB_KEY"],
        connectTimeoutMs: 5000,
        enabled: true,
      },
      docs: {
        url: "https://docs.example.com/mcp",
        transport: "http",
        headers: { Authorization: "Bearer ${DOCS_TOKEN}", "X-Key": "${DOCS_X_KEY}" },
        secrets: ["DOCS_TOKEN", "DOCS_X_KEY"],
        enabled: false,
      },
    });
    expect(left(imported)).toEqual([
      "opencode.jsonc: mcp.docs.headers.X-Key: is read from a file, which is not carried; the secret DOCS_X_KEY takes its place",
      "opencode.jsonc: mcp.docs.oauth: a server of stax has no field for it",
      "opencode.jsonc: mcp.inherited: has neither a command nor a url that can be carried",
    ]);
  });
  it("reads the files that opencode merges as one, the nearer one winning", async () => {
    const imported = await read({
      "opencode.json":
        '{"model":"a/one","mcp":{"s":{"type":"local","command":["a"],"environment":{"X":"1"}}},"username":"u"}',
      "opencode.jsonc": '{"model":"a/two","permission":{"bash":"ask","edit":"ask"}}',
      ".opencode/opencode.json": '{"mcp":{"s":{"type":"local","command":["b"]}},"permission":{"bash":"deny"}}',
    });
    expect(imported.layers.mcp?.servers).toEqual({ s: { command: "b", env: { X: "1" }, enabled: true } });
    expect(imported.options).toEqual({
      model: "a/two",
      permission: { bash: "deny", edit: "ask" },
      config: { username: "u" },
    });
    expect(Object.keys(imported.outcomes)).toEqual([".opencode/opencode.json", "opencode.json", "opencode.jsonc"]);
    expect(left(imported)).toEqual([]);
  });
  it("reads a permission in its order, older tools before it, and disabled tools of servers back to them", async () => {
    const imported = await read({
      "opencode.json": JSON.stringify({
        tools: { write: false, webfetch: true, odd: "x" },
        permission: {
          bash: { "*": "ask", "git *": "allow" },
          edit: "allow",
          nonsense: "maybe",
          gh_x_delete: "deny",
          gh_y: "deny",
        },
        mcp: { gh: { type: "local", command: ["gh"] }, "gh.x": { type: "local", command: ["x"] } },
      }),
    });
    expect(JSON.stringify(imported.options)).toBe(
      JSON.stringify({ permission: { edit: "allow", webfetch: "allow", bash: { "*": "ask", "git *": "allow" } } }),
    );
    expect(imported.layers.mcp?.servers).toEqual({
      gh: { command: "gh", disabledTools: ["y"], enabled: true },
      "gh.x": { command: "x", disabledTools: ["delete"], enabled: true },
    });
    expect(left(imported)).toEqual([
      expect.stringContaining("permission.nonsense"),
      expect.stringContaining("tools: says of tools more"),
    ]);
  });
  it("lets no literal credential through, and nothing that opencode fills with a variable or file of a person", async () => {
    const imported = await read({
      "opencode.json": JSON.stringify({
        provider: {
          mine: { options: { apiKey: "sk-proj-abcdefghijklmnopqrstuvwxyz", baseURL: "https://llm.example/v1" } },
          other: { options: { apiKey: "{env:OTHER_KEY}", timeout: 5 } },
        },
        mcp: {
          s: { type: "remote", url: "https://x.example", headers: { Authorization: "Bearer abcdefghij0123456789" } },
        },
        agent: { build: { prompt: "Key: {env:HOME}", temperature: 0.2 } },
      }),
    });
    const everything = JSON.stringify([imported.layers, imported.options, imported.diagnostics]);
    for (const value of ["abcdefghijklmnopqrstuvwxyz", "abcdefghij0123456789"]) expect(everything).not.toContain(value);
    expect(imported.options).toEqual({
      agent: { build: { temperature: 0.2 } },
      config: {
        provider: { mine: { options: { baseURL: "https://llm.example/v1" } }, other: { options: { timeout: 5 } } },
      },
    });
    expect(left(imported)).toEqual([
      expect.stringContaining("agent.build.prompt: is filled with a variable"),
      expect.stringContaining("provider.other.options.apiKey: is filled with a variable"),
    ]);
    expect(findings(imported, "import-secret")).toHaveLength(2);
  });
  it("makes rules of the files that instructions name, and keeps what is no file here", async () => {
    const imported = await read({
      "opencode.json": JSON.stringify({
        instructions: [
          "docs/*.md",
          "./CONTRIBUTING.md",
          "https://example.com/rules.md",
          "missing.md",
          "~/mine.md",
          "../up.md",
          "AGENTS.md",
          `${"*a".repeat(9)}`,
        ],
      }),
      "docs/api.md": "---\nx: 1\n---\nThin handlers.\n",
      "docs/logo.png": new Uint8Array([1]),
      "CONTRIBUTING.md": "Sign off.\n",
      "AGENTS.md": "Root\n",
    });
    expect(imported.layers.rules?.rules.map(({ id, scope, body }) => [id, scope, body])).toEqual([
      ["CONTRIBUTING.md", "always", "Sign off.\n"],
      ["docs/api.md", "always", "---\nx: 1\n---\nThin handlers.\n"],
    ]);
    expect(imported.options).toEqual({ config: { instructions: ["https://example.com/rules.md", "missing.md"] } });
    expect(imported.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["Root\n"]);
    expect(left(imported)).toEqual([
      expect.stringContaining('"~/mine.md" names a place on your machine'),
      expect.stringContaining('"../up.md" leads out of the project'),
      expect.stringContaining("holds too many wildcards"),
    ]);
  });
  it("finds files that it names outside of what it reads otherwise", async () => {
    const beyond = [fileEntry("docs/a.md", "A\n"), fileEntry("prompts/review.txt", "Read every line.\n")];
    const config = {
      instructions: ["docs/a.md"],
      agent: { reviewer: { mode: "subagent", description: "Reviews", prompt: "{file:./prompts/review.txt}" } },
    };
    const imported = await readRuntime(adapter, [fileEntry("opencode.json", JSON.stringify(config))], {
      more: (globs) => beyond.filter(({ path }) => globs.includes(path)),
    });
    expect(imported.layers.rules?.rules.map(({ id }) => id)).toEqual(["docs/a.md"]);
    expect(imported.layers.subagents?.agents.reviewer?.instructions).toBe("Read every line.\n");
    expect(imported.files.map(({ path, outcome }) => [path, outcome])).toEqual([
      ["docs/a.md", "translated"],
      ["opencode.json", "carried"],
      ["prompts/review.txt", "translated"],
    ]);
  });
});

describe("agents", () => {
  it("reads an agent that others call as a subagent, and what else is set for it as an option", async () => {
    const imported = await read({
      "opencode.json": JSON.stringify({
        default_agent: "plan",
        agent: {
          reviewer: {
            mode: "subagent",
            description: "Reviews",
            prompt: "Read.\n",
            model: "a/b",
            permission: { edit: "deny" },
            tools: { bash: false },
          },
          build: { model: "a/c" },
          secretive: { mode: "subagent", description: "x", prompt: "{file:../../etc/passwd}" },
        },
        mode: { old: { prompt: "x" } },
      }),
    });
    expect(imported.layers.subagents?.agents).toEqual({
      reviewer: { description: "Reviews", instructions: "Read.\n", model: "a/b" },
    });
    expect(imported.options).toEqual({
      writeAgents: true,
      agent: {
        old: { prompt: "x", mode: "primary" },
        reviewer: { permission: { bash: "deny", edit: "deny" } },
        build: { model: "a/c" },
        secretive: { mode: "subagent", description: "x" },
      },
      config: { default_agent: "plan" },
    });
    expect(left(imported)).toEqual([expect.stringContaining("agent.secretive.prompt: is read from a file")]);
  });
  it("reads Markdown agents of both spellings, sloppy ones included", async () => {
    const imported = await read({
      ".opencode/agents/reviewer.md": "---\ndescription: Reviews: all of it\nmode: subagent\nsteps: 9\n---\n\nRead.\n",
      ".opencode/agent/sub/nested.md":
        "---\ndescription: Nested\nmode: subagent\ntemperature: 0.1\ntools:\n  write: false\n---\nN\n",
      ".opencode/agent/lead.md": "---\ndescription: Leads\nmode: primary\n---\nLead.\n",
      ".opencode/agent/both.md": "First line.\n",
      ".opencode/agent/plan.md": "---\nmodel: a/b\n---\nPlan.\n",
      "opencode.json": '{"agent":{"reviewer":{"steps":5}}}',
    });
    expect(imported.layers.subagents?.agents).toEqual({
      both: { description: "First line.", instructions: "First line.\n" },
      "sub-nested": { description: "Nested", instructions: "N\n" },
      reviewer: { description: "Reviews: all of it", instructions: "\nRead.\n" },
    });
    expect(imported.options).toEqual({
      writeAgents: true,
      agent: {
        reviewer: { steps: 5 },
        "sub-nested": { temperature: 0.1, permission: { edit: "deny" } },
        lead: { description: "Leads", mode: "primary", prompt: "Lead." },
        plan: { model: "a/b", prompt: "Plan." },
      },
    });
    expect(left(imported)).toEqual([expect.stringContaining("reviewer.md: steps: cannot be told")]);
    expect(new Set(Object.values(imported.outcomes))).toEqual(new Set(["carried", "translated"]));
  });
});

describe("skills, commands and documents", () => {
  it("reads skills of every directory that opencode knows", async () => {
    const skill = (name: string) => `---\nname: ${name}\ndescription: d\n---\nx\n`;
    const imported = await read({
      ".agents/skills/one/SKILL.md": skill("one"),
      ".opencode/skills/two/SKILL.md": skill("two"),
      ".opencode/skill/three/SKILL.md": skill("three"),
      ".claude/skills/four/SKILL.md": skill("four"),
    });
    expect(imported.layers.skills?.skills.map(({ name }) => name).sort()).toEqual(["four", "one", "three", "two"]);
    const user = await read({ ".config/opencode/skills/two/SKILL.md": skill("two") }, "user");
    expect(user.layers.skills?.skills.map(({ name }) => name)).toEqual(["two"]);
  });
  it("reads commands as skills, their arguments as others write them", async () => {
    const imported = await read({
      ".opencode/command/git/fix.md":
        "---\ndescription: Fix\nagent: build\nmodel: a/b\n---\nFix $1: !`git log`; $ARGUMENTS\n",
      ".opencode/commands/plain.md": "Write it.\n",
      "opencode.json":
        '{"command":{"test/all":{"template":"Run $2","description":"Tests","subtask":true},"bad":{"description":"x"}}}',
    });
    expect(imported.layers.skills?.skills.map(({ name, header, body }) => [name, header, body])).toEqual([
      [
        "git-fix",
        { name: "git-fix", description: "Fix", agent: "build", model: "a/b" },
        "Fix $ARGUMENTS[0]: !`git log`; $ARGUMENTS\n",
      ],
      ["plain", { name: "plain", description: "Write it." }, "Write it.\n"],
      ["test-all", { name: "test-all", description: "Tests", subtask: true }, "Run $ARGUMENTS[1]"],
    ]);
    expect(left(imported)).toEqual(["opencode.json: command.bad: has no template that can be carried"]);
    expect(findings(imported, "import-changed")).toContainEqual(expect.stringContaining("is run by opencode"));
  });
  it("takes a command for what it is when stax made it of a skill, and for a command when somebody changed it", async () => {
    const layers = await parseLayers({
      skills: { "fix/SKILL.md": "---\nname: fix\ndescription: d\n---\nFix $ARGUMENTS[0].\n" },
    });
    const texts = await textsOf(filesWritten(adapter, layers));
    expect(Object.keys(texts)).toEqual([".agents/skills/fix/SKILL.md", ".opencode/commands/fix.md"]);
    const same = await read(texts);
    expect(same.diagnostics).toEqual([]);
    expect(same.layers.skills?.skills).toHaveLength(1);
    const edited = await read({ ...texts, ".opencode/commands/fix.md": "Fix it otherwise.\n" });
    expect(edited.layers.skills?.skills.map(({ body }) => body)).toEqual(["Fix $ARGUMENTS[0].\n"]);
    expect(findings(edited, "import-duplicate")).toEqual([expect.stringContaining('skills "fix": is there twice')]);
  });
  it("reads CLAUDE.md only where there is no AGENTS.md", async () => {
    const alone = await read({ "CLAUDE.md": "C\n", "api/CLAUDE.md": "Api\n", "web/AGENTS.md": "Web\n" });
    expect(alone.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["C\n"]);
    expect(alone.layers.instructionTree?.instructions.map(({ scope, text }) => [scope, text])).toEqual([
      ["api", "Api\n"],
      ["web", "Web\n"],
    ]);
    const both = await read({ "CLAUDE.md": "C\n", "AGENTS.md": "A\n", "api/CLAUDE.md": "Api\n" });
    expect(both.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["A\n"]);
    expect(both.layers.instructionTree).toBeUndefined();
    const user = await read({ ".claude/CLAUDE.md": "C\n" }, "user");
    expect(user.layers.surfaces?.surfaces.map(({ text }) => text)).toEqual(["C\n"]);
  });
  it("reports every file of .opencode that it does not read", async () => {
    const imported = await read({
      ".opencode/plugin/x.ts": "export {}",
      ".opencode/tools/y.ts": "export {}",
      ".opencode/themes/z.json": "{}",
      ".opencode/AGENTS.md": "not read by opencode\n",
      ".opencode/package.json": "{}",
      ".opencode/node_modules/a/index.js": "x",
    });
    expect(imported.layers).toEqual({});
    expect(new Set(Object.values(imported.outcomes))).toEqual(new Set(["left"]));
    expect(left(imported).slice(0, 1)).toEqual([
      ".opencode/plugin/x.ts: is code that opencode runs; an artifact carries none",
    ]);
  });
});

// Text that neither stax nor opencode takes for a reference.
const text = fc.string({ unit: "grapheme", maxLength: 40 }).filter((value) => !/[${]|\p{Surrogate}/u.test(value));
const nonEmpty = text.filter((value) => value.trim() !== "");
const body = fc
  .array(fc.constantFrom("---", '"""', "}}", "a: b", "\\", "# x", "\u0007", "$ARGUMENTS[1]", "é", "\t", "\r", "`x`"), {
    minLength: 1,
    maxLength: 6,
  })
  .map((lines) => `x\n${lines.join("\n")}\n`);
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]x$/);
const variable = fc.stringMatching(/^V[A-Z0-9_]{0,8}$/);
const map = fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,6}x$/), text, { maxKeys: 3, noNullPrototype: true });
const tools = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 3 });
const server = fc.oneof(
  fc.record({
    command: nonEmpty,
    args: fc.array(text, { maxLength: 3 }),
    env: map,
    disabledTools: tools,
    secrets: fc.uniqueArray(variable, { maxLength: 2 }),
  }),
  fc.record({ headers: map, secret: variable }).map(({ headers, secret }) => ({
    url: `https://h.example/mcp?x=\${${secret}}`,
    transport: "http",
    headers: { ...headers, authorization: `Bearer \${${secret}}` },
    secrets: [secret],
  })),
);
const dictionary = <T>(values: fc.Arbitrary<T>) => fc.dictionary(name, values, { maxKeys: 3, noNullPrototype: true });
const action = fc.constantFrom("allow", "ask", "deny");
const optionsLike = fc.record(
  {
    model: fc.constant("a/b"),
    permission: fc.oneof(action, dictionary(fc.oneof(action, dictionary(action)))),
    config: fc.record({ username: text, watcher: fc.record({ ignore: fc.array(text, { maxLength: 2 }) }) }),
  },
  { requiredKeys: [] },
);
const sourcesLike = fc
  .record({
    servers: dictionary(server),
    agents: dictionary(fc.record({ description: nonEmpty, instructions: body })),
    skills: dictionary(fc.record({ description: nonEmpty, body })),
    instructions: body,
  })
  .map(({ servers, agents, skills, instructions }) => ({
    surfaces: { "instructions.md": instructions },
    instructionTree: { "a b/c/instructions.md": instructions, "_root/instructions.md": "R\n" },
    skills: Object.fromEntries(
      Object.entries(skills).map(([skill, { description, body: rest }]) => [
        `${skill}/SKILL.md`,
        `---\n${JSON.stringify({ name: skill, description })}\n---\n${rest}`,
      ]),
    ),
    mcp: servers,
    secrets: [...new Set(Object.values(servers).flatMap(({ secrets }) => secrets))],
    ...(Object.keys(agents).length > 0 && { subagents: agents }),
  }));

describe("laws", () => {
  it("what is rendered, read and rendered again is the same, byte for byte, whatever layers and options hold", async () => {
    await fc.assert(
      fc.asyncProperty(sourcesLike, optionsLike, async (sources, given) => {
        const options = { ...given, writeAgents: true } as Options; // made after the schema
        const first = filesWritten(adapter, await parseLayers(sources), opencode(options));
        const imported = await readRuntime(adapter, first);
        expect(left(imported)).toEqual([]);
        const again = filesWritten(adapter, imported.layers, opencode({ ...optionsOf(imported), writeAgents: true }));
        expect(await textsOf(again)).toEqual(await textsOf(first));
      }),
      { numRuns: 60 },
    );
  });
  it("servers, subagents and options come back as they were", async () => {
    const layers = await parseLayers({
      mcp: {
        local: {
          command: "x",
          args: ["a b"],
          env: { A: "1" },
          cwd: "t",
          secrets: ["T"],
          connectTimeoutMs: 1500,
          disabledTools: ["rm", "mv"],
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
      subagents: { reviewer: { description: 'Reviews "all": x', instructions: "# R\r\n\r\n---\nx", model: "a/m" } },
    });
    const options = {
      model: "a/b",
      agent: { build: { temperature: 0.5, permission: { edit: "deny" } } },
      permission: { edit: "ask", bash: { "*": "ask", "git log *": "allow" } },
      writeAgents: true,
      config: { small_model: "a/s", plugin: ["x"] },
    } as const;
    const tree = filesWritten(adapter, layers, opencode(options as Options));
    const imported = await readRuntime(adapter, tree);
    expect(imported.layers).toEqual(layers);
    expect(JSON.stringify(Object.entries(imported.options).sort())).toBe(
      JSON.stringify(Object.entries(options).sort()),
    );
  });
});

describe("hostile files end in a finding", () => {
  it.each<[string, string | Uint8Array]>([
    ["deep arrays", `{"x":${"[".repeat(20000)}${"]".repeat(20000)}}`],
    ["a key twice", '{"model":"a/b","model":"a/c"}'],
    ["__proto__", '{"__proto__":{"polluted":true},"mcp":{"__proto__":{"type":"local","command":["x"]}}}'],
    ["NUL and invalid UTF-8", new Uint8Array([0, 255, 254, 10])],
    ["servers that are none", '{"mcp":"x"}'],
    [
      "more instructions than anybody reads",
      JSON.stringify({ instructions: Array.from({ length: 5000 }, (_, index) => `${index}/**/*.md`) }),
    ],
    [
      "entries of the wrong kind",
      '{"mcp":{"x":3,"y":{"type":"local","command":"z"}},"agent":[1],"command":4,"instructions":5,"permission":7}',
    ],
  ])("%s", async (_, content) => {
    const imported = await read({ "opencode.json": content });
    expect(imported.diagnostics.length).toBeGreaterThan(0);
    expect(imported.layers).toEqual({});
    expect(Object.prototype).not.toHaveProperty("polluted");
  });
  it("front matter that would grow without end", async () => {
    const bomb = `a: &a [x]\n${Array.from({ length: 30 }, (_, index) => `b${index}: &b${index} [*${index === 0 ? "a" : `b${index - 1}`}, *${index === 0 ? "a" : `b${index - 1}`}]`).join("\n")}`;
    const imported = await read({
      ".opencode/agent/bomb.md": `---\ndescription: d\nmode: subagent\n${bomb}\n---\nx\n`,
    });
    expect(imported.diagnostics.length).toBeGreaterThan(0);
    expect(JSON.stringify(imported.options).length).toBeLessThan(10_000);
  });
});
