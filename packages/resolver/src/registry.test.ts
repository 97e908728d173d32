import { copy, parseReference, RegistryClient, type RepositoryName } from "@stax/oci";
import { createRegistry, MemoryStorage, type RegistryEvent } from "@stax/registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  keptTag,
  lockOf,
  nodesOf,
  outdated,
  type PackageSource,
  precedenceOf,
  type ResolveOptions,
  resolvePackages,
} from "./index.ts";
import { declared, TestRegistry } from "./registry.fixture.ts";

const requests: string[] = [];
const onEvent = (event: RegistryEvent) => {
  if (event.kind === "request") requests.push(`${event.method} ${event.url.replace(/sha256:[a-f0-9]+/, "<digest>")}`);
};
const registry = createRegistry({ storage: new MemoryStorage(), onEvent });
const client = new RegistryClient({ env: {}, retry: { minDelay: 1, maxDelay: 2 } });
let server: Awaited<ReturnType<typeof registry.listen>>;
let host = "";
const at = (name: string, tag = "1.0.0") => `${host}/acme/${name}:${tag}`;
const open = (name: RepositoryName): PackageSource => client.repository(name);
const resolve = (packages: readonly string[], options: ResolveOptions = {}) =>
  resolvePackages([{ name: "agent", packages: declared(...packages) }], { open, ...options });

/** publish makes a package in memory and pushes it, as `stax push` does. */
async function publish(reference: string, packages: readonly string[] = [], config: object = {}) {
  const made = new TestRegistry();
  const digest = await made.publish(reference, { packages, config });
  const { tag = "", ...name } = parseReference(reference);
  await copy(made.store(`${name.registry}/${name.repository}`), tag, client.repository(name), tag);
  return digest;
}

beforeAll(async () => {
  server = await registry.listen();
  host = `127.0.0.1:${server.port}`;
  await publish(at("base"));
  await publish(at("base", "1.2.0"));
  await publish(at("left"), [at("base")]);
  await publish(at("right"), [at("base")]);
});
afterAll(async () => {
  client.close();
  await server.close();
});

describe("resolvePackages over a real registry", () => {
  it("S05-08 S05-09 S05-10 resolves a diamond, each manifest and each config read once", async () => {
    requests.length = 0;
    const graph = await resolve([at("left"), at("right")]);
    expect(precedenceOf(graph.roots[0]?.dependencies ?? []).map(({ key }) => key)).toEqual([
      at("base"),
      at("left"),
      at("right"),
    ]);
    for (const node of nodesOf(graph.roots)) {
      const { digest } = await client.repository({ registry: host, repository: `acme/${node.name}` }).resolve("1.0.0");
      expect(node.digest).toBe(digest);
    }
    for (const name of ["base", "left", "right"]) {
      const of = requests.filter((request) => request.startsWith(`GET /v2/acme/${name}/`));
      expect(of.filter((request) => request.includes("/blobs/"))).toHaveLength(1);
      expect(of.filter((request) => request.includes("/manifests/"))).toHaveLength(1);
    }
  });

  it("S05-16 resolves ranges over its tags, and tells what is outdated", async () => {
    const graph = await resolve([`${host}/acme/base:^1.0.0`, at("left")]);
    expect(nodesOf(graph.roots).map(({ key }) => key)).toEqual([at("base", "1.2.0"), at("left"), at("base")]);
    expect(await outdated(graph, { open })).toMatchObject([{ key: at("base"), latest: "1.2.0" }]);
  });

  it("sees a tag that has moved", async () => {
    await publish(at("moving"));
    const lock = lockOf(await resolve([at("moving")]));
    const current = await publish(at("moving"), [], { description: "other" });
    const { moved, roots } = await resolve([at("moving")], { lock, checkTags: true });
    expect(moved).toMatchObject([{ key: at("moving"), current }]);
    expect(roots[0]?.dependencies[0]?.digest).toBe(lock.packages[at("moving")]?.digest);
  });

  it("finds a package that was pushed along with its dependent", async () => {
    const made = new TestRegistry();
    const inner = await made.publish("memory.local/git-utils:1.0.0");
    const store = made.store("memory.local/git-utils");
    await copy(store, "1.0.0", client.repository({ registry: host, repository: "acme/tools" }), keptTag(inner));
    const layers = { packages: { packages: [{ ref: "git-utils:1.0.0", digest: inner, kind: "package" }] } };
    await made.publish(at("tools"), { packages: ["git-utils:1.0.0"], layers });
    await copy(
      made.store(`${host}/acme/tools`),
      "1.0.0",
      client.repository({ registry: host, repository: "acme/tools" }),
      "1.0.0",
    );
    const graph = await resolve([at("tools")]);
    expect(nodesOf(graph.roots).map(({ name }) => name)).toEqual(["tools", "git-utils"]);
  });

  it("fails as the network does where nobody answers: exit code 3, with the way to the package", async () => {
    const gone = "127.0.0.1:1/acme/x:1.0.0";
    await publish(at("leads-away"), [gone]);
    await expect(resolve([at("leads-away")])).rejects.toMatchObject({
      code: "ERR_STAX_DEPENDENCY_FAILED",
      category: "registry",
      details: { path: ["agent", at("leads-away"), gone], cause: "ERR_STAX_CONNECTION_REFUSED" },
    });
  });

  it("fails as resolution does where the registry has no such package: exit code 4", async () => {
    await publish(at("leads-nowhere"), [at("nothing")]);
    await expect(resolve([at("leads-nowhere")])).rejects.toMatchObject({
      code: "ERR_STAX_DEPENDENCY_NOT_FOUND",
      category: "resolve",
    });
  });
});
