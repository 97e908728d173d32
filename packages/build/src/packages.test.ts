import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openArtifact, packArtifact } from "@stax/artifact";
import { canonicalJson } from "@stax/layers";
import { bytesContent, digestOf, LayoutStore, MemoryStore, type RepositoryName } from "@stax/oci";
import { type Config, kindOf, type LayerName } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { agent, build, codesOf, contentOf, packageOf, project, validate, writeFiles } from "./project.fixture.ts";

/** A world of registries, one store for each repository. */
class Registries {
  readonly stores = new Map<string, MemoryStore>();
  readonly open = async ({ registry, repository }: RepositoryName): Promise<MemoryStore> =>
    this.#store(`${registry}/${repository}`);

  #store(name: string): MemoryStore {
    const store = this.stores.get(name) ?? new MemoryStore();
    this.stores.set(name, store);
    return store;
  }

  async publish(
    repository: string,
    version: string,
    documents: Partial<Record<LayerName, object>> = {},
    packages: readonly string[] = [],
  ): Promise<string> {
    const store = this.#store(repository);
    const layers = await Promise.all(
      Object.entries(documents).map(async ([layer, value]) => {
        const name = layer as LayerName; // the keys of the argument
        const bytes = canonicalJson(value);
        const descriptor = { mediaType: kindOf(name).mediaType, digest: digestOf(bytes), size: bytes.byteLength };
        await store.push(descriptor, bytesContent(bytes));
        return { name, descriptor };
      }),
    );
    const name = repository.slice(repository.lastIndexOf("/") + 1);
    const config = { specVersion: "1.0.0", kind: "package", name, version, description: name, packages } as Config; // the shape of a package's config
    const descriptor = await packArtifact(store, { config, layers, created: "1970-01-01T00:00:00Z" });
    await store.tag(descriptor, version);
    return descriptor.digest;
  }
}

const lockOf = (cwd: string) => JSON.parse(readFileSync(join(cwd, "stax.lock"), "utf8"));

