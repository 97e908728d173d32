import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { write } from "./project.fixture.ts";
import { type Bench, startBench } from "./registry.fixture.ts";
import { temporaryDirectory } from "./run-stax.fixture.ts";

const example = fileURLToPath(new URL("../../../../docs/examples/acme/", import.meta.url));
const corpus = fileURLToPath(new URL("../../../../../shared/corpus/superpowers/skills/", import.meta.url));
const reason = existsSync(corpus) ? "" : " (skipped: ../shared/corpus is not there)";
const packages = "registry.acme.example/packages";
const agents = ["payments-agent", "storefront-agent"];

/** acme is a copy of the example, whose config sends registry.acme.example to a registry of this test. */
async function acme(): Promise<Bench> {
  const bench = await startBench();
  cpSync(example, bench.cwd, { recursive: true });
  edit(bench.cwd, "stax.config.yaml", ["127.0.0.1:5000", bench.host]);
  return bench;
}

function edit(cwd: string, path: string, ...changes: readonly (readonly [from: string, to: string])[]): void {
  const file = join(cwd, path);
  let text = readFileSync(file, "utf8");
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    text = text.replaceAll(from, to);
  }
  writeFileSync(file, text);
}

async function done({ run }: Bench, ...line: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(line);
  expect({ line, code, stderr: code === 0 ? "" : stderr }).toEqual({ line, code: 0, stderr: "" });
  return stdout;
}

const push = (bench: Bench, kind: "packages" | "agents", name: string, version: string) =>
  done(bench, "push", `${bench.host}/${kind}/${name}:${version}`);

/** published is the example with its packages and agents in the registry. */
async function published(): Promise<Bench> {
  const bench = await acme();
  await done(bench, "build", "packages", "--all");
  await push(bench, "packages", "acme-standards", "1.0.0");
  await push(bench, "packages", "community-skills", "1.0.0");
  await done(bench, "build", "--all");
  for (const name of agents) await push(bench, "agents", name, "1.0.0");
  return bench;
}

/** The standards as they are a month later: another rule, and a server that nobody talked to before. */
async function publishNewStandards(bench: Bench): Promise<void> {
  edit(
    bench.cwd,
    "packages/acme-standards/package.ts",
    ['version: "1.0.0"', 'version: "1.1.0"'],
    [
      "secrets: [",
      'secrets: [{ key: "INCIDENTS_TOKEN", required: true, kind: "token", description: "Reads incidents" }, ',
    ],
  );
  edit(bench.cwd, "packages/acme-standards/mcp-servers.ts", [
    "servers: {",
    'servers: { incidents: { description: "Incidents", url: "https://incidents.acme.example/mcp", transport: "http", headers: { Authorization: "Bearer ${INCIDENTS_TOKEN}" }, secrets: ["INCIDENTS_TOKEN"] },',
  ]);
  write(bench.cwd, {
    "packages/acme-standards/rules/feature-flags.md":
      "---\nid: feature-flags\nscope: auto\ndescription: Apply when adding a feature flag.\n---\nA flag has an owner and a date on which it goes.\n",
  });
  await done(bench, "build", "packages/acme-standards");
  await push(bench, "packages", "acme-standards", "1.1.0");
}

/** filesIn is every file below a directory, hidden ones included: text by path. */
function filesIn(directory: string): Readonly<Record<string, string>> {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
  const files = paths.filter((path) => statSync(join(directory, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(directory, path), "latin1")]));
}

/**
 * onlineAndOffline materializes an agent from the registry and, with the registry gone and nothing in the cache, from an archive that it was
 * copied to. Both are the same files, which it returns.
 */
async function onlineAndOffline(
  bench: Bench,
  name: string,
  version: string,
): Promise<Readonly<Record<string, string>>> {
  const reference = `${bench.host}/agents/${name}:${version}`;
  const archive = `oci-archive:${join(temporaryDirectory(), `${name}.tar`)}`;
  const [online, offline] = [temporaryDirectory(), temporaryDirectory()];
  await done(bench, "materialize", reference, "--out", online);
  await done(bench, "copy", reference, archive);
  await bench.registry.close();
  const elsewhere = { cwd: temporaryDirectory(), env: { HOME: temporaryDirectory() } };
  const from = (target: string, out: string) =>
    bench.run(["materialize", target, "--out", out, "--offline"], elsewhere);
  expect(await from(archive, offline)).toMatchObject({ code: 0 });
  expect(filesIn(offline)).toEqual(filesIn(online));
  expect(await from(reference, temporaryDirectory())).toMatchObject({ code: 3 });
  return filesIn(offline);
}

