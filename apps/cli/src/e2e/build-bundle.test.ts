import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { write } from "./project.fixture.ts";
import { type Bench, startBench } from "./registry.fixture.ts";

const document = (name: string, extra: object) =>
  JSON.stringify({ name, version: "1.0.0", description: name, ...extra });
const rule = (id: string, text: string) => `---\nid: ${id}\n---\n${text}\n`;

/** world is a registry with `base` and `tools`, which builds on it, a local package, and an agent over both. */
async function world(overrides: object = {}): Promise<Bench> {
  const bench = await startBench({
    "base/stax.package.json": document("base", {
      rules: "./rules",
      knowledge: "./knowledge",
      mcp: "./mcp.json",
      secrets: [{ key: "TOKEN", required: true }],
    }),
    "base/rules/kind.md": rule("kind", "Base is kind."),
    "base/rules/quiet.md": rule("quiet", "Base is quiet."),
    "base/knowledge/guide.md": "Base guide.\n",
    "base/mcp.json": JSON.stringify({ servers: { tickets: { command: "tickets", secrets: ["TOKEN"] } } }),
    "local/stax.package.json": document("local", { rules: "./rules" }),
    "local/rules/kind.md": rule("local-kind", "Local kindness."),
  });
  const { host, cwd, run } = bench;
  write(cwd, {
    "tools/stax.package.json": document("tools", { packages: [`${host}/acme/base:1.0.0`], rules: "./rules" }),
    "tools/rules/kind.md": rule("kind", "Tools are kinder."),
    "agent/agent.json": document("app", {
      adapter: "claude-code",
      prompt: "./PROMPT.md",
      packages: ["../local", `${host}/acme/tools:^1.0.0`],
      overrides,
    }),
    "agent/PROMPT.md": "Be an app.\n",
  });
  for (const name of ["base", "tools"]) {
    expect(await run(["build", name, "--out", "out"])).toMatchObject({ code: 0 });
    const reference = `${host}/acme/${name}:1.0.0`;
    expect(await run(["push", reference, "--from", `oci:out:${name}:1.0.0`])).toMatchObject({ code: 0 });
  }
  return bench;
}

const filesOf = (directory: string, names: readonly string[]) =>
  names.map((name) => readFileSync(join(directory, name), "utf8"));

