import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { packTree } from "@stax/layers";
import { bytesContent, type Descriptor, digestOf, packManifest, parseReference, RegistryClient } from "@stax/oci";
import { fileEntry, sortTree } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { write } from "./project.fixture.ts";
import { type Bench, startBench } from "./registry.fixture.ts";

const skillMd = (name: string) => `---\nname: ${name}\ndescription: "Does ${name}"\n---\nDo ${name}.\n`;
const agent = (...packages: readonly string[]) =>
  JSON.stringify({ name: "app", version: "1.0.0", description: "App", adapter: "claude-code", packages });

/** Pushes a skill as its own tools do: an artifact type, a config, one archive with the skill's directory. */
async function pushSkill(host: string, repository: string, tag: string): Promise<string> {
  const name = parseReference(`${host}/${repository}:${tag}`);
  const target = new RegistryClient().repository(name);
  const push = async (mediaType: string, bytes: Uint8Array): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    await target.push(descriptor, bytesContent(bytes));
    return descriptor;
  };
  const pieces: Uint8Array[] = [];
  const tree = sortTree([fileEntry("lookup/SKILL.md", skillMd("lookup")), fileEntry("lookup/list.md", "list\n")]);
  await packTree(tree, (piece) => void pieces.push(piece.slice()));
  const config = { schemaVersion: "1", name: "lookup", version: tag, description: "Looks things up" };
  const descriptor = await packManifest(target, {
    artifactType: "application/vnd.agentskills.skill.v1",
    config: await push("application/vnd.agentskills.skill.config.v1+json", Buffer.from(JSON.stringify(config))),
    layers: [await push("application/vnd.agentskills.skill.content.v1.tar+gzip", Buffer.concat(pieces))],
    annotations: { "io.agentskills.skill.name": "lookup", "org.opencontainers.image.version": tag },
  });
  await target.tag(descriptor, tag);
  return descriptor.digest;
}

const read = ({ cwd }: Bench, path: string): string => readFileSync(join(cwd, path), "utf8");

describe("a skill artifact of a registry", () => {
  async function world(): Promise<Bench & { readonly digest: string }> {
    const bench = await startBench();
    const digest = await pushSkill(bench.host, "skills/lookup", "1.2.0");
    write(bench.cwd, { "agent/agent.json": agent(`${bench.host}/skills/lookup:^1.0.0`) });
    return { ...bench, digest };
  }
  it("is a package: resolved by range, locked by its own digest, and materialized", async () => {
    const bench = await world();
    expect(await bench.run(["build", "agent"])).toMatchObject({ code: 0 });
    expect(read(bench, "stax.lock")).toContain(bench.digest);
    expect(await bench.run(["materialize", "app", "--out", "out"])).toMatchObject({ code: 0 });
    expect(read(bench, "out/.claude/skills/lookup/SKILL.md")).toBe(skillMd("lookup"));
    expect(read(bench, "out/.claude/skills/lookup/list.md")).toBe("list\n");
    const tree = await bench.run(["tree", "agent"]);
    expect(tree).toMatchObject({ code: 0, stdout: expect.stringContaining("/skills/lookup:1.2.0") });
  });
  it("gives the same agent from an empty cache and a frozen lock, and offline from a full one", async () => {
    const bench = await world();
    const first = await bench.json(["build", "agent"]);
    rmSync(join(bench.home, "cache"), { recursive: true, force: true });
    rmSync(join(bench.cwd, ".stax"), { recursive: true, force: true });
    const again = await bench.json(["build", "agent", "--frozen-lockfile"]);
    expect(again.json.data.artifacts[0].digest).toBe(first.json.data.artifacts[0].digest);
    expect(await bench.run(["materialize", "app", "--out", "one"])).toMatchObject({ code: 0 });
    expect(await bench.run(["materialize", "app", "--out", "two"])).toMatchObject({ code: 0 });
    expect(read(bench, "two/.claude/skills/lookup/SKILL.md")).toBe(read(bench, "one/.claude/skills/lookup/SKILL.md"));
  });
  it("goes along where the agent is pushed and copied into an archive", async () => {
    const bench = await world();
    await bench.run(["build", "agent"]);
    const reference = `${bench.host}/acme/app:1.0.0`;
    expect(await bench.run(["push", reference, "--from", "app"])).toMatchObject({ code: 0 });
    expect(await bench.run(["copy", reference, "oci-archive:app.tar"])).toMatchObject({ code: 0 });
    await bench.registry.close();
    const line = ["materialize", "oci-archive:app.tar", "--out", "out", "--offline"];
    expect(await bench.run(line, { env: { HOME: join(bench.cwd, "elsewhere") } })).toMatchObject({ code: 0 });
    expect(read(bench, "out/.claude/skills/lookup/SKILL.md")).toBe(skillMd("lookup"));
  });
  it("is bundled like any other package", async () => {
    const bench = await world();
    expect(await bench.run(["build", "agent", "--bundle"])).toMatchObject({ code: 0 });
    await bench.registry.close();
    expect(await bench.run(["materialize", "app", "--out", "out", "--offline"])).toMatchObject({ code: 0 });
    expect(existsSync(join(bench.cwd, "out/.claude/skills/lookup/list.md"))).toBe(true);
  });
});

