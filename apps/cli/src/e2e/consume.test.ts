import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agent, agentFiles, personaFiles, write } from "./project.fixture.ts";
import { stax, staxJson, temporaryDirectory } from "./run-stax.fixture.ts";

/** What a directory holds, byte for byte. */
function snapshot(directory: string): Record<string, string> {
  if (!existsSync(directory)) return {};
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [
        path.slice(directory.length + 1),
        `${statSync(path).mode} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`,
      ]),
  );
}

async function built(files = agentFiles(), ...flags: string[]): Promise<string> {
  const cwd = write(temporaryDirectory(), files);
  expect(await stax(["build", ...flags], { cwd })).toMatchObject({ code: 0, stderr: "" });
  return cwd;
}

describe("stax inspect", () => {
  it("S13-18 tells identity, config, layers, secrets and risk, as text and as JSON", async () => {
    const cwd = await built();
    const [text, { json }] = [
      await stax(["inspect", "helper"], { cwd }),
      await staxJson(["inspect", "helper:1.2.3"], { cwd }),
    ];
    expect(json.data).toMatchObject({
      kind: "agent",
      name: "helper",
      version: "1.2.3",
      config: { adapter: { type: "claude-code" } },
      risk: { commands: ["docs-server --stdio"], executables: ["skills/look/run.sh"], secrets: ["DOCS_TOKEN"] },
    });
    expect(json.data.layers.map(({ name }: { name: string }) => name)).toEqual([
      "rules",
      "skills",
      "mcp",
      "secrets",
      "prompt",
    ]);
    expect(text.code).toBe(0);
    for (const part of ["agent helper 1.2.3: A helper", json.data.digest, "look", "docs-server --stdio"])
      expect(text.stdout).toContain(part);
  });

  it("finds the artifact of a project directory at its current version, and says when that is not built", async () => {
    const cwd = await built();
    const found = await staxJson(["inspect", "."], { cwd });
    expect(found.json.data.version).toBe("1.2.3");
    write(cwd, { "agent.json": agent({ version: "2.0.0" }) });
    const { code, stderr } = await stax(["inspect", "."], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("helper:2.0.0 is not built");
    expect(stderr).toContain("helper:1.2.3");
  });

  it("asks for a persona where there are several, and names them", async () => {
    const cwd = await built({ ...agentFiles(), ...personaFiles }, "--all-personas", "--index");
    const { code, stderr } = await stax(["inspect", "helper:1.2.3-personas"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain("ann, bo");
    const chosen = await staxJson(["inspect", "helper", "--persona", "bo"], { cwd });
    expect(chosen.json.data.layers.map(({ name }: { name: string }) => name)).toContain("persona");
  });
});

describe("stax extract", () => {
  it("S13-21 writes the canonical layers as files, byte for byte, and nothing over anything", async () => {
    const files = agentFiles();
    const cwd = await built(files);
    const { json } = await staxJson(["extract", "helper", "./out"], { cwd });
    expect(json.data.directory).toBe(join(cwd, "out"));
    for (const path of ["rules/clear.md", "skills/look/SKILL.md", "SYSTEM_PROMPT.md"])
      expect(readFileSync(join(cwd, "out", path), "utf8")).toBe(files[path]);
    expect(statSync(join(cwd, "out/skills/look/run.sh")).mode & 0o111).not.toBe(0);
    const before = snapshot(join(cwd, "out"));
    expect((await stax(["extract", "helper", "./out"], { cwd })).code).toBe(2);
    expect(snapshot(join(cwd, "out"))).toEqual(before);
    const some = await staxJson(["extract", "helper", "./some", "--layer", "rules,mcp"], { cwd });
    expect(some.json.data.files.map(({ path }: { path: string }) => path)).toEqual(["mcp.json", "rules/clear.md"]);
    const unknown = await stax(["extract", "helper", "./x", "--layer", "rulez"], { cwd });
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.stderr).toContain("did you mean rules?");
  });
});

describe("stax diff", () => {
  it("S13-22 names what changed between references and directories, and its exit code tells with --exit-code", async () => {
    const cwd = await built();
    await stax(["copy", "helper", "oci-archive:old.tar"], { cwd });
    write(cwd, {
      "agent.json": agentFiles({ description: "A better helper" })["agent.json"] ?? "",
      "rules/new.md": "New.\n",
      "rules/clear.md": "---\nid: clear\n---\nBe clearer.\n",
      "mcp-servers.json": JSON.stringify({ servers: { docs: { command: "other-server", secrets: ["DOCS_TOKEN"] } } }),
    });
    await stax(["build"], { cwd });
    const { code, json } = await staxJson(["diff", "oci-archive:old.tar", "."], { cwd });
    expect(code).toBe(0);
    expect(json.data.config).toContainEqual({ field: "description", before: "A helper", after: "A better helper" });
    expect(json.data.layers).toContainEqual({
      layer: "rules",
      change: "changed",
      items: [
        { item: "clear", change: "changed" },
        { item: "new.md", change: "added" },
      ],
    });
    expect(json.data.risk.commands).toEqual({ added: ["other-server"], removed: ["docs-server --stdio"] });
    const text = await stax(["diff", "oci-archive:old.tar", "helper", "--exit-code"], { cwd });
    expect(text.code).toBe(1);
    expect(text.stdout).toContain("  + new.md");
    const stat = await stax(["diff", "oci-archive:old.tar", "helper", "--stat"], { cwd });
    expect(stat.stdout).toContain("rules changed +1 ~1");
    expect(await stax(["diff", "helper", ".", "--exit-code"], { cwd })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("no differences"),
    });
  });
});

describe("stax copy", () => {
  it("keeps the digest through archives and layouts, and takes a tag from another artifact only with --force", async () => {
    const cwd = await built();
    const out = await staxJson(["copy", "helper", "oci-archive:a.tar"], { cwd });
    expect(out.json.data).toMatchObject({ tag: "helper:1.2.3", target: join(cwd, "a.tar"), kept: 0 });
    const back = await staxJson(["copy", "oci-archive:a.tar", "oci:./layout:stable"], { cwd });
    expect(back.json.data).toMatchObject({ digest: out.json.data.digest, tag: "stable" });
    const again = await staxJson(["copy", "oci-archive:a.tar", "oci:./layout:stable"], { cwd });
    expect(again.json.data).toMatchObject({ copied: 0 });
    write(cwd, { "SYSTEM_PROMPT.md": "You help more.\n" });
    await stax(["build"], { cwd });
    const refused = await stax(["copy", "helper", "oci:./layout:stable"], { cwd });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("--force");
    expect((await stax(["copy", "helper", "oci:./layout:stable", "--force"], { cwd })).code).toBe(0);
    const digest = out.json.data.digest;
    expect((await staxJson(["inspect", `oci-archive:a.tar@${digest}`], { cwd })).json.data.digest).toBe(digest);
  });

  it("takes packages along, tagged so that nothing collects them, unless told not to", async () => {
    const cwd = await built({
      "team/stax.package.json": JSON.stringify({ name: "team", version: "1.0.0", description: "d", rules: "./rules/" }),
      "team/rules/shared.md": "Shared.\n",
      ...agentFiles({ packages: ["./team"] }),
      ".git/HEAD": "",
    });
    await stax(["copy", "helper", "oci:./with"], { cwd });
    const index = JSON.parse(readFileSync(join(cwd, "with/index.json"), "utf8"));
    const tags = index.manifests.map(
      ({ annotations }: { annotations: Record<string, string> }) => annotations["org.opencontainers.image.ref.name"],
    );
    expect(tags.sort()).toEqual(["helper:1.2.3", expect.stringMatching(/^pkg-[a-f0-9]{64}$/)]);
    const whole = await staxJson(["materialize", "oci:./with:1.2.3", "--out", "./a"], { cwd });
    expect(whole.code).toBe(0);
    expect(existsSync(join(cwd, "a/.claude/rules/shared.md"))).toBe(true);
    await stax(["copy", "helper", "oci:./without", "--no-packages"], { cwd });
    const missing = await staxJson(["materialize", "oci:./without", "--out", "./b"], { cwd });
    expect(missing).toMatchObject({
      code: 4,
      json: { error: { code: "ERR_STAX_DEPENDENCY_NOT_FOUND", category: "resolve" } },
    });
    expect(existsSync(join(cwd, "b"))).toBe(false);
  });

  it("S15-04 goes on in order: it loads, finds the adapter, resolves packages, merges, renders, translates, and writes last", async () => {
    const cwd = await built({
      "team/stax.package.json": JSON.stringify({ name: "team", version: "1.0.0", description: "d", rules: "./rules/" }),
      "team/rules/shared.md": "Shared.\n",
      ...agentFiles({ packages: ["./team"] }),
      ".git/HEAD": "",
    });
    await stax(["copy", "helper", "oci:./with"], { cwd });
    await stax(["copy", "helper", "oci:./without", "--no-packages"], { cwd });
    const failing = async (...args: readonly string[]) => {
      const { json } = await staxJson(["materialize", ...args, "--out", "./out"], { cwd });
      expect(existsSync(join(cwd, "out"))).toBe(false);
      return json.error?.code;
    };
    // Each has the fault of the next one too: the stage that comes first is the one that speaks.
    expect(await failing("oci:./nowhere", "--adapter", "nope")).not.toMatch(/ADAPTER|DEPENDENCY/);
    expect(await failing("oci:./without", "--adapter", "nope")).toMatch(/^ERR_STAX_ADAPTER_/);
    expect(await failing("oci:./without", "--adapter", "claude-code")).toBe("ERR_STAX_DEPENDENCY_NOT_FOUND");
    expect((await stax(["materialize", "oci:./with:1.2.3", "--out", "./out"], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, "out/.claude/rules/shared.md"), "utf8")).toContain("Shared.");
  });
});

describe("stax materialize", () => {
  it("S13-13 S13-14 writes the files of the runtime, and a second run changes nothing", async () => {
    const cwd = await built();
    const first = await staxJson(["materialize", "helper", "--out", "./out", "--adapter", "claude-code"], { cwd });
    expect(first.code).toBe(0);
    expect(readFileSync(join(cwd, "out/CLAUDE.md"), "utf8")).toContain("You help.");
    expect(JSON.parse(readFileSync(join(cwd, "out/.mcp.json"), "utf8")).mcpServers.docs).toMatchObject({
      command: "docs-server",
      env: { TOKEN: "${DOCS_TOKEN}" },
    });
    expect(first.json.data.writes.every(({ action }: { action: string }) => action === "create")).toBe(true);
    const written = snapshot(join(cwd, "out"));
    const second = await staxJson(["materialize", "helper", "--out", "./out"], { cwd });
    expect(second.json.data.writes.every(({ action }: { action: string }) => action === "unchanged")).toBe(true);
    expect(snapshot(join(cwd, "out"))).toEqual(written);
  });

  it("S13-13 plans by the same pipeline what it then writes", async () => {
    const cwd = await built();
    const planned = await staxJson(["materialize", "helper", "--out", "./out", "--plan"], { cwd });
    const done = await staxJson(["materialize", "helper", "--out", "./out"], { cwd });
    expect(planned.json.data.planned).toBe(true);
    expect({ ...planned.json.data, planned: false }).toEqual(done.json.data);
    expect(planned.json.diagnostics).toEqual(done.json.diagnostics);
  });

  it("S13-17 changes nothing with --plan, --check and plan-install", async () => {
    const cwd = await built();
    const before = snapshot(cwd);
    const lines = [
      ["materialize", "helper", "--out", "./out", "--plan"],
      ["materialize", "helper", "--out", "./out", "--check"],
      ["plan-install", "helper"],
      ["plan-install", "helper", "--out", "./out"],
    ];
    const codes = [];
    for (const line of lines) codes.push((await stax(line, { cwd })).code);
    expect(codes).toEqual([0, 1, 0, 0]);
    expect(snapshot(cwd)).toEqual(before);
    expect(existsSync(join(cwd, "out"))).toBe(false);
  });

  it("--check ends with 1 where a file was edited, is missing or is no longer wanted", async () => {
    const cwd = await built();
    await stax(["materialize", "helper", "--out", "./out"], { cwd });
    const check = async () => (await stax(["materialize", "helper", "--out", "./out", "--check"], { cwd })).code;
    expect(await check()).toBe(0);
    writeFileSync(join(cwd, "out/.claude/rules/clear.md"), "edited");
    expect(await check()).toBe(1);
    expect((await stax(["materialize", "helper", "--out", "./out", "--force"], { cwd })).code).toBe(0);
    expect(await check()).toBe(0);
    write(cwd, { "agent.json": agentFiles({ rules: undefined })["agent.json"] ?? "" });
    await stax(["build"], { cwd });
    expect(await check()).toBe(1);
    expect((await stax(["materialize", "helper", "--out", "./out", "--prune"], { cwd })).code).toBe(0);
    expect(existsSync(join(cwd, "out/.claude/rules/clear.md"))).toBe(false);
  });

  it("--check says in its last line how many files are no longer wanted", async () => {
    const cwd = await built();
    await stax(["materialize", "helper", "--out", "./out"], { cwd });
    const lastLine = async () => {
      const { code, stdout } = await stax(["materialize", "helper", "--out", "./out", "--check"], { cwd });
      return { code, line: stdout.trimEnd().split("\n").at(-1) };
    };
    expect(await lastLine()).toEqual({ code: 0, line: expect.stringMatching(/\d unchanged in /) });
    write(cwd, { "agent.json": agentFiles({ rules: undefined })["agent.json"] ?? "" });
    await stax(["build"], { cwd });
    expect(await lastLine()).toEqual({
      code: 1,
      line: expect.stringMatching(/0 files new, 0 updated, 0 deleted, \d unchanged, 1 no longer wanted in /),
    });
  });

  it("warns where a run for another runtime replaces or leaves over files of the earlier one", async () => {
    const cwd = await built();
    const run = async (...more: readonly string[]) => {
      const { code, json } = await staxJson(["materialize", "helper", "--out", "./out", ...more], { cwd });
      const left = json.diagnostics.filter((finding: { code: string }) => finding.code === "adapter-left");
      return { code, left };
    };
    expect(await run("--adapter", "codex")).toEqual({ code: 0, left: [] });
    const warned = {
      code: 0,
      left: [
        expect.objectContaining({
          severity: "warning",
          message: expect.stringMatching(
            /^was materialized for codex earlier and now is not: AGENTS\.md is replaced; .* no longer wanted$/,
          ),
          hint: "to keep both, name them together: --adapter codex,cursor",
        }),
      ],
    };
    expect(await run("--adapter", "cursor", "--plan")).toEqual(warned);
    expect(await run("--adapter", "cursor", "--prune", "--plan")).toEqual({ code: 0, left: [] });
    expect(await run("--adapter", "codex,cursor", "--plan")).toEqual({ code: 0, left: [] });
    const before = readFileSync(join(cwd, "out/AGENTS.md"), "utf8");
    expect((await run("--adapter", "cursor", "--strict")).code).not.toBe(0);
    expect(readFileSync(join(cwd, "out/AGENTS.md"), "utf8")).toBe(before);
    expect(await run("--adapter", "cursor")).toEqual(warned);
  });

  it("refuses to overwrite what it did not write, and writes nothing then", async () => {
    const cwd = await built();
    write(cwd, { "out/CLAUDE.md": "mine\n" });
    const before = snapshot(join(cwd, "out"));
    const { code, json } = await staxJson(["materialize", "helper", "--out", "./out"], { cwd });
    expect({ code, error: json.error?.code }).toEqual({ code: 2, error: "ERR_STAX_PLAN_CONFLICT" });
    expect(snapshot(join(cwd, "out"))).toEqual(before);
  });

  it("writes for several consumers at once, and below a home only when that is named", async () => {
    const cwd = await built();
    const both = await staxJson(["materialize", "helper", "--out", "./out", "--consumer", "claude-code,generic"], {
      cwd,
    });
    expect(both.json.data.consumers.map(({ adapter }: { adapter: string }) => adapter)).toEqual([
      "claude-code",
      "generic",
    ]);
    const homeless = await stax(["materialize", "helper", "--scope", "user"], { cwd });
    expect(homeless).toMatchObject({ code: 1, stderr: expect.stringContaining("--home") });
    const user = await staxJson(["materialize", "helper", "--scope", "user", "--home", "./home"], { cwd });
    expect(user.code).toBe(0);
    expect(existsSync(join(cwd, "home/.claude/CLAUDE.md"))).toBe(true);
  });

  it("S13-13 warns of what is lost, and --fail-on and --strict make that fatal before anything is written", async () => {
    const cwd = await built({
      ...agentFiles({ memory: "./memory/" }),
      "memory/notes.md": "n\n",
      "memory/memory.meta.json": JSON.stringify(memoryMeta),
    });
    const line = ["materialize", "helper", "--out", "./out"];
    const lost = await staxJson([...line, "--fail-on", "lost"], { cwd });
    expect({ code: lost.code, error: lost.json.error?.code }).toEqual({ code: 5, error: "ERR_STAX_LOSSY" });
    expect((await stax([...line, "--strict"], { cwd })).code).toBe(5);
    expect(existsSync(join(cwd, "out"))).toBe(false);
    const lenient = await stax(line, { cwd });
    expect(lenient.code).toBe(0);
    expect(lenient.stderr).toContain("notes.md");
    expect(lenient.stdout).toMatch(/memory: unsupported, 1 item: 1 lost \(notes\.md: /);
  });

  it("S12-24 reports every item and file as exact, translated, embedded or lost, and --fail-on translated holds to exact", async () => {
    const cwd = await built();
    const line = ["materialize", "helper", "--out", "./out"];
    const { json } = await staxJson([...line, "--plan"], { cwd });
    const [consumer] = json.data.consumers;
    expect(consumer.runtimeVersionRange).toMatch(/^>=2/);
    expect(new Set(consumer.items.map(({ reach }: { reach: string }) => reach))).not.toContain("lost");
    expect(consumer.items).toContainEqual(
      expect.objectContaining({ feature: "prompt", reach: expect.any(String), files: ["CLAUDE.md"], shortfalls: [] }),
    );
    expect(json.data.writes).toContainEqual(expect.objectContaining({ path: "CLAUDE.md", reach: expect.any(String) }));
    expect(consumer.context.files).toContainEqual({ path: "CLAUDE.md", bytes: expect.any(Number) });
    const text = await stax([...line, "--plan"], { cwd });
    expect(text.stdout).toMatch(/checked with Claude Code >=2/);
    expect(text.stdout).toMatch(/always read: \d+ B, about \d+ tokens \(.*CLAUDE\.md /);
    // In the format of Codex, rules and persona stand inside AGENTS.md.
    const other = await staxJson([...line, "--adapter", "codex", "--fail-on", "translated"], { cwd });
    expect({ code: other.code, error: other.json.error?.code }).toEqual({ code: 5, error: "ERR_STAX_LOSSY" });
    expect(existsSync(join(cwd, "out"))).toBe(false);
    const unknown = await stax([...line, "--fail-on", "lossy"], { cwd });
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("translated, lost") });
  });
});

const memoryMeta = {
  snapshotId: "s1",
  scope: { type: "agent", id: "helper" },
  sourceArtifact: `registry.example/helper@sha256:${"a".repeat(64)}`,
  parentSnapshot: null,
  createdAt: "2026-01-01T00:00:00Z",
};

describe("stax plan-install", () => {
  it("S13-15 S13-16 plans for the artifact's own adapter by default, with fidelity, writes, warnings and why", async () => {
    const cwd = await built();
    const { code, json } = await staxJson(["plan-install", "helper"], { cwd });
    expect(code).toBe(0);
    expect(json.data.consumers).toMatchObject([
      { adapter: "claude-code", role: "primary", compatible: true, fidelity: expect.any(String) },
    ]);
    expect(json.data.consumers[0].targets.length).toBeGreaterThan(0);
    expect(json.data.writes.map(({ path }: { path: string }) => path)).toContain("CLAUDE.md");
    expect(json.diagnostics).toContainEqual(
      expect.objectContaining({ code: "command-not-found", field: "servers.docs.command" }),
    );
    const other = await staxJson(["plan-install", "helper", "--consumer", "generic"], { cwd });
    expect(other.json.data.consumers).toMatchObject([{ adapter: "generic", role: "substitute" }]);
    expect(other.json.diagnostics).toContainEqual(expect.objectContaining({ code: "adapter-substituted" }));
  });
});
