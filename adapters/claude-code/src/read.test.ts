import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { compose, render } from "@stax/materialize";
import { type FileEntry, fileEntry, readEntry } from "@stax/schema";
import { filesWritten, importFiles, importTree, parseLayers, textsOf } from "@stax/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adapter, claudeCode } from "./index.ts";

const read = (files: Readonly<Record<string, string | Uint8Array>>, scope?: "user") =>
  importFiles(adapter, files, scope);
const json = (value: unknown) => JSON.stringify(value);

describe("CLAUDE.md", () => {
  const surface = async (files: Readonly<Record<string, string>>) => {
    const { layers } = await read(files);
    return layers.surfaces?.surfaces.map(({ name, text }) => [name, text]);
  };
  it("is the instructions surface, byte for byte", async () => {
    expect(await surface({ "CLAUDE.md": "\ufeff# A\r\n\r\nB" })).toEqual([["instructions", "\ufeff# A\r\n\r\nB"]]);
  });
  it("comes before .claude/CLAUDE.md, since both load", async () => {
    const imported = await read({ "CLAUDE.md": "Root.\n\n", ".claude/CLAUDE.md": "Hidden.\n" });
    expect(imported.layers.surfaces?.surfaces[0]?.text).toBe("Root.\n\nHidden.\n");
    expect(imported.said).toEqual(["import-changed .claude/CLAUDE.md: stands below the text of CLAUDE.md now"]);
    expect(imported.options).toEqual({});
  });
  it("keeps its place where only .claude/CLAUDE.md is there", async () => {
    const imported = await read({ ".claude/CLAUDE.md": "Hidden.\n" });
    expect(imported.options).toEqual({ instructionsFile: ".claude/CLAUDE.md" });
  });
  it("speaks with the text of AGENTS.md where it includes that alone", async () => {
    const imported = await read({ "CLAUDE.md": "@AGENTS.md\n", "AGENTS.md": "Shared.\r\n" });
    expect(imported.layers.surfaces?.surfaces[0]?.text).toBe("Shared.\r\n");
    expect(imported.outcomes).toEqual({ "AGENTS.md": "carried", "CLAUDE.md": "carried" });
  });
  it("puts AGENTS.md in the line that includes it, and below where a sentence does", async () => {
    expect(await surface({ "CLAUDE.md": "A\n@./AGENTS.md\nB\n", "AGENTS.md": "Shared.\n" })).toEqual([
      ["instructions", "A\nShared.\nB\n"],
    ]);
    expect(await surface({ "CLAUDE.md": "See @AGENTS.md.\n", "AGENTS.md": "Shared.\n" })).toEqual([
      ["instructions", "See AGENTS.md.\n\nShared.\n"],
    ]);
  });
  it("includes nothing from code, and no longer name", async () => {
    const text = "`@AGENTS.md` and @AGENTS.mdx\n```\n@AGENTS.md\n```\n";
    expect(await surface({ "CLAUDE.md": text, "AGENTS.md": "Shared.\n" })).toEqual([["instructions", text]]);
  });
  it("says which other files it imports, and takes people and packages for none", async () => {
    const { said } = await read({
      "CLAUDE.md":
        "See @README.md, @docs/go.md and @~/.claude/mine.md.\nAsk @alice; use @types/node, not a@b.md.\n`@code.md`\n",
    });
    expect(said.map((text) => text.split(":")[1]?.trim())).toEqual(["@README.md", "@docs/go.md", "@~/.claude/mine.md"]);
  });
  it("is AGENTS.md where the repository has none, with those of directories and of .claude", async () => {
    const { layers, said } = await read({
      "AGENTS.md": "Root.\n",
      ".claude/AGENTS.md": "More.\n",
      "api/AGENTS.md": "API.\n",
    });
    expect(layers.surfaces?.surfaces[0]?.text).toContain("Root.");
    expect(layers.surfaces?.surfaces[0]?.text).toContain("More.");
    expect(layers.instructionTree?.instructions.map(({ scope, text }) => [scope, text])).toEqual([["api", "API.\n"]]);
    expect(said.filter((text) => text.startsWith("import-left"))).toEqual([]);
  });
  it("leaves AGENTS.md alone where there is one, as Claude Code does", async () => {
    const { layers, outcomes } = await read({ "CLAUDE.md": "C\n", "AGENTS.md": "A\n", "api/AGENTS.md": "API\n" });
    expect(layers.instructionTree).toBeUndefined();
    expect(outcomes).toEqual({ "CLAUDE.md": "carried" });
  });
  it("reads no AGENTS.md below a home directory", async () => {
    const { layers, outcomes } = await read(
      { ".claude/CLAUDE.md": "Me\n", "AGENTS.md": "x", "work/AGENTS.md": "y" },
      "user",
    );
    expect(layers.surfaces?.surfaces[0]?.text).toBe("Me\n");
    expect(outcomes).toEqual({ ".claude/CLAUDE.md": "carried" });
  });
  it("of directories makes the instruction tree; those of tools' directories are left", async () => {
    const { layers, said, outcomes } = await read({
      "CLAUDE.md": "Root\n",
      "api/CLAUDE.md": "API\n",
      ".github/CLAUDE.md": "CI\n",
      "_root/CLAUDE.md": "odd\n",
    });
    expect(layers.instructionTree?.instructions.map(({ scope }) => scope)).toEqual(["api"]);
    expect(outcomes).toMatchObject({
      ".github/CLAUDE.md": "left",
      "_root/CLAUDE.md": "left",
      "api/CLAUDE.md": "carried",
    });
    expect(said).toHaveLength(2);
  });
  it("that is no UTF-8 is carried as far as it can be read", async () => {
    const { layers, said } = await read({ "CLAUDE.md": Uint8Array.from([0x41, 0xff, 0x0a]) });
    expect(layers.surfaces?.surfaces[0]?.text).toBe("A\ufffd\n");
    expect(said.join()).toContain("no valid UTF-8");
  });
});

