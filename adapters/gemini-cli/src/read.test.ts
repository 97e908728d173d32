import { filesWritten, importFiles, importTree, parseLayers, textsOf } from "@stax/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adapter, geminiCli } from "./index.ts";

const read = (files: Readonly<Record<string, string | Uint8Array>>, scope?: "user") =>
  importFiles(adapter, files, scope);
const json = (value: unknown) => JSON.stringify(value);
const settings = (value: object, more: Readonly<Record<string, string>> = {}) =>
  read({ ".gemini/settings.json": json(value), ...more });
const subjects = (said: readonly string[]) => said.map((text) => text.split(": ")[1]);

describe("GEMINI.md", () => {
  it("is the instructions surface, and of directories the instruction tree; AGENTS.md is not read", async () => {
    const { layers, outcomes, said } = await read({
      "GEMINI.md": "Root\r\n",
      "api/GEMINI.md": "API\n",
      "AGENTS.md": "A\n",
    });
    expect(layers.surfaces?.surfaces[0]?.text).toBe("Root\r\n");
    expect(layers.instructionTree?.instructions.map(({ scope, text }) => [scope, text])).toEqual([["api", "API\n"]]);
    expect(outcomes).toEqual({ "GEMINI.md": "carried", "api/GEMINI.md": "carried" });
    expect(said).toEqual([]);
  });
  it("imports AGENTS.md, and reports what else it imports", async () => {
    const { layers, said } = await read({
      "GEMINI.md": "@./AGENTS.md\n\n@./docs/style.md\n",
      "AGENTS.md": "Shared.\n",
    });
    expect(layers.surfaces?.surfaces[0]?.text).toBe("Shared.\n\n@./docs/style.md\n");
    expect(said.join()).toContain("@./docs/style.md");
  });
  it("has AGENTS.md beside it where context.fileName says so, and the option goes with it", async () => {
    const files = { "GEMINI.md": "G\n", "AGENTS.md": "A\n", "api/AGENTS.md": "API\n" };
    const { layers, options } = await settings(
      { context: { fileName: ["AGENTS.md", "GEMINI.md"], discoveryMaxDirs: 9 } },
      files,
    );
    expect(layers.surfaces?.surfaces[0]?.text).toBe("G\n\nA\n");
    expect(layers.instructionTree?.instructions.map(({ scope }) => scope)).toEqual(["api"]);
    expect(options).toEqual({ config: { context: { discoveryMaxDirs: 9 } } });
    const alone = await settings({ context: { fileName: "AGENTS.md" } }, { "AGENTS.md": "A\n" });
    expect(alone.layers.surfaces?.surfaces[0]?.text).toBe("A\n");
    expect(alone.options).toEqual({});
  });
  it("of a user lies in .gemini", async () => {
    const { layers } = await read({ ".gemini/GEMINI.md": "Me\n", "GEMINI.md": "not mine\n" }, "user");
    expect(layers.surfaces?.surfaces[0]?.text).toBe("Me\n");
  });
});

