import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fail } from "@stax/registry/faults";
import { describe, expect, it } from "vitest";
import { write } from "./project.fixture.ts";
import { type Bench, startBench } from "./registry.fixture.ts";

const adapter = "claude-code";
const standards = (version: string, extra: object = {}) =>
  JSON.stringify({ name: "org-standards", version, description: "Standards", rules: "./rules", ...extra });
const app = (host: string, range: string) =>
  JSON.stringify({
    name: "app",
    version: "1.0.0",
    description: "App",
    adapter,
    packages: [`${host}/acme/org-standards:${range}`],
  });

/** world is a registry with org-standards 1.0.0, and an agent that asks for ^1.0.0. */
async function world(): Promise<Bench> {
  const bench = await startBench({ "std/stax.package.json": standards("1.0.0"), "std/rules/kind.md": "Be kind.\n" });
  write(bench.cwd, { "agent/agent.json": app(bench.host, "^1.0.0") });
  await publish(bench, "1.0.0");
  return bench;
}

async function publish({ run, host, cwd }: Bench, version: string, extra: object = {}): Promise<void> {
  write(cwd, { "std/stax.package.json": standards(version, extra) });
  expect(await run(["build", "std", "--out", "out"])).toMatchObject({ code: 0 });
  const reference = `${host}/acme/org-standards:${version}`;
  expect(await run(["push", reference, "--from", `oci:out:org-standards:${version}`])).toMatchObject({ code: 0 });
}