describe(".claude/rules", () => {
  const rules = async (files: Readonly<Record<string, string>>) => {
    const { layers, said } = await read(files);
    return {
      said,
      rules: Object.fromEntries(
        (layers.rules?.rules ?? []).map(({ id, scope, globs, body }) => [id, [scope, globs, body] as const]),
      ),
    };
  };
  it("S08-01 are read by `paths`: a list or a string with commas; without it, or with none, always", async () => {
    const found = await rules({
      ".claude/rules/plain.md": "Be kind.\n",
      ".claude/rules/go/list.md": '---\npaths: ["**/*.go", "cmd/**"]\n---\nGo.\n',
      ".claude/rules/comma.md": "---\npaths: src/**/*.{ts,tsx}, test/**\n---\nTS.\n",
      ".claude/rules/empty.md": "---\npaths: []\n---\nEmpty.\n",
      ".claude/rules/number.md": "---\npaths: 7\n---\nNumber.\n",
    });
    expect(found.rules).toEqual({
      "plain.md": ["always", [], "Be kind.\n"],
      "go/list.md": ["glob", ["**/*.go", "cmd/**"], "Go.\n"],
      "comma.md": ["glob", ["src/**/*.{ts,tsx}", "test/**"], "TS.\n"],
      "empty.md": ["always", [], "Empty.\n"],
      "number.md": ["always", [], "Number.\n"],
    });
    expect(found.said).toEqual([]);
  });
  it("are always on with Cursor's `globs`, which Claude Code ignores, and say so", async () => {
    const found = await rules({ ".claude/rules/a.md": "---\nglobs: src/**\nalwaysApply: false\n---\nA.\n" });
    expect(found.rules["a.md"]?.[0]).toBe("always");
    expect(found.said.map((text) => text.split(": ")[1])).toEqual(["globs", "alwaysApply"]);
  });
  it("O11 are carried where their front matter is no YAML, which Claude Code does not load", async () => {
    const found = await rules({ ".claude/rules/a.md": "---\npaths: **/*.go\ndescription: a: b\n---\nA.\n" });
    expect(found.rules["a.md"]).toEqual(["glob", ["**/*.go"], "A.\n"]);
    expect(found.said.join()).toContain("no valid YAML");
  });
  it("of directories are for what lies there", async () => {
    const found = await rules({
      "api/.claude/rules/always.md": "A.\n",
      "api/.claude/rules/go/glob.md": "---\npaths: [/cmd/**, api/x/**]\n---\nG.\n",
      ".claude/worktrees/w/.claude/rules/copy.md": "no\n",
    });
    expect(found.rules).toEqual({
      "api/always.md": ["glob", ["api/**"], "A.\n"],
      "api/go/glob.md": ["glob", ["api/cmd/**", "api/x/**"], "G.\n"],
    });
    const { outcomes } = await read({
      "api/.claude/skills/aa/SKILL.md": "---\nname: aa\ndescription: d\n---\n",
      "api/.claude/skills/aa/x.txt": "",
    });
    expect(Object.values(outcomes)).toEqual(["left", "left"]);
  });
  it("reports what is no Markdown", async () => {
    const { outcomes } = await read({ ".claude/rules/notes.txt": "x" });
    expect(outcomes).toEqual({ ".claude/rules/notes.txt": "left" });
  });
});