describe("packages from registries", () => {
  it("S05-06 S05-08 S05-17 resolves tags, digests and local paths to digests, lowest precedence first", async () => {
    const registries = new Registries();
    const base = await registries.publish("ghcr.io/acme/base", "1.0.0");
    const tools = await registries.publish("ghcr.io/acme/tools", "2.1.0", {}, ["ghcr.io/acme/base:1.0.0"]);
    const cwd = project({
      "agent.json": agent({ packages: ["ghcr.io/acme/tools:2.1.0", "./team"] }),
      "team/stax.package.json": packageOf("team", { packages: [`ghcr.io/acme/base@${base}`] }),
    });
    const built = await build(cwd, { open: registries.open });
    const { packages } = await contentOf(built, "sample:1.0.0");
    expect(packages?.packages.map(({ ref }) => ref)).toEqual([
      "ghcr.io/acme/base:1.0.0",
      `ghcr.io/acme/base@${base}`,
      "ghcr.io/acme/tools:2.1.0",
      "team:1.0.0",
    ]);
    expect(packages?.packages.map(({ digest }) => digest)).toContain(tools);
  });
  it("S05-16 S05-31 resolves a range to an exact tag in config and lock, with a warning", async () => {
    const registries = new Registries();
    for (const version of ["1.0.0", "1.4.0", "2.0.0-rc.1"]) await registries.publish("ghcr.io/acme/x", version);
    const cwd = project({ "agent.json": agent({ packages: ["ghcr.io/acme/x:^1.0.0"] }) });
    const built = await build(cwd, { open: registries.open });
    expect(built.locked).toBe(true);
    expect(codesOf(built.diagnostics)).toContain("warning package-floating agent.json packages[0]");
    const artifact = await openArtifact(await LayoutStore.open(built.layout), "sample:1.0.0");
    expect(artifact.config).toMatchObject({ packages: ["ghcr.io/acme/x:1.4.0"] });
    expect(artifact.manifest.annotations?.["dev.stax.lock.digest"]).toMatch(/^sha256:/);
    expect(lockOf(cwd)).toMatchObject({
      lockVersion: 1,
      packages: { "ghcr.io/acme/x:1.4.0": { requested: ["ghcr.io/acme/x:^1.0.0"], dependencies: [] } },
    });
  });
  it("S05-33 keeps to the lock, byte for byte, until it is told to update", async () => {
    const registries = new Registries();
    await registries.publish("ghcr.io/acme/x", "1.0.0");
    const cwd = project({ "agent.json": agent({ packages: ["ghcr.io/acme/x:^1.0.0"] }) });
    const first = await build(cwd, { open: registries.open });
    const lock = readFileSync(join(cwd, "stax.lock"), "utf8");
    await registries.publish("ghcr.io/acme/x", "1.5.0");
    const second = await build(cwd, { open: registries.open });
    expect([second.locked, second.artifacts[0]?.digest, readFileSync(join(cwd, "stax.lock"), "utf8")]).toEqual([
      false,
      first.artifacts[0]?.digest,
      lock,
    ]);
    await build(cwd, { open: registries.open, lockMode: "update" });
    expect(Object.keys(lockOf(cwd).packages)).toEqual(["ghcr.io/acme/x:1.5.0"]);
  });
  it("S05-32 fails with the difference where the lock must not change, and leaves it alone", async () => {
    const registries = new Registries();
    await registries.publish("ghcr.io/acme/x", "1.0.0");
    const cwd = project({ "agent.json": agent({ packages: ["ghcr.io/acme/x:1.0.0"] }) });
    await expect(build(cwd, { open: registries.open, lockMode: "frozen" })).rejects.toMatchObject({
      code: "ERR_STAX_LOCK_MISSING",
      category: "resolve",
    });
    await build(cwd, { open: registries.open });
    const lock = readFileSync(join(cwd, "stax.lock"), "utf8");
    await registries.publish("ghcr.io/acme/y", "1.0.0");
    writeFiles(cwd, { "agent.json": agent({ packages: ["ghcr.io/acme/x:1.0.0", "ghcr.io/acme/y:1.0.0"] }) });
    await expect(build(cwd, { open: registries.open, lockMode: "frozen" })).rejects.toMatchObject({
      code: "ERR_STAX_LOCK_OUTDATED",
      category: "resolve",
      message: expect.stringContaining("+ ghcr.io/acme/y:1.0.0"),
    });
    expect(readFileSync(join(cwd, "stax.lock"), "utf8")).toBe(lock);
  });
  it("needs no registry where the lock has everything", async () => {
    const registries = new Registries();
    await registries.publish("ghcr.io/acme/x", "1.0.0");
    const cwd = project({ "agent.json": agent({ packages: ["ghcr.io/acme/x:1.0.0"] }) });
    const online = await build(cwd, { open: registries.open });
    const offline = await build(cwd, { lockMode: "frozen" });
    expect(offline.artifacts[0]?.digest).toBe(online.artifacts[0]?.digest);
  });
  it("S05-35 S06-06 wants secrets declared somewhere in the graph", async () => {
    const registries = new Registries();
    await registries.publish("ghcr.io/acme/x", "1.0.0", {
      secrets: { specVersion: "1.0.0", secrets: [{ key: "TOKEN", required: true }] },
    });
    const files = (key: string) => ({
      "agent.json": agent({ mcp: "./mcp.json", packages: ["ghcr.io/acme/x:1.0.0"] }),
      "mcp.json": JSON.stringify({ servers: { s: { command: "x", secrets: [key] } } }),
    });
    await build(project(files("TOKEN")), { open: registries.open });
    await expect(build(project(files("OTHER")), { open: registries.open })).rejects.toMatchObject({
      code: "ERR_STAX_INVALID",
      diagnostics: expect.arrayContaining([expect.objectContaining({ code: "mcp-secret-undeclared" })]),
    });
    expect(codesOf(await validate(project(files("OTHER"))))).toEqual([]);
  });
  it("keeps an agent's overrides in its config and follows the digests that they pin", async () => {
    const registries = new Registries();
    const old = await registries.publish("ghcr.io/acme/x", "1.0.0");
    await registries.publish("ghcr.io/acme/x", "1.1.0");
    const overrides = { disable: { rules: ["noisy"] }, packages: { "ghcr.io/acme/x": old } };
    const cwd = project({ "agent.json": agent({ packages: ["ghcr.io/acme/x:1.1.0"], overrides }) });
    const built = await build(cwd, { open: registries.open });
    expect((await contentOf(built, "sample:1.0.0")).packages?.packages).toMatchObject([{ digest: old }]);
    const { config } = await openArtifact(await LayoutStore.open(built.layout), "sample:1.0.0");
    expect(config).toMatchObject({ overrides });
    const misspelt = await validate(project({ "agent.json": agent({ overrides: { disabled: {} } }) }));
    expect(misspelt).toMatchObject([{ code: "unknown-field", hint: 'did you mean "disable"?' }]);
  });
  it("refuses what it cannot reach, with the way out, and writes no lock", async () => {
    const cwd = project({ "agent.json": agent({ packages: ["ghcr.io/acme/x:1.0.0"] }) });
    await expect(build(cwd)).rejects.toMatchObject({ code: "ERR_STAX_DEPENDENCY_OFFLINE", category: "resolve" });
    expect(existsSync(join(cwd, "stax.lock"))).toBe(false);
  });
  it("locks packages of the workspace by path, without a digest", async () => {
    const cwd = project({ "agent.json": agent({ packages: ["./team"] }), "team/stax.package.json": packageOf("team") });
    await build(cwd);
    expect(lockOf(cwd).packages).toEqual({ "./team": { dependencies: [] } });
  });
  it("makes no lock where there are no packages", async () => {
    const cwd = project({ "agent.json": agent() });
    expect((await build(cwd)).locked).toBe(false);
    expect(existsSync(join(cwd, "stax.lock"))).toBe(false);
  });
});