describe(".gemini/settings.json", () => {
  it("reads servers in every form: command, url with and without type, httpUrl; $NAME and ${NAME:-default}", async () => {
    const { layers, said } = await settings({
      mcpServers: {
        local: {
          command: "npx",
          args: ["-y", "x"],
          env: { TOKEN: "$TOKEN", A: "${B:-c}" },
          cwd: "d",
          timeout: 9,
          includeTools: ["a"],
          excludeTools: [],
        },
        old: { httpUrl: "https://h.example/mcp", headers: { Authorization: "Bearer $KEY" }, trust: false },
        typed: { url: "https://t.example/mcp", type: "http" },
        untyped: { url: "https://u.example/sse" },
        none: { oauth: {} },
      },
    });
    expect(layers.mcp?.servers).toEqual({
      local: {
        command: "npx",
        args: ["-y", "x"],
        env: { TOKEN: "${TOKEN}", A: "${B}" },
        cwd: "d",
        enabledTools: ["a"],
        secrets: ["TOKEN", "B"],
        enabled: true,
      },
      old: {
        url: "https://h.example/mcp",
        transport: "http",
        headers: { Authorization: "Bearer ${KEY}" },
        secrets: ["KEY"],
        enabled: true,
      },
      typed: { url: "https://t.example/mcp", transport: "http", enabled: true },
      untyped: { url: "https://u.example/sse", transport: "sse", enabled: true },
    });
    expect(subjects(said)).toEqual([
      "mcpServers.local",
      "mcpServers.local.timeout",
      "mcpServers.untyped.type",
      "mcpServers.none",
    ]);
  });
  it("O8 that a server is trusted is an option; excluded servers are switched off", async () => {
    const { layers, options } = await settings({
      mcpServers: { a: { command: "a", trust: true }, b: { command: "b" } },
      mcp: { excluded: ["b"] },
    });
    expect(options).toEqual({ config: { mcpServers: { a: { trust: true } } } });
    expect(layers.mcp?.servers).toMatchObject({ a: { enabled: true }, b: { enabled: false } });
  });
  it("reads model, parameters and sandbox into their options, and keeps what else is in those groups", async () => {
    const { options, said } = await settings({
      model: { name: "gemini-3-pro", maxSessionTurns: 9 },
      modelConfigs: {
        customOverrides: [
          { match: { model: "gemini-3-pro" }, modelConfig: { generateContentConfig: { temperature: 0.2, topP: 0.5 } } },
        ],
      },
      tools: { sandbox: "docker", core: ["a"] },
      ui: { theme: "Ayu" },
    });
    expect(options).toEqual({
      model: "gemini-3-pro",
      modelParams: { temperature: 0.2, top_p: 0.5 },
      sandbox: "docker",
      config: { model: { maxSessionTurns: 9 }, tools: { core: ["a"] }, ui: { theme: "Ayu" } },
    });
    expect(said).toEqual([]);
    const again = await importTree(adapter, filesWritten(adapter, {}, geminiCli(options as object)));
    expect(again.options).toEqual(options);
  });
  it("keeps overrides that say more than parameters, and reads the older form of the model", async () => {
    const modelConfigs = { customOverrides: [{ match: { model: "x" }, modelConfig: { thinking: 1 } }] };
    const { options, said } = await settings({ model: "gemini-2.5-pro", modelConfigs });
    expect(options).toEqual({ model: "gemini-2.5-pro", config: { modelConfigs } });
    expect(subjects(said)).toEqual(["model"]);
  });
  it("carries no credential", async () => {
    const imported = await settings({
      mcpServers: {
        a: { httpUrl: "https://x.example/mcp?apiKey=hunter2hunter2", headers: { "X-Goog-Api-Key": "abc-def" } },
      },
      security: { auth: { apiKey: "also-secret" } },
      telemetry: { otlpEndpoint: "https://u:p4ss@otel.example" },
    });
    const all = json([imported.layers, imported.options, imported.diagnostics]);
    for (const secret of ["hunter2", "abc-def", "also-secret", "p4ss"]) expect(all).not.toContain(secret);
    expect(imported.layers.mcp?.servers).toMatchObject({
      a: { url: "https://x.example/mcp?apiKey=${A_APIKEY}", headers: { "X-Goog-Api-Key": "${A_X_GOOG_API_KEY}" } },
    });
  });
});