describe(".claude/agents", () => {
  it("are subagents, at any depth; fields that others have no place for are named", async () => {
    const { layers, said } = await read({
      ".claude/agents/review/go.md":
        "---\nname: Go Reviewer\ndescription: Reviews Go\ntools: Read, Grep\ncolor: blue\nmodel: opus\n---\nRead it.\n",
    });
    expect(layers.subagents?.agents).toEqual({
      "go-reviewer": { description: "Reviews Go", instructions: "Read it.\n", model: "opus" },
    });
    expect(said.map((text) => text.split(": ")[1])).toEqual(["tools", "color", "the subagent is named go-reviewer"]);
  });
  it("are none without a name, and are carried without a description", async () => {
    const { layers, outcomes, said } = await read({
      ".claude/agents/README.md": "# Our agents\n",
      ".claude/agents/x.md": "---\nname: x\n---\n\n# Does x\n",
    });
    expect(layers.subagents?.agents).toEqual({ x: { description: "Does x", instructions: "\n# Does x\n" } });
    expect(outcomes).toEqual({ ".claude/agents/README.md": "left", ".claude/agents/x.md": "translated" });
    expect(said).toHaveLength(2);
  });
});

describe(".claude/skills and .claude/commands", () => {
  it("carries skills byte for byte, with what lies beside SKILL.md", async () => {
    const files = {
      ".claude/skills/fix/SKILL.md": "---\nname: fix\ndescription: Fix it\n---\nGo.\r\n",
      ".claude/skills/fix/scripts/run.sh": "#!/bin/sh\n",
    };
    const { layers, said } = await read(files);
    expect(await textsOf(layers.skills?.skills[0]?.tree ?? [])).toEqual({
      "SKILL.md": files[".claude/skills/fix/SKILL.md"],
      "scripts/run.sh": "#!/bin/sh\n",
    });
    expect(layers.skills?.skills[0]?.tree.map(({ executable }) => executable)).toEqual([false, true]);
    expect(said).toEqual([]);
  });
  it("makes skills of commands; a skill of the same name stays", async () => {
    const { layers, said } = await read({
      ".claude/commands/git/commit.md":
        "---\ndescription: Commit\nallowed-tools: Bash(git add:*), Bash(git commit:*)\nargument-hint: [message]\n---\nCommit $ARGUMENTS\n",
      ".claude/commands/fix.md": "Fix as a command.\n",
      ".claude/skills/fix/SKILL.md": "---\nname: fix\ndescription: Fix it\n---\nAs a skill.\n",
    });
    const skills = Object.fromEntries((layers.skills?.skills ?? []).map((skill) => [skill.name, skill]));
    expect(Object.keys(skills).sort()).toEqual(["fix", "git-commit"]);
    expect(skills.fix?.body).toBe("As a skill.\n");
    expect(skills["git-commit"]?.header).toMatchObject({
      description: "Commit",
      "allowed-tools": "Bash(git add:*), Bash(git commit:*)",
    });
    expect(said.join()).toContain('skills "fix": is there twice');
  });
});