describe("build --bundle", () => {
  it("S05-17 S05-26 makes one artifact without packages that materializes to the same files as the one with packages", async () => {
    const { run, json, cwd, host } = await world();
    expect(await run(["build", "agent"])).toMatchObject({ code: 0 });
    const bundled = await json(["build", "agent", "--bundle", "--tag", "bundled"]);
    expect(bundled.json.data.artifacts).toMatchObject([
      { bundled: [`${host}/acme/base:1.0.0`, "local:1.0.0", `${host}/acme/tools:1.0.0`] },
    ]);
    const { json: inspected } = await json(["inspect", "app:bundled"]);
    expect(inspected.data.packages).toEqual([]);
    expect(inspected.data.config).not.toHaveProperty("packages");
    expect(inspected.data.config.bundled).toEqual(["local:1.0.0", `${host}/acme/tools:1.0.0`]);
    expect(inspected.data.layers.map(({ name }: { name: string }) => name)).not.toContain("packages");
    for (const tag of ["1.0.0", "bundled"])
      expect(await run(["materialize", `app:${tag}`, "--out", tag])).toMatchObject({ code: 0 });
    const names = [".claude/rules/kind.md", ".claude/rules/local-kind.md", ".claude/rules/quiet.md", ".mcp.json"];
    expect(filesOf(join(cwd, "bundled"), names)).toEqual(filesOf(join(cwd, "1.0.0"), names));
    expect(filesOf(join(cwd, "bundled"), names)[0]).toContain("Tools are kinder.");
  });
  it("needs no registry and no other artifact where it is used, and is the same from one build to the next", async () => {
    const { run, json, registry, host } = await world();
    const first = await json(["build", "agent", "--bundle"]);
    const again = await json(["build", "agent", "--bundle", "--out", "other"]);
    expect(again.json.data.artifacts[0].digest).toBe(first.json.data.artifacts[0].digest);
    expect(await run(["push", `${host}/acme/app:1.0.0`])).toMatchObject({ code: 0 });
    expect((await run(["tags", `${host}/acme/app`, "--all"])).stdout).toBe("1.0.0\n");
    expect(await run(["copy", "app", "oci-archive:app.tar"])).toMatchObject({ code: 0 });
    await registry.close();
    const alone = { env: { STAX_CACHE_DIR: "/nonexistent/cache" } };
    expect((await run(["inspect", "oci-archive:app.tar", "--offline"], alone)).stdout).toContain("acme/tools:1.0.0");
  });
  it("two rules of different packages under one path are both there, one renamed and told", async () => {
    const { run, json } = await world();
    const built = await run(["build", "agent", "--bundle", "--verbose"]);
    expect(built.stderr).toContain("kind-2.md");
    const { json: inspected } = await json(["inspect", "app"]);
    const rules = inspected.data.layers.find(({ name }: { name: string }) => name === "rules");
    expect([...rules.items].sort()).toEqual(["kind", "local-kind", "quiet"]);
  });
  it("leaves out what overrides disable, keeps changed rules for the consumer, and neither is warned about there", async () => {
    const overrides = { disable: { rules: ["quiet"], mcp: ["tickets"] }, rules: { kind: { priority: 7 } } };
    const { run, json } = await world(overrides);
    expect(await run(["build", "agent", "--bundle"])).toMatchObject({ code: 0 });
    const { json: merged } = await json(["inspect", "app", "--merged"]);
    expect(merged.diagnostics).toEqual([]);
    expect(merged.data.merged.map(({ item }: { item: string }) => item)).not.toContain("quiet");
    expect(merged.data.merged).toContainEqual(
      expect.objectContaining({ item: "kind", from: "own", changed: ["priority"] }),
    );
    expect(merged.data.servers).toEqual([]);
    expect(merged.data.config.overrides).toEqual(overrides);
  });
  it("warns where it is built of an override that names nothing", async () => {
    const { run } = await world({ disable: { rules: ["nonsense"] } });
    const built = await run(["build", "agent", "--bundle"]);
    expect(built).toMatchObject({ code: 0, stderr: expect.stringContaining("override-unmatched") });
  });
  it("says in its config that it has surfaces where a package brings them", async () => {
    const { json, cwd, run } = await world();
    write(cwd, {
      "local/stax.package.json": document("local", { surfaces: "./surfaces" }),
      "local/surfaces/instructions.md": "# Local\n",
    });
    expect(await run(["build", "agent", "--bundle"])).toMatchObject({ code: 0 });
    expect((await json(["inspect", "app"])).json.data.config.surfaces).toBe(true);
  });
  it("S06-06 S11-05 refuses a server of a package whose secret overrides switch off, and stores nothing", async () => {
    const { run } = await world({ disable: { secrets: ["TOKEN"] } });
    const refused = await run(["build", "agent", "--bundle", "--out", "fresh"]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('the secret "TOKEN" is not declared') });
    expect(await run(["inspect", "oci:fresh"])).not.toMatchObject({ code: 0 });
  });
  it("a file of one package where another has a directory is an error that names both", async () => {
    const { run, cwd, host } = await world();
    write(cwd, {
      "agent/agent.json": document("app", {
        adapter: "claude-code",
        packages: [`${host}/acme/base:1.0.0`],
        knowledge: "./knowledge",
      }),
      "agent/knowledge/guide.md/inner.md": "Not a guide.\n",
    });
    const refused = await run(["build", "agent", "--bundle"]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("bundle-path-clash") });
    expect(refused.stderr).toContain('"guide.md" is a file in one package');
  });
  it("held to a limit, the merged layer counts", async () => {
    const { run } = await world();
    const refused = await run(["build", "agent", "--bundle", "--max-layer-size", "rules=100"]);
    expect(refused).not.toMatchObject({ code: 0 });
    expect(refused.stderr).toContain("layer-too-large");
  });
  it("changes nothing for a definition without packages", async () => {
    const { json } = await startBench({ "agent.json": document("solo", { adapter: "claude-code" }) });
    const [plain, bundled] = [await json(["build"]), await json(["build", "--bundle"])];
    expect(bundled.json.data.artifacts).toEqual(plain.json.data.artifacts);
  });
});