describe(".gemini/agents, skills and commands", () => {
  it("reads agents; those that run elsewhere and files without a name stay", async () => {
    const { layers, outcomes, said } = await read({
      ".gemini/agents/a.md":
        "---\nname: my_agent\ndescription: Does\nkind: local\ntools: [read_file]\nmax_turns: 3\n---\nGo.\n",
      ".gemini/agents/far.md": "---\nkind: remote\nname: far\nagent_card_url: https://x\n---\n",
      ".gemini/agents/README.md": "# Agents\n",
    });
    expect(layers.subagents?.agents).toEqual({ "my-agent": { description: "Does", instructions: "Go.\n" } });
    expect(outcomes).toEqual({
      ".gemini/agents/README.md": "left",
      ".gemini/agents/a.md": "translated",
      ".gemini/agents/far.md": "left",
    });
    expect(said).toHaveLength(5);
  });
  it("reads skills of both directories; of two with one name that of .agents counts", async () => {
    const skill = (name: string, body: string) => `---\nname: ${name}\ndescription: d\n---\n${body}\n`;
    const { layers, said } = await read({
      ".agents/skills/aa/SKILL.md": skill("aa", "alias"),
      ".gemini/skills/aa/SKILL.md": skill("aa", "own"),
      ".gemini/skills/bb/SKILL.md": skill("bb", "own"),
      ".gemini/skills/bb/x.txt": "x",
    });
    expect(layers.skills?.skills.map(({ name, body }) => [name, body]).sort()).toEqual([
      ["aa", "alias\n"],
      ["bb", "own\n"],
    ]);
    expect(said).toEqual(['import-duplicate : Gemini CLI: skills "aa": is there twice, and the first is kept']);
  });
  it("makes skills of commands", async () => {
    const { layers, outcomes, said } = await read({
      ".gemini/commands/git/commit.toml":
        'description = "Commit: now"\nprompt = """\nCommit {{args}} after !{git diff}.\n"""\n',
      ".gemini/commands/broken.toml": "prompt = ",
      ".gemini/commands/empty.toml": 'description = "x"\n',
    });
    expect(layers.skills?.skills.map(({ name, header, body }) => [name, header.description, body])).toEqual([
      ["git-commit", "Commit: now", "Commit $ARGUMENTS after !{git diff}.\n"],
    ]);
    expect(outcomes).toMatchObject({ ".gemini/commands/broken.toml": "left", ".gemini/commands/empty.toml": "left" });
    expect(said).toHaveLength(4);
  });
  it("reports what else lies in .gemini", async () => {
    const { outcomes, layers } = await read({
      ".gemini/extensions/x/gemini-extension.json": "{}",
      ".gemini/policies/a.toml": "",
      ".gemini/.env": "KEY=x",
      ".gemini/system.md": "x",
    });
    expect(layers).toEqual({});
    expect(Object.values(outcomes)).toEqual(["left", "left", "left", "left"]);
  });
});

describe("laws", () => {
  const line = fc.string({ unit: "grapheme", maxLength: 30 }).map((text) => text.replace(/[\r\n\u2028\u2029]/g, " "));
  const text = fc.oneof(line, fc.constantFrom('a: b "c" # d', "---", "}}", "\\", "# h")).map((one) => `${one}\n`);
  const sources = fc.record({
    instructions: text.filter((one) => one.trim() !== "" && !one.includes("@")),
    nested: text,
    agent: fc.record({ description: line.filter((one) => one.trim() !== ""), instructions: text }),
    args: fc.array(
      line.filter((one) => !/[$={:@]/.test(one) && one !== ""),
      { minLength: 1, maxLength: 4 },
    ),
  });
  it("render ∘ read ∘ render = render, and reading gives back documents, subagents and servers", async () => {
    await fc.assert(
      fc.asyncProperty(sources, async ({ instructions, nested, agent, args }) => {
        const layers = await parseLayers({
          surfaces: { "instructions.md": instructions },
          instructionTree: { "a b/instructions.md": nested },
          subagents: { agent },
          mcp: { s: { command: "run", args, cwd: "d", enabledTools: ["x"] } },
        });
        const first = filesWritten(adapter, layers);
        const back = await importTree(adapter, first);
        expect(await textsOf(filesWritten(adapter, back.layers, geminiCli(back.options as object)))).toEqual(
          await textsOf(first),
        );
        expect(back.layers.subagents).toEqual(layers.subagents);
        expect(back.layers.mcp).toEqual(layers.mcp);
        expect(back.layers.instructionTree?.instructions.map(({ scope, text: body }) => [scope, body])).toEqual([
          ["a b", nested],
        ]);
      }),
      { numRuns: 60 },
    );
  });
});