const plugin = {
  "vendor/kit/.claude-plugin/plugin.json": JSON.stringify({
    name: "review-kit",
    version: "1.0.0",
    description: "Reviews",
  }),
  "vendor/kit/skills/review/SKILL.md": skillMd("review"),
  "vendor/kit/agents/critic.md": "---\nname: critic\ndescription: Criticises\n---\nBe strict.\n",
  "vendor/kit/.mcp.json": JSON.stringify({ mcpServers: { docs: { command: "docs", env: { TOKEN: "${TOKEN}" } } } }),
  "vendor/kit/hooks/hooks.json": "{}",
};

describe("a plugin folder", () => {
  it("is a package of the workspace: skills, subagents, servers and secrets, and what is left is said", async () => {
    const bench = await startBench({ ...plugin, "agent.json": agent("./vendor/kit") });
    const built = await bench.json(["build", "agent.json"]);
    expect(built.json.ok).toBe(true);
    expect(built.json.diagnostics).toContainEqual(
      expect.objectContaining({ code: "plugin-left", path: "vendor/kit/hooks", severity: "warning" }),
    );
    expect((await bench.run(["materialize", "app", "--out", "out"])).code).toBe(0);
    expect(read(bench, "out/.claude/skills/review/SKILL.md")).toBe(skillMd("review"));
    expect(read(bench, "out/.claude/agents/critic.md")).toContain("Be strict.");
    expect(JSON.parse(read(bench, "out/.mcp.json")).mcpServers.docs.env).toEqual({ TOKEN: "${TOKEN}" });
  });
  it("gives the same digest wherever it lies, and --strict holds to what is left", async () => {
    const digests = [];
    for (const _ of [1, 2]) {
      const bench = await startBench({ ...plugin, "agent.json": agent("./vendor/kit") });
      digests.push((await bench.json(["build", "agent.json"])).json.data.artifacts[0].digest);
      expect((await bench.run(["build", "agent.json", "--strict"])).code).toBe(1);
    }
    expect(digests[0]).toBe(digests[1]);
  });
  it("is named behind its marketplace, and a broken one is an error with its place", async () => {
    const market = {
      "market/.claude-plugin/marketplace.json": JSON.stringify({
        name: "acme",
        plugins: [
          { name: "one", source: "./one" },
          { name: "two", source: "./two" },
        ],
      }),
      "market/one/skills/first/SKILL.md": skillMd("first"),
      "market/two/skills/second/SKILL.md": skillMd("second"),
    };
    const bench = await startBench({ ...market, "agent.json": agent("./market#two") });
    expect((await bench.run(["build", "agent.json"])).code).toBe(0);
    await bench.run(["materialize", "app", "--out", "out"]);
    expect(readdirSync(join(bench.cwd, "out/.claude/skills"))).toEqual(["second"]);
    write(bench.cwd, { "agent.json": agent("./market", "./market#three") });
    const { code, json } = await bench.json(["validate", "agent.json"]);
    expect(code).toBe(1);
    expect(json.diagnostics).toContainEqual(
      expect.objectContaining({
        code: "package-foreign",
        field: "packages[1]",
        message: expect.stringContaining("three"),
      }),
    );
  });
});

const corpus = join(import.meta.dirname, "../../../../../shared/corpus/agents-marketplace/plugins");
const plugins = existsSync(corpus) ? readdirSync(corpus) : [];

describe.skipIf(plugins.length === 0)(`real plugins (skipped where ${corpus} is missing)`, () => {
  it("are built into an agent and materialized for other runtimes, without a surprise", async () => {
    const bench = await startBench({ "agent.json": agent(...plugins.map((name) => `./vendor/${name}`)) });
    for (const name of plugins) cpSync(join(corpus, name), join(bench.cwd, "vendor", name), { recursive: true });
    const built = await bench.json(["build", "agent.json"]);
    expect(built.json.error).toBeUndefined();
    const line = ["materialize", "app", "--out", "out", "--adapter", "claude-code,codex,github-copilot"];
    const { code, json } = await bench.json(line);
    expect(code).toBe(0);
    const skills = json.data.consumers[0].items.filter(({ feature }: { feature: string }) => feature === "skills");
    expect(skills.length).toBeGreaterThan(40);
    expect(skills.every(({ reach }: { reach: string }) => reach !== "lost")).toBe(true);
  });
});
