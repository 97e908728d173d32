import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Files, write } from "./project.fixture.ts";
import { stax, staxJson, temporaryDirectory } from "./run-stax.fixture.ts";

const token = `ghp_${"x".repeat(36)}`;

/** A repository as people have them: sloppy here and there. */
const repository: Files = {
  "CLAUDE.md": "# Our service\n\nRun `make test`.\n",
  "services/api/CLAUDE.md": "Handlers stay thin.\n",
  ".claude/rules/go.md": '---\npaths: "**/*.go, cmd/**"\n---\nWrap errors.\n',
  ".claude/rules/plain.md": "Answer in English.\n",
  ".claude/skills/Fix_Issue/SKILL.md": "---\ndescription: fix: an issue\n---\nFix it.\n",
  ".claude/skills/Fix_Issue/run.sh*": "#!/bin/sh\n",
  ".claude/commands/git/commit.md": "Write a commit message for $ARGUMENTS.\n",
  ".claude/agents/reviewer.md": "---\nname: reviewer\ndescription: Reviews\ntools: Read\n---\nRead every line.\n",
  ".claude/settings.json":
    '{ // ours\n "model": "opus", "permissions": { "allow": ["Read"], "deny": ["Bash(rm:*)"] }, }',
  ".claude/settings.local.json": "{}",
  ".mcp.json": JSON.stringify({
    mcpServers: {
      github: { command: "github-mcp", env: { GITHUB_TOKEN: token, LOG: "debug" } },
      docs: { type: "http", url: "https://docs.example.com/mcp", headers: { Authorization: "Bearer ${DOCS_TOKEN}" } },
    },
  }),
  ".git/HEAD": "ref: refs/heads/main\n",
};

const textsIn = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((path) => join(directory, path))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "utf8"));

/** Every file but what stax keeps for itself. */
const runtimeFilesIn = (directory: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, encoding: "utf8" })
      .filter((path) => !path.startsWith(".stax") && statSync(join(directory, path)).isFile())
      .sort()
      .map((path) => [path, readFileSync(join(directory, path), "utf8")]),
  );