describe(".mcp.json", () => {
  it("reads servers as people write them: comments, references, a url without a type", async () => {
    const { layers, said } = await read({
      ".mcp.json": `{ // ours
  "mcpServers": {
    "github": { "command": "npx", "args": ["-y", "server-github"], "env": { "GITHUB_TOKEN": "\${GITHUB_TOKEN}", "LOG": "\${LEVEL:-info}" }, "timeout": 5000 },
    "docs": { "url": "https://docs.example.com/mcp", "headers": { "Authorization": "Bearer \${DOCS}" } },
    "old": { "type": "sse", "url": "https://old.example.com/sse" },
    "socket": { "type": "ws", "url": "wss://x.example.com" },
  },
}`,
    });
    expect(layers.mcp?.servers).toMatchObject({
      github: { command: "npx", args: ["-y", "server-github"], secrets: ["GITHUB_TOKEN", "LEVEL"], enabled: true },
      docs: { url: "https://docs.example.com/mcp", transport: "http", headers: { Authorization: "Bearer ${DOCS}" } },
      old: { transport: "sse" },
    });
    expect(layers.secrets?.secrets.map(({ key }) => key)).toEqual(["DOCS", "GITHUB_TOKEN", "LEVEL"]);
    expect(said.map((text) => text.split(": ")[1])).toEqual([
      "mcpServers.github",
      "mcpServers.github.timeout",
      "mcpServers.socket",
    ]);
  });
  it("leaves a server whose command refers to a variable, since none may stand there", async () => {
    const { layers, said } = await read({
      ".mcp.json": json({ mcpServers: { a: { command: "${CLAUDE_PLUGIN_ROOT}/run" } } }),
    });
    expect(layers).toEqual({});
    expect(said).toHaveLength(1);
  });
  it("reads the servers of a user out of the state file, and says nothing of the state", async () => {
    const { layers, said, outcomes } = await read(
      { ".claude.json": json({ mcpServers: { a: { command: "a" } }, oauthAccount: { token: "t" }, projects: {} }) },
      "user",
    );
    expect(layers.mcp?.servers).toEqual({ a: { command: "a", enabled: true } });
    expect(said).toEqual([]);
    expect(outcomes).toEqual({ ".claude.json": "carried" });
  });
});

describe(".claude/settings.json", () => {
  const settings = (value: object) => read({ ".claude/settings.json": json(value) });
  it("becomes options, permissions that are no allow, deny or ask rules among the settings", async () => {
    const { options, said, outcomes } = await settings({
      $schema: "https://json.schemastore.org/claude-code-settings.json",
      model: "opus",
      permissions: { allow: ["Read", "Bash(git log:*)"], deny: ["Read(./.env)"], ask: [], defaultMode: "acceptEdits" },
      hooks: { Stop: [{ hooks: [{ type: "command", command: "say done" }] }] },
      includeCoAuthoredBy: false,
    });
    expect(options).toEqual({
      model: "opus",
      permissions: { allowedTools: ["Read", "Bash(git log:*)"], denyRules: ["Read(./.env)"], askRules: [] },
      settings: {
        permissions: { defaultMode: "acceptEdits" },
        hooks: { Stop: [{ hooks: [{ type: "command", command: "say done" }] }] },
        includeCoAuthoredBy: false,
      },
    });
    expect(said).toEqual([]);
    expect(outcomes).toEqual({ ".claude/settings.json": "carried" });
    expect(() => claudeCode(options as Parameters<typeof claudeCode>[0])).not.toThrow();
  });
  it("names the variables of env, and tells no value", async () => {
    const { options, said } = await settings({ env: { API_BASE: "https://internal", TOKEN_X: "hunter2-hunter2" } });
    expect(options).toEqual({});
    expect(said).toEqual([
      "import-left .claude/settings.json: env: sets variables of every session, which may be secrets (API_BASE, TOKEN_X)",
    ]);
  });
  it("carries no credential, wherever it stands", async () => {
    const token = `ghp_${"a1B2".repeat(9)}`;
    const imported = await settings({
      permissions: {
        allow: [`Bash(GITHUB_TOKEN=${token} gh pr list)`, "Bash(curl -H 'Authorization: Bearer abc123def456')", "Read"],
      },
      hooks: { Stop: [{ hooks: [{ type: "command", command: `curl https://u:p4ssw0rd@example.com` }] }] },
      pluginConfigs: { x: { options: { apiKey: "plain-but-named", nested: [token] } } },
      mcpServers: { a: { env: { T: token } } },
    });
    const everything = JSON.stringify([imported.options, imported.said, imported.diagnostics, imported.layers]);
    for (const secret of [token, "abc123def456", "p4ssw0rd", "plain-but-named"])
      expect(everything).not.toContain(secret);
    expect(imported.options).toMatchObject({ permissions: { allowedTools: ["Read"] } });
    expect(imported.said.length).toBeGreaterThanOrEqual(6);
  });
  it("S06-12 servers that are switched off there are switched off themselves", async () => {
    const { layers, options, said } = await read({
      ".mcp.json": json({ mcpServers: { a: { command: "a" }, b: { command: "b" } } }),
      ".claude/settings.json": json({ disabledMcpjsonServers: ["b", "gone"] }),
    });
    expect(layers.mcp?.servers).toMatchObject({ a: { enabled: true }, b: { enabled: false } });
    expect(options).toEqual({});
    expect(said).toEqual(["import-left : Claude Code: gone: is switched off, and is no server here"]);
  });
  it("that cannot be read is left, with the line", async () => {
    const { said, outcomes } = await read({ ".claude/settings.json": '{\n"model": opus }' });
    expect(said).toEqual(["import-left .claude/settings.json: is no valid JSON: InvalidSymbol in line 2"]);
    expect(outcomes).toEqual({ ".claude/settings.json": "left" });
  });
});