const lockIn = ({ cwd }: Bench): string => readFileSync(join(cwd, "stax.lock"), "utf8");

describe("docs/examples/acme", () => {
  it("validates, all of it, with no more to say than that a range floats", async () => {
    const { json } = await acme();
    const { code, json: found } = await json(["validate", "--all"]);
    expect(code).toBe(0);
    expect(found.diagnostics.map(({ code: finding }) => finding)).toEqual(["package-floating", "package-floating"]);
  });

  it("is built, locked and pushed, with its packages asked of the mirror", async () => {
    const bench = await published();
    const lock = lockIn(bench);
    expect(Object.keys(JSON.parse(lock).packages)).toEqual([
      `${packages}/acme-standards:1.0.0`,
      `${packages}/community-skills:1.0.0`,
    ]);
    expect(lock).not.toContain(bench.host);
    const ci = { env: { CI: "true" } };
    expect(await bench.run(["build", "--all"], ci)).toMatchObject({ code: 0 });
    expect(lockIn(bench)).toBe(lock);
    expect(await done(bench, "tree", "--all")).toContain(`${packages}/acme-standards:1.0.0`);
    expect(await done(bench, "why", "community-skills", "--all")).toContain("storefront-agent → ");
  });

  it("S05-36 refuses other standards under a version that is out", async () => {
    const bench = await published();
    edit(bench.cwd, "packages/acme-standards/rules/customer-data.md", ["invented.", "made up."]);
    await done(bench, "build", "packages/acme-standards");
    const line = ["push", `${bench.host}/packages/acme-standards:1.0.0`];
    expect((await bench.run(line)).code).not.toBe(0);
    expect(await bench.run(["outdated", "--all", "--exit-code"])).toMatchObject({ code: 0 });
    await done(bench, ...line, "--force");
    const { code, stdout } = await bench.run(["outdated", "--all", "--exit-code"]);
    expect({ code, moved: stdout.includes("moved") }).toEqual({ code: 1, moved: true });
  });

  it("S05-34 lets the payments team switch a skill off and sharpen a rule, and nobody else", async () => {
    const bench = await published();
    const merged = async (name: string) =>
      (await bench.json(["inspect", `${bench.host}/agents/${name}:1.0.0`, "--merged"])).json.data.merged;
    const from = expect.stringContaining(`${packages}/`);
    expect(await merged("payments-agent")).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ layer: "skills", item: "release-notes", from, disabled: true }),
        expect.objectContaining({ item: "migrations", from, changed: ["globs", "priority", "severity"] }),
      ]),
    );
    const [payments, storefront] = [temporaryDirectory(), temporaryDirectory()];
    await done(bench, "materialize", `${bench.host}/agents/payments-agent:1.0.0`, "--out", payments);
    await done(bench, "materialize", `${bench.host}/agents/storefront-agent:1.0.0`, "--out", storefront);
    expect(Object.keys(filesIn(payments))).not.toContain(".claude/skills/release-notes/SKILL.md");
    expect(filesIn(payments)[".claude/rules/migrations.md"]).toContain("ledger/schema/**");
    expect(Object.keys(filesIn(storefront))).toContain(".agents/skills/release-notes/SKILL.md");
    expect(filesIn(storefront)["AGENTS.md"]).toContain("**/migrations/**");
    const cursor = temporaryDirectory();
    const line = ["materialize", `${bench.host}/agents/storefront-agent:1.0.0`, "--adapter", "cursor"];
    await done(bench, ...line, "--out", cursor);
    expect(Object.keys(filesIn(cursor))).toContain(".cursor/rules/customer-data.mdc");
  });

  it("is updated with a plan that shows what comes and what it asks for", async () => {
    const bench = await published();
    await publishNewStandards(bench);
    const before = lockIn(bench);
    const { json: outdated } = await bench.json(["outdated", "--all"]);
    expect(outdated.data.packages).toMatchObject([{ current: "1.0.0", wanted: "1.1.0", latest: "1.1.0" }]);
    const { json: plan } = await bench.json(["update", "--plan", "--all"]);
    expect(plan.data).toMatchObject({
      written: false,
      packages: [{ change: "updated", items: expect.arrayContaining(["+ rules feature-flags", "+ mcp incidents"]) }],
      risk: {
        hosts: { added: [expect.stringContaining("incidents.acme.example")] },
        secrets: { added: ["INCIDENTS_TOKEN (required)"] },
      },
    });
    await done(bench, "build", "--all");
    expect(lockIn(bench)).toBe(before);
    await done(bench, "update", "--all");
    expect(Object.keys(JSON.parse(lockIn(bench)).packages)).toEqual([
      `${packages}/acme-standards:1.1.0`,
      `${packages}/community-skills:1.0.0`,
    ]);
    edit(bench.cwd, "agents/payments-agent/agent.ts", ['version: "1.0.0"', 'version: "1.1.0"']);
    await done(bench, "build", "agents", "--all", "--frozen-lockfile");
    await push(bench, "agents", "payments-agent", "1.1.0");
    const files = await onlineAndOffline(bench, "payments-agent", "1.1.0");
    expect(files[".claude/rules/feature-flags.md"]).toContain("A flag has an owner");
    expect(files[".mcp.json"]).toContain("https://incidents.acme.example/mcp");
  });

  it("takes a new major version only with --to latest, which writes it into both definitions", async () => {
    const bench = await published();
    edit(bench.cwd, "packages/acme-standards/package.ts", ['version: "1.0.0"', 'version: "2.0.0"']);
    await done(bench, "build", "packages/acme-standards");
    await push(bench, "packages", "acme-standards", "2.0.0");
    expect(await done(bench, "update", "--all")).toBe("nothing to update\n");
    const plan = await done(bench, "update", "acme-standards", "--to", "latest", "--all", "--plan");
    expect(plan).toContain("agents/storefront-agent/agent.yaml: ");
    const definitions = ["agents/payments-agent/agent.ts", "agents/storefront-agent/agent.yaml"];
    const texts = () => definitions.map((path) => readFileSync(join(bench.cwd, path), "utf8"));
    const before = texts();
    await done(bench, "update", "acme-standards", "--to", "latest", "--all");
    expect(texts()).toEqual(before.map((text) => text.replace("acme-standards:^1.0.0", "acme-standards:^2.0.0")));
    await done(bench, "build", "--all", "--frozen-lockfile");
    expect(Object.keys(JSON.parse(lockIn(bench)).packages)).toContain(`${packages}/acme-standards:2.0.0`);
  });

  it("is the same to a runtime when its packages are merged at build", async () => {
    const bench = await published();
    await done(bench, "build", "agents/payments-agent", "--bundle", "--tag", "bundled");
    const outs = [temporaryDirectory(), temporaryDirectory()];
    for (const [index, tag] of ["1.0.0", "bundled"].entries())
      await done(bench, "materialize", `payments-agent:${tag}`, "--out", outs[index] ?? "");
    const [merged, bundled] = outs.map((out) =>
      Object.fromEntries(Object.entries(filesIn(out)).filter(([path]) => !path.startsWith(".stax/"))),
    );
    expect(bundled).toEqual(merged);
    expect(Object.keys(bundled ?? {})).toContain(".claude/rules/migrations.md");
  });

  it("travels whole in an archive, to a machine without a network", async () => {
    const bench = await published();
    const files = await onlineAndOffline(bench, "storefront-agent", "1.0.0");
    expect(files["AGENTS.md"]).toContain("Customer data");
    expect(Object.keys(files)).toContain(".agents/skills/dependency-bump/scripts/uses.sh");
  });

  it.skipIf(reason !== "")(`takes a pack of real skills in place of its own${reason}`, async () => {
    const bench = await acme();
    const skills = "packages/community-skills/skills";
    cpSync(corpus, join(bench.cwd, skills), { recursive: true });
    await done(bench, "build", "packages", "--all");
    await push(bench, "packages", "acme-standards", "1.0.0");
    await push(bench, "packages", "community-skills", "1.0.0");
    await done(bench, "build", "--all");
    await push(bench, "agents", "storefront-agent", "1.0.0");
    const out = temporaryDirectory();
    await done(bench, "materialize", `${bench.host}/agents/storefront-agent:1.0.0`, "--out", out);
    const expected = Object.entries(filesIn(corpus));
    expect(expected.length).toBeGreaterThan(20);
    const files = filesIn(join(out, ".agents/skills"));
    for (const [path, content] of expected) expect([path, files[path]]).toEqual([path, content]);
  });
});