describe("stax init --from", () => {
  it("makes an agent of a repository's files that builds, and changes nothing in the repository", async () => {
    const cwd = write(temporaryDirectory(), repository);
    const { code, json, stderr } = await staxJson(["init", "--from", "claude-code", "--name", "service"], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(json.data).toMatchObject({
      name: "service",
      directory: join(cwd, ".stax/service"),
      runtimes: ["claude-code"],
    });
    const outcomes = Object.fromEntries(json.data.read.map(({ path, outcome }: never) => [path, outcome]));
    expect(outcomes).toMatchObject({
      "CLAUDE.md": "carried",
      "services/api/CLAUDE.md": "carried",
      ".claude/rules/plain.md": "carried",
      ".claude/commands/git/commit.md": "translated",
      ".claude/settings.local.json": "left",
      ".mcp.json": "translated",
    });
    for (const [path, content] of Object.entries(repository))
      expect(readFileSync(join(cwd, path.replace(/\*$/, "")), "utf8"), path).toBe(content);
    expect((await stax(["validate", ".stax/service"], { cwd })).code).toBe(0);
    expect((await staxJson(["build"], { cwd })).json.data.artifacts[0].reference).toBe("service:0.1.0");
  });

  it("writes nothing new where the runtime's files are materialized from what they were imported to", async () => {
    const cwd = write(temporaryDirectory(), repository);
    const source = temporaryDirectory();
    const built = async (name: string, at: string) => {
      expect((await stax(["init", "--from", "claude-code", "--name", name], { cwd: at })).code).toBe(0);
      expect((await stax(["build", `.stax/${name}`], { cwd: at })).code).toBe(0);
    };
    await built("one", cwd);
    expect((await stax(["materialize", ".stax/one", "--out", source], { cwd })).code).toBe(0);
    await built("two", source);
    const again = temporaryDirectory();
    expect((await stax(["materialize", ".stax/two", "--out", again], { cwd: source })).code).toBe(0);
    expect(runtimeFilesIn(again)).toEqual(runtimeFilesIn(source));
  });

  it("carries no credential: a declared secret takes its place, and the finding does not show it", async () => {
    const cwd = write(temporaryDirectory(), repository);
    const { json, stdout, stderr } = await staxJson(["init", "--from", "auto"], { cwd });
    expect(stdout + stderr).not.toContain(token);
    expect(textsIn(json.data.directory).join("\n")).not.toContain(token);
    expect(json.diagnostics).toContainEqual(
      expect.objectContaining({ code: "import-secret", path: ".mcp.json", severity: "warning" }),
    );
    const definition = readFileSync(join(json.data.directory, "agent.ts"), "utf8");
    expect(definition).toContain('key: "GITHUB_TOKEN"');
    expect(definition).toContain('key: "DOCS_TOKEN"');
  });

  it.each(["ts", "yaml", "json"] as const)("writes the definition in %s, and it validates", async (format) => {
    const cwd = write(temporaryDirectory(), repository);
    expect((await stax(["init", "agent", "--from", "auto", "--format", format], { cwd })).code).toBe(0);
    expect(existsSync(join(cwd, "agent", `agent.${format}`))).toBe(true);
    const { code, stderr } = await stax(["validate", "agent"], { cwd });
    expect({ code, stderr: stderr.match(/error.*/g) }).toEqual({ code: 0, stderr: null });
  });

  it("reads a CLAUDE.md that is a link to AGENTS.md, and none that leads outside", async () => {
    const cwd = write(temporaryDirectory(), { "AGENTS.md": "Shared.\n", ".claude/rules/a.md": "A.\n" });
    const outside = write(temporaryDirectory(), { "b.md": "Private.\n" });
    symlinkSync("AGENTS.md", join(cwd, "CLAUDE.md"));
    symlinkSync(join(outside, "b.md"), join(cwd, ".claude/rules/b.md"));
    const { code, json } = await staxJson(["init", "--from", "claude-code", "--name", "x"], { cwd });
    expect(code).toBe(0);
    const texts = textsIn(json.data.directory);
    expect(texts).toContain("Shared.\n");
    expect(texts).not.toContain("Private.\n");
    expect(json.diagnostics).toContainEqual(expect.objectContaining({ path: ".claude/rules/b.md" }));
  });

  it("names the options that an agent for another runtime does not take over", async () => {
    const cwd = write(temporaryDirectory(), repository);
    const { json } = await staxJson(["init", "--from", "auto", "--adapter", "codex", "--name", "x"], { cwd });
    expect(json.diagnostics).toContainEqual(
      expect.objectContaining({
        code: "import-left",
        severity: "warning",
        message: expect.stringMatching(/^Claude Code: (?=.*model)(?=.*permissions)/),
      }),
    );
    expect(readFileSync(join(cwd, ".stax/x/agent.ts"), "utf8")).toContain("codex({})");
    const both = write(temporaryDirectory(), { ...repository, ".codex/config.toml": 'model = "gpt-5"\n' });
    const { json: first } = await staxJson(["init", "--from", "auto", "--name", "x"], { cwd: both });
    expect(first.data.runtimes).toEqual(["claude-code", "codex"]);
    expect(first.diagnostics).toContainEqual(
      expect.objectContaining({ message: expect.stringMatching(/^Codex: model: /) }),
    );
  });

  it("makes a package of a Claude Code plugin, under its own name and version", async () => {
    const cwd = write(temporaryDirectory(), {
      ".claude-plugin/plugin.json": '{"name":"review-kit","version":"1.2.0","description":"Reviews"}',
      "skills/review/SKILL.md": "---\nname: review\ndescription: Reviews\n---\nRead.\n",
      "agents/reader.md": "---\nname: reader\ndescription: Reads\n---\nRead.\n",
      "CLAUDE.md": "For those who work on the plugin.\n",
    });
    const { code, json } = await staxJson(["init", "--from", "auto"], { cwd });
    expect({ code, kind: json.data.kind, runtimes: json.data.runtimes }).toEqual({
      code: 0,
      kind: "package",
      runtimes: ["claude-plugin"],
    });
    const built = await staxJson(["build", ".stax/review-kit"], { cwd });
    expect(built.json.data.artifacts[0].reference).toBe("review-kit:1.2.0");
  });

  it("makes a package of a folder of skills, unless a runtime is used there", async () => {
    const skills = { "skills/look/SKILL.md": "---\nname: look\ndescription: Looks\n---\nLook.\n" };
    const plain = await staxJson(["init", "--from", "auto"], { cwd: write(temporaryDirectory(), skills) });
    expect(plain.json.data.kind).toBe("package");
    const used = write(temporaryDirectory(), { ...skills, "CLAUDE.md": "Hi.\n" });
    expect((await staxJson(["init", "--from", "auto"], { cwd: used })).json.data.kind).toBe("agent");
    const asked = await staxJson(["init", "--from", "skills", "--name", "both"], { cwd: used });
    expect(asked.json.data).toMatchObject({ kind: "package", runtimes: ["skills"] });
  });

  it("says what it looked for where nothing is, and writes nothing", async () => {
    const cwd = write(temporaryDirectory(), { "main.go": "package main\n" });
    const { code, stderr } = await stax(["init", "--from", "auto"], { cwd });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/no files of a runtime .*ERR_STAX_IMPORT_NOTHING/);
    expect(stderr).toContain("AGENTS.md");
    expect(existsSync(join(cwd, ".stax"))).toBe(false);
  });

  it("touches nothing where the agent is there already, and names the runtimes there are for one that is unknown", async () => {
    const cwd = write(temporaryDirectory(), repository);
    await stax(["init", "--from", "auto", "--name", "x"], { cwd });
    const before = textsIn(join(cwd, ".stax"));
    const again = await stax(["init", "--from", "auto", "--name", "x"], { cwd });
    expect(again.stderr).toContain("ERR_STAX_SCAFFOLD_EXISTS");
    expect(textsIn(join(cwd, ".stax"))).toEqual(before);
    const unknown = await stax(["init", "--from", "emacs"], { cwd });
    expect(unknown.stderr).toMatch(/claude-code.*auto/);
  });
});