describe("packages of a registry", () => {
  it("S05-16 S05-31 resolves a range, writes stax.lock and merges the package where it is materialized", async () => {
    const { run, cwd } = await world();
    expect(await run(["build", "agent"])).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, "stax.lock"), "utf8")).toContain("/acme/org-standards:1.0.0");
    expect(await run(["materialize", "app", "--out", "out-files"])).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, "out-files/.claude/rules/kind.md"), "utf8")).toContain("Be kind.");
  });
  it("S05-32 under CI fails with exit 4 and the difference where stax.lock is missing or out of date", async () => {
    const { run, cwd } = await world();
    const ci = { env: { CI: "true" } };
    expect(await run(["build", "agent"], ci)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("LOCK_MISSING"),
    });
    await run(["build", "agent"]);
    expect(await run(["build", "agent"], ci)).toMatchObject({ code: 0 });
    write(cwd, { "more/stax.package.json": JSON.stringify({ name: "more", version: "1.0.0", description: "m" }) });
    const agent = JSON.parse(readFileSync(join(cwd, "agent/agent.json"), "utf8"));
    write(cwd, { "agent/agent.json": JSON.stringify({ ...agent, packages: [...agent.packages, "../more"] }) });
    expect(await run(["build", "agent"], ci)).toMatchObject({ code: 4, stderr: expect.stringContaining("+ ./more") });
    expect(await run(["build", "agent", "--frozen-lockfile"])).toMatchObject({ code: 4 });
    expect(await run(["lock", "agent", "--check"])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("+ ./more"),
    });
    expect(await run(["lock", "agent"])).toMatchObject({ code: 0, stdout: expect.stringContaining("written") });
    expect(await run(["lock", "agent", "--check"])).toMatchObject({ code: 0 });
  });
  it("shows what is newer, plans the update with its risk, and writes the lock only when it is told to", async () => {
    const bench = await world();
    const { run, json, cwd } = bench;
    await run(["build", "agent"]);
    write(cwd, { "std/rules/kind.md": "Be very kind.\n" });
    await publish(bench, "1.2.0", { secrets: [{ key: "JIRA", required: true }] });
    const found = await json(["outdated", "agent", "--exit-code"]);
    expect(found).toMatchObject({
      code: 1,
      json: { data: { packages: [{ current: "1.0.0", wanted: "1.2.0", latest: "1.2.0" }], moved: [] } },
    });
    const before = readFileSync(join(cwd, "stax.lock"), "utf8");
    const plan = await json(["update", "--plan"], { cwd: join(cwd, "agent") });
    expect(plan.json.data).toMatchObject({
      written: false,
      packages: [{ change: "updated", items: expect.arrayContaining(["~ rules kind.md"]) }],
      risk: { secrets: { added: ["JIRA (required)"] } },
    });
    expect(readFileSync(join(cwd, "stax.lock"), "utf8")).toBe(before);
    expect(await run(["update", "org-standards"], { cwd: join(cwd, "agent") })).toMatchObject({ code: 0 });
    expect(readFileSync(join(cwd, "stax.lock"), "utf8")).toContain(":1.2.0");
    expect(await run(["outdated", "agent", "--exit-code"])).toMatchObject({ code: 0 });
  });
  it("says why a package is there, and shows the tree", async () => {
    const { run, json, host } = await world();
    await run(["build", "agent"]);
    expect((await run(["why", "org-standards", "agent"])).stdout).toContain(`app → ${host}/acme/org-standards:1.0.0`);
    expect(await run(["why", "nonsense", "agent"])).toMatchObject({ code: 1 });
    const { json: tree } = await json(["tree", "agent"]);
    expect(tree.data.roots).toMatchObject([
      { name: "app", dependencies: [{ key: `${host}/acme/org-standards:1.0.0` }] },
    ]);
  });
  it("S05-29 S05-34 says who brings each item, what it replaced and what overrides changed", async () => {
    const { run, json, cwd, host } = await world();
    const definition = JSON.parse(app(host, "^1.0.0"));
    const overrides = { disable: { rules: ["noisy"] }, rules: { "kind.md": { priority: 7 } } };
    write(cwd, {
      "agent/agent.json": JSON.stringify({ ...definition, packages: ["../base", ...definition.packages], overrides }),
      "base/stax.package.json": JSON.stringify({ name: "base", version: "1.0.0", description: "b", rules: "./rules" }),
      "base/rules/kind.md": "Old.\n",
      "base/rules/noisy.md": "---\nid: noisy\n---\nShout.\n",
    });
    expect(await run(["build", "agent"])).toMatchObject({ code: 0 });
    const { json: found } = await json(["inspect", "app", "--merged"]);
    expect(found.data.merged).toMatchObject([
      {
        layer: "rules",
        item: "kind.md",
        from: expect.stringContaining("org-standards:1.0.0@"),
        replaced: [expect.stringContaining("base:1.0.0@")],
        changed: ["priority"],
      },
      { layer: "rules", item: "noisy", disabled: true },
    ]);
    expect((await run(["inspect", "app", "--merged"])).stdout).toContain("switched off by overrides");
  });
  it("S05-36 tells that a locked tag leads elsewhere now", async () => {
    const bench = await world();
    const { run, host, cwd } = bench;
    await run(["build", "agent"]);
    write(cwd, { "std/rules/kind.md": "Changed behind the tag.\n" });
    await run(["build", "std", "--out", "out"]);
    const reference = `${host}/acme/org-standards:1.0.0`;
    expect(await run(["push", reference, "--from", "oci:out:org-standards:1.0.0"])).not.toMatchObject({ code: 0 });
    expect(await run(["push", reference, "--from", "oci:out:org-standards:1.0.0", "--force"])).toMatchObject({
      code: 0,
    });
    expect(await run(["outdated", "agent", "--exit-code"])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("moved"),
    });
  });
  it("refuses a range that nothing matches with the newest versions, and leaves no lock", async () => {
    const { run, host, cwd } = await world();
    write(cwd, { "agent/agent.json": app(host, "^9.0.0") });
    const failed = await run(["build", "agent"]);
    expect(failed).toMatchObject({ code: 4, stderr: expect.stringContaining("1.0.0") });
    expect(existsSync(join(cwd, "stax.lock"))).toBe(false);
  });
  it("update refuses a package that nobody builds on, and writes nothing", async () => {
    const { run, cwd } = await world();
    await run(["build", "agent"]);
    const before = readFileSync(join(cwd, "stax.lock"), "utf8");
    const refused = await run(["update", "org-standard"], { cwd: join(cwd, "agent") });
    expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("ERR_STAX_PACKAGE_UNKNOWN") });
    expect(refused.stderr).toContain('did you mean "org-standards"?');
    expect(readFileSync(join(cwd, "stax.lock"), "utf8")).toBe(before);
  });
  it("update tells what is newer outside the range that is written, and where to edit it", async () => {
    const bench = await world();
    const { run, cwd, host } = bench;
    await run(["build", "agent"]);
    const there = { cwd: join(cwd, "agent") };
    expect((await run(["update"], there)).stderr).not.toContain("outside");
    await publish(bench, "2.0.0");
    for (const line of [["update"], ["update", "org-standards"], ["update", "--plan"]]) {
      const { code, stdout, stderr } = await run(line, there);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "nothing to update\n" });
      expect(stderr).toContain(`${host}/acme/org-standards 2.0.0 is outside the range ^1.0.0 written in agent.json`);
    }
  });
  it("tree and why are about the definition that is named: packages of the workspace stand below it only", async () => {
    const bench = await world();
    const { run, json, cwd, host } = bench;
    write(cwd, {
      "agent/agent.json": JSON.stringify({ ...JSON.parse(app(host, "^1.0.0")), packages: ["../team"] }),
      "team/stax.package.json": JSON.stringify({
        name: "team",
        version: "1.0.0",
        description: "T",
        packages: [`${host}/acme/org-standards:^1.0.0`],
      }),
    });
    const key = `${host}/acme/org-standards:1.0.0`;
    const { stdout, stderr } = await run(["tree", "agent"]);
    expect(stdout.split("\n").map((line) => line.replace(/ {2}sha256:.*/, ""))).toEqual([
      "app",
      "└─ ./team (asked for as ../team)",
      `   └─ ${key} (asked for as ^1.0.0)`,
      "",
    ]);
    expect(stderr).toBe("");
    const { json: why } = await json(["why", "org-standards", "agent"]);
    expect(why.data.packages[0].paths.map(({ root }: { root: string }) => root)).toEqual(["app"]);
    await run(["lock", "agent"]);
    await publish(bench, "1.3.0");
    const { json: found } = await json(["outdated", "agent"]);
    expect(found.data.packages[0].requested).toEqual([{ by: "team", declared: `${host}/acme/org-standards:^1.0.0` }]);
    expect(found.diagnostics).toEqual([]);
  });
  it("diff tells with --merged what other packages mean for content and risk", async () => {
    const bench = await world();
    const { run, json, cwd } = bench;
    expect(await run(["build", "agent"])).toMatchObject({ code: 0 });
    write(cwd, { "std/rules/new.md": "New.\n" });
    await publish(bench, "1.1.0", { secrets: [{ key: "JIRA", required: true }] });
    expect(await run(["update"], { cwd: join(cwd, "agent") })).toMatchObject({ code: 0 });
    expect(await run(["build", "agent", "--tag", "next"])).toMatchObject({ code: 0 });
    const { json: own } = await json(["diff", "app:1.0.0", "app:next"]);
    expect(own.data).toMatchObject({ risk: { secrets: { added: [] } }, layers: [{ layer: "packages" }] });
    const { json: merged } = await json(["diff", "app:1.0.0", "app:next", "--merged"]);
    expect(merged.data.risk.secrets.added).toEqual(["JIRA (required)"]);
    expect(merged.data.layers).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ layer: "rules", items: [{ item: "new.md", change: "added" }] }),
        expect.objectContaining({ layer: "secrets", items: [{ item: "JIRA", change: "added" }] }),
      ]),
    );
    expect(await run(["diff", "app:next", "app:next", "--merged", "--exit-code"])).toMatchObject({ code: 0 });
  });
  it("a registry that fails half-way is an error with the way to the package, and leaves lock, artifacts and definitions alone", async () => {
    const bench = await world();
    const { run, cwd, host, registry } = bench;
    expect(await run(["build", "agent"])).toMatchObject({ code: 0 });
    write(cwd, { "std/rules/more.md": "More.\n" });
    await publish(bench, "2.0.0", { packages: [`${host}/acme/org-standards:1.0.0`] });
    const before = ["stax.lock", ".stax/artifacts/index.json", "agent/agent.json"].map((path) => join(cwd, path));
    const bytes = () => before.map((path) => readFileSync(path, "utf8"));
    const were = bytes();
    rmSync(join(bench.home, "cache"), { recursive: true });
    // The manifest of 2.0.0 is answered, the blobs behind it are not.
    registry.inject({ when: { kind: "blob", method: "GET" }, action: fail(403, "DENIED") });
    for (const line of [
      ["update", "--to", "latest"],
      ["update", "--to", "latest", "--plan"],
    ])
      expect({ line, ...(await run(line, { cwd: join(cwd, "agent") })) }).toMatchObject({
        line,
        code: 3,
        stdout: "",
        stderr: expect.stringContaining(`cannot read ${host}/acme/org-standards:2.0.0`),
      });
    expect(bytes()).toEqual(were);
  });
  it("lock asks no adapter for its opinion, build does; a misspelt adapter is told by both", async () => {
    const { run, cwd, host } = await world();
    const agent = JSON.parse(app(host, "^1.0.0"));
    write(cwd, {
      "agent/agent.json": JSON.stringify({ ...agent, adapter: { name: "codex", options: { modl: "x" } } }),
    });
    expect(await run(["lock", "agent"])).toMatchObject({ code: 0 });
    expect(await run(["build", "agent"])).toMatchObject({ code: 1, stderr: expect.stringContaining("modl") });
    write(cwd, { "agent/agent.json": JSON.stringify({ ...agent, adapter: "codx" }) });
    for (const command of ["lock", "build"])
      expect(await run([command, "agent"])).toMatchObject({ code: 1, stderr: expect.stringContaining('"codex"') });
  });
  it("outdated does not call up to date what has moved", async () => {
    const bench = await world();
    const { run, host, cwd } = bench;
    await run(["build", "agent"]);
    write(cwd, { "std/rules/kind.md": "Changed behind the tag.\n" });
    await run(["build", "std", "--out", "out"]);
    await run(["push", `${host}/acme/org-standards:1.0.0`, "--from", "oci:out:org-standards:1.0.0", "--force"]);
    const { stdout } = await run(["outdated", "agent"]);
    expect(stdout).toMatch(/^\S+org-standards:1\.0\.0 moved: sha256:\w+ → sha256:\w+\n$/);
  });
  it("inspect tells with --merged what packages run, reach and ask for, and without it that they may", async () => {
    const bench = await world();
    await publish(bench, "1.1.0", { secrets: [{ key: "JIRA", required: true }] });
    const { run, json } = bench;
    expect(await run(["build", "agent"])).toMatchObject({ code: 0 });
    expect((await run(["inspect", "app"])).stdout).toContain("whatever its packages bring: --merged tells");
    const merged = await run(["inspect", "app", "--merged"]);
    expect(merged.stdout).toContain("asks for: JIRA (required)");
    expect(merged.stdout).not.toContain("--merged tells");
    const { json: data } = await json(["inspect", "app", "--merged"]);
    expect(data.data).toMatchObject({ risk: { secrets: [] }, mergedRisk: { secrets: ["JIRA (required)"] } });
  });
  it("update wants a lock to start from", async () => {
    const { run, cwd } = await world();
    expect(await run(["update"], { cwd: join(cwd, "agent") })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("stax lock"),
    });
  });
});