describe("what is nobody else's", () => {
  it("is reported by file, and by directory where it is state", async () => {
    const { said, outcomes, layers } = await read({
      "CLAUDE.local.md": "mine",
      "api/CLAUDE.local.md": "mine",
      ".claude/settings.local.json": json({ permissions: { allow: ["Bash(secret)"] } }),
      ".claude/output-styles/terse.md": "---\nname: Terse\n---\nShort.\n",
      ".claude/hooks/stop.sh": "exit 0\n",
      ".claude/worktrees/a/CLAUDE.md": "copy",
      ".claude/worktrees/a/README.md": "copy",
      ".claude/strange.bin": "x",
      "README.md": "not ours",
    });
    expect(layers).toEqual({});
    expect(new Set(Object.values(outcomes))).toEqual(new Set(["left"]));
    expect(Object.keys(outcomes)).not.toContain("README.md");
    expect(said.filter((text) => text.includes("worktrees") && text.includes("state"))).toHaveLength(1);
  });
});

describe("laws", () => {
  const line = fc.string({ unit: "grapheme", maxLength: 30 }).map((text) => text.replace(/[\r\n\u2028\u2029]/g, " "));
  const hostile = fc.oneof(line, fc.constantFrom('a: b "c" # d', "- x", "---", "}}", "'", "\\", "${HOME}x", "# h"));
  const body = fc.array(hostile, { maxLength: 4 }).map((lines) => `${lines.join("\n")}\n`);
  const glob = fc.constantFrom("**/*.go", "src/**/*.{ts,tsx}", "docs/*.md", "a b/[c]d/**", "docs/é/**");
  const sources = fc.record({
    instructions: body.filter((text) => text.trim() !== "" && !text.includes("@")),
    // A rule without a header that starts with --- is written one line down, and stays there.
    rules: fc.array(
      fc.record({
        body: body.filter((text) => !text.startsWith("---")),
        globs: fc.uniqueArray(glob, { maxLength: 3 }),
      }),
      { maxLength: 4 },
    ),
    agents: fc.array(fc.record({ description: hostile.filter((text) => text.trim() !== ""), body }), { maxLength: 3 }),
    args: fc.array(
      line.filter((text) => !/[$={:@]/.test(text) && text !== ""),
      { maxLength: 4 },
    ),
    knowledge: fc.array(body, { maxLength: 2 }),
  });
  it("render ∘ read ∘ render = render, and reading gives back rules, subagents, servers and knowledge", async () => {
    await fc.assert(
      fc.asyncProperty(sources, async ({ instructions, rules, agents, args, knowledge }) => {
        const numbered = <T, U>(items: readonly T[], make: (item: T) => U, path: (index: number) => string) =>
          Object.fromEntries(items.map((item, index) => [path(index), make(item)]));
        const layers = await parseLayers({
          surfaces: { "instructions.md": instructions },
          rules: numbered(
            rules,
            ({ globs, body: text }) =>
              `---\n${json(globs.length > 0 ? { scope: "glob", globs } : { priority: 100 })}\n---\n${text}`,
            (index) => `r${index}.md`,
          ),
          ...(agents.length > 0 && {
            subagents: numbered(
              agents,
              ({ description, body: text }) => ({ description, instructions: text }),
              (index) => `a${index}`,
            ),
          }),
          mcp: { s: { command: "run", ...(args.length > 0 && { args }) } },
          knowledge: numbered(
            knowledge,
            (text) => text,
            (index) => `k${index}.md`,
          ),
        });
        const first = filesWritten(adapter, layers);
        const back = await importTree(adapter, first);
        expect(await textsOf(filesWritten(adapter, back.layers, claudeCode(back.options as object)))).toEqual(
          await textsOf(first),
        );
        const told = (from: typeof layers) =>
          (from.rules?.rules ?? []).map(({ id, scope, globs, body: text }) => ({ id, scope, globs, text }));
        expect(told(back.layers)).toEqual(told(layers));
        expect(back.layers.subagents).toEqual(layers.subagents);
        expect(back.layers.mcp).toEqual(layers.mcp);
        expect(await textsOf(back.layers.knowledge?.files ?? [])).toEqual(await textsOf(layers.knowledge?.files ?? []));
      }),
      { numRuns: 60 },
    );
  });
});

const corpus = join(import.meta.dirname, "../../../../shared/corpus");
const missing = existsSync(corpus) ? "" : ` (skipped: ${corpus} is not there)`;

const below = (from: string, to: string): readonly FileEntry[] =>
  readdirSync(join(corpus, from), { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => statSync(join(corpus, from, path)).isFile() && !path.startsWith("."))
    .map((path) => fileEntry(`${to}/${path}`, readFileSync(join(corpus, from, path))));

describe.skipIf(missing !== "")(`the corpus${missing}`, () => {
  it("skills of superpowers: every byte is carried, or the file is reported", async () => {
    const tree = below("superpowers/skills", ".claude/skills");
    const { outcomes, layers, said } = await importTree(adapter, tree);
    expect(Object.keys(outcomes).sort()).toEqual(tree.map(({ path }) => path).sort());
    expect(said).toEqual([]);
    const carried = await textsOf(
      (layers.skills?.skills ?? []).flatMap(({ name, tree: files }) =>
        files.map((file) => ({ ...file, path: `.claude/skills/${name}/${file.path}` })),
      ),
    );
    expect(carried).toEqual(await textsOf(tree));
  });
  it.each(missing === "" ? readdirSync(join(corpus, "agents-marketplace/plugins")) : [])(
    "plugin %s as a .claude directory: every file is read, and materializes for Claude Code again",
    async (plugin) => {
      const tree = below(`agents-marketplace/plugins/${plugin}`, ".claude");
      const { outcomes, layers, options } = await importTree(adapter, tree);
      expect(Object.keys(outcomes).sort()).toEqual(tree.map(({ path }) => path).sort());
      expect(Object.entries(outcomes).filter(([, outcome]) => outcome === "left")).toEqual([]);
      const agents = tree.filter(({ path }) => path.startsWith(".claude/agents/"));
      expect(Object.keys(layers.subagents?.agents ?? {})).toHaveLength(agents.length);
      const { files, clashes } = compose([render(layers, adapter, claudeCode(options as object))]);
      expect(clashes).toEqual([]);
      const written = new Map(
        files.flatMap((file) => (file.kind === "file" ? [[file.path, file.entry] as const] : [])),
      );
      for (const file of tree.filter(({ path }) => path.startsWith(".claude/skills/")))
        expect(
          Buffer.from(await readEntry(written.get(file.path) ?? fileEntry("", ""), 2 ** 24)).equals(
            Buffer.from(await readEntry(file, 2 ** 24)),
          ),
          file.path,
        ).toBe(true);
    },
  );
});
