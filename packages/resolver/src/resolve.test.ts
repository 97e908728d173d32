import { bytesContent, digestOf, fetchBytes } from "@stax/oci";
import { annotations } from "@stax/schema";
import { describe, expect, it } from "vitest";
import {
  configReferences,
  lockOf,
  nodesOf,
  type PackageGraph,
  precedenceOf,
  type ResolveError,
  type ResolveOptions,
  type RootPackages,
  resolvedPackages,
  resolvePackages,
} from "./index.ts";
import { declared, storeArtifact, TestRegistry } from "./registry.fixture.ts";

const ref = (name: string, version = "1.0.0") => `ghcr.io/acme/${name}:${version}`;
const root = (...packages: readonly string[]): RootPackages => ({ name: "agent", packages: declared(...packages) });
const resolve = (registry: TestRegistry, packages: readonly string[], options: ResolveOptions = {}) =>
  resolvePackages([root(...packages)], { open: registry.open, ...options });
const order = (graph: PackageGraph) => precedenceOf(graph.roots[0]?.dependencies ?? []).map(({ key }) => key);
const failure = async (task: Promise<unknown>): Promise<ResolveError> => {
  const error: unknown = await task.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error("it did not fail");
  return error as ResolveError; // every failure that a user meets is one
};

/** A registry with these packages and what each builds on, all `ghcr.io/acme/<name>:1.0.0`. */
async function registryOf(graph: Readonly<Record<string, readonly string[]>>): Promise<TestRegistry> {
  const registry = new TestRegistry();
  for (const [name, packages] of Object.entries(graph))
    await registry.publish(ref(name), {
      packages: packages.map((other) => (other.includes("/") ? other : ref(other))),
    });
  return registry;
}

describe("resolvePackages", () => {
  it("S05-07 S05-09 resolves depth-first in declaration order, recursively", async () => {
    const registry = await registryOf({ a: ["b", "c"], b: [], c: ["e"], d: [], e: [] });
    const graph = await resolve(registry, [ref("a"), ref("d")]);
    expect(order(graph)).toEqual(["b", "e", "c", "a", "d"].map((name) => ref(name)));
    expect(nodesOf(graph.roots).map(({ name }) => name)).toEqual(["a", "b", "c", "e", "d"]);
  });

  it("S05-08 resolves each package to the digest that the registry has", async () => {
    const registry = new TestRegistry();
    const b = await registry.publish(ref("b"));
    const a = await registry.publish(ref("a"), { packages: [ref("b")] });
    const graph = await resolve(registry, [ref("a")]);
    expect(nodesOf(graph.roots).map(({ ref, digest }) => ({ ref, digest }))).toEqual([
      { ref: ref("a"), digest: a },
      { ref: ref("b"), digest: b },
    ]);
  });

  it("S05-10 visits a package once, however many build on it: one request for its manifest and one for its config", async () => {
    const registry = await registryOf({ a: ["base"], b: ["base"], c: ["a", "base"], base: [] });
    const graph = await resolve(registry, [ref("a"), ref("b"), ref("c")]);
    expect(nodesOf(graph.roots)).toHaveLength(4);
    expect(registry.requests).toHaveLength(8);
    expect(new Set(registry.requests).size).toBe(8);
    expect(order(graph).filter((key) => key === ref("base"))).toHaveLength(1);
  });

  it("S05-10 visits a package once also where a shorter way to it is found later", async () => {
    const registry = await registryOf({ a: ["b"], b: ["base"], slow: ["base"], base: ["leaf"], leaf: [] });
    // The long way to base has been gone when the short one opens.
    registry.before = (request) =>
      request.includes("/slow ") ? new Promise((resolve) => setTimeout(resolve, 30)) : undefined;
    await resolve(registry, [ref("slow"), ref("a")]);
    expect(registry.requests.filter((request) => /\/(?:base|leaf) /.test(request))).toHaveLength(4);
    expect(new Set(registry.requests).size).toBe(registry.requests.length);
  });

  it("S05-06 takes paths of the workspace, exact tags and digests", async () => {
    const registry = new TestRegistry();
    const b = await registry.publish(ref("b"));
    await registry.publish(ref("a"));
    const graph = await resolve(registry, ["./packages/team", ref("a"), `ghcr.io/acme/b@${b}`, `${ref("b")}@${b}`], {
      local: [{ path: "./packages/team", name: "team", version: "0.1.0", packages: declared(ref("a")) }],
    });
    expect(nodesOf(graph.roots).map(({ key, ref }) => [key, ref])).toEqual([
      ["./packages/team", "team:0.1.0"],
      [ref("a"), ref("a")],
      [`ghcr.io/acme/b@${b}`, `ghcr.io/acme/b@${b}`],
      [`${ref("b")}@${b}`, ref("b")],
    ]);
  });

  it("S05-08 S05-17 S02-15 makes the config's references and the packages layer of a definition", async () => {
    const registry = new TestRegistry();
    const x = await registry.publish(ref("x", "1.1.0"));
    const team = { path: "./team", name: "team", version: "0.1.0", packages: declared("ghcr.io/acme/x:^1.0.0") };
    const graph = await resolve(registry, ["./team", `ghcr.io/acme/x@${x}`], { local: [team] });
    const [agent] = graph.roots;
    if (agent === undefined) throw new Error("there is a root");
    expect(configReferences(agent)).toEqual(["team:0.1.0", `ghcr.io/acme/x@${x}`]);
    const [local] = agent.dependencies;
    expect(local && configReferences(local)).toEqual([ref("x", "1.1.0")]);
    const built = `sha256:${"b".repeat(64)}`;
    expect(resolvedPackages(agent, ({ path }) => (path === "./team" ? built : ""))).toEqual([
      { ref: ref("x", "1.1.0"), digest: x, kind: "package" },
      { ref: "team:0.1.0", digest: built, kind: "package" },
      { ref: `ghcr.io/acme/x@${x}`, digest: x, kind: "package" },
    ]);
    expect(() => resolvedPackages(agent)).toThrow("./team is not built");
  });

  it("S05-11 refuses a circle and names it: B → C → B", async () => {
    const registry = await registryOf({ a: ["b"], b: ["c"], c: ["b"] });
    const error = await failure(resolve(registry, [ref("a")]));
    expect(error).toMatchObject({ code: "ERR_STAX_DEPENDENCY_CYCLE", category: "resolve" });
    expect(error.message).toBe(`packages build on each other in a circle: ${ref("b")} → ${ref("c")} → ${ref("b")}`);
  });

  it("S05-11 refuses a circle through packages of the workspace", async () => {
    const local = [
      { path: "./a", name: "a", version: "1.0.0", packages: declared("./b") },
      { path: "./b", name: "b", version: "1.0.0", packages: declared("./a") },
    ];
    const error = await failure(resolvePackages([root("./a")], { local }));
    expect(error.message).toBe("packages build on each other in a circle: ./a → ./b → ./a");
  });

  describe("when packages build on each other deeply", () => {
    const chain = (length: number, more: Readonly<Record<string, readonly string[]>> = {}) =>
      registryOf({
        ...Object.fromEntries(
          Array.from({ length }, (_, i) => [`p${i + 1}`, i + 1 < length ? [`p${i + 2}`] : []] as const),
        ),
        ...more,
      });
    it("takes 32 levels", async () => {
      expect(nodesOf((await resolve(await chain(32), [ref("p1")])).roots)).toHaveLength(32);
    });
    it("S05-12 refuses 33 levels and shows the chain", async () => {
      const error = await failure(resolve(await chain(33), [ref("p1")]));
      expect(error).toMatchObject({ code: "ERR_STAX_DEPENDENCY_DEPTH", category: "resolve" });
      expect(error.message).toContain(`agent → ${ref("p1")}`);
      expect(error.message).toContain(ref("p33"));
    });
    it("S05-12 counts the longest way, not the first one", async () => {
      const registry = await chain(32, { top: ["p1"] });
      expect(await failure(resolve(registry, [ref("p1"), ref("top")]))).toMatchObject({
        code: "ERR_STAX_DEPENDENCY_DEPTH",
      });
      expect(await failure(resolve(registry, [ref("p20"), ref("top")]))).toMatchObject({
        code: "ERR_STAX_DEPENDENCY_DEPTH",
      });
    });
    it("ends where a registry makes up ever more packages", async () => {
      const registry = await chain(60);
      expect(await failure(resolve(registry, [ref("p1")]))).toMatchObject({ code: "ERR_STAX_DEPENDENCY_DEPTH" });
      expect(registry.requests.length).toBeLessThanOrEqual(2 * 33);
    });
  });

  describe("when one reference is two artifacts", () => {
    async function conflicting() {
      const registry = new TestRegistry();
      const old = await registry.publish(ref("x"));
      const now = await registry.publish(ref("x"), { config: { description: "changed" } });
      await registry.publish(ref("b"), { packages: [ref("x")] });
      return { registry, old, now };
    }
    it("S05-14 S05-15 names the reference, both digests, both ways to them, and what to do", async () => {
      const { registry, old, now } = await conflicting();
      const error = await failure(resolve(registry, [`${ref("x")}@${old}`, ref("b")]));
      expect(error).toMatchObject({ code: "ERR_STAX_DEPENDENCY_CONFLICT", category: "resolve" });
      expect(error.message).toContain(`${ref("x")} is two different packages`);
      expect(error.message).toContain(`${old} (agent → ${ref("x")}@${old})`);
      expect(error.message).toContain(`${now} (agent → ${ref("b")} → ${ref("x")})`);
      expect(error.hint).toContain(`pin the one you want: overrides: { packages: { "${ref("x")}": "${now}" } }`);
      expect(error.hint).toContain(`name ${ref("x")}@<digest> wherever it is declared`);
      expect(error.hint).toContain(`stax update ${ref("x")}`);
    });
    it("S05-13 lets the lock decide where all declarations are tags, though the tag has moved", async () => {
      const registry = new TestRegistry();
      const old = await registry.publish(ref("x"));
      await registry.publish(ref("b"), { packages: [ref("x")] });
      const lock = lockOf(await resolve(registry, [ref("x"), ref("b")]));
      await registry.publish(ref("x"), { config: { description: "changed" } });
      const graph = await resolve(registry, [ref("x"), ref("b")], { lock });
      expect(nodesOf(graph.roots).find(({ ref: at }) => at === ref("x"))?.digest).toBe(old);
    });
    it("S05-13 does not let the lock decide against a declared digest", async () => {
      const { registry, old, now } = await conflicting();
      const lock = lockOf(await resolve(registry, [ref("x"), ref("b")]));
      expect(lock.packages[ref("x")]?.digest).toBe(now);
      expect(await failure(resolve(registry, [`${ref("x")}@${old}`, ref("b")], { lock }))).toMatchObject({
        code: "ERR_STAX_DEPENDENCY_CONFLICT",
      });
    });
    it("takes what an override pins, everywhere in the graph", async () => {
      const { registry, old } = await conflicting();
      for (const pinned of [ref("x"), "ghcr.io/acme/x"]) {
        const roots = [{ ...root(ref("x"), ref("b")), pins: { [pinned]: old } }];
        const graph = await resolvePackages(roots, { open: registry.open });
        expect(nodesOf(graph.roots).filter(({ ref: at }) => at === ref("x"))).toMatchObject([
          { digest: old, pinned: true, key: `${ref("x")}@${old}` },
        ]);
      }
    });
    it("keeps what another definition of the workspace does not pin", async () => {
      const { registry, old, now } = await conflicting();
      const roots = [
        { ...root(ref("b")), pins: { [ref("x")]: old } },
        { ...root(ref("b")), name: "other" },
      ];
      const graph = await resolvePackages(roots, { open: registry.open });
      expect(graph.roots.map((one) => nodesOf([one]).at(-1)?.digest)).toEqual([old, now]);
      const lock = lockOf(graph);
      expect(Object.keys(lock.packages)).toEqual([ref("b"), ref("x"), `${ref("x")}@${old}`]);
      const again = await resolvePackages(roots, { lock, frozen: true, complete: true });
      expect(lockOf(again)).toEqual(lock);
    });
    it("S05-14 refuses two packages of the workspace with one name and version", async () => {
      const local = ["./a", "./b"].map((path) => ({ path, name: "team", version: "1.0.0", packages: [] }));
      const error = await failure(resolvePackages([root("./a", "./b")], { local }));
      expect(error).toMatchObject({ code: "ERR_STAX_DEPENDENCY_CONFLICT" });
      expect(error.message).toContain("./a (agent → ./a) and ./b (agent → ./b)");
    });
    it("warns where a package is there in two versions", async () => {
      const registry = await registryOf({ a: [ref("x", "2.0.0")], x: [] });
      await registry.publish(ref("x", "2.0.0"));
      const { diagnostics } = await resolve(registry, [ref("x"), ref("a")]);
      expect(diagnostics).toMatchObject([{ code: "package-versions", severity: "warning" }]);
      expect(diagnostics[0]?.message).toContain(`agent → ${ref("a")} → ${ref("x", "2.0.0")}`);
    });
  });

  describe("when a reference is a range", () => {
    async function versions(...list: readonly string[]) {
      const registry = new TestRegistry();
      for (const version of list) await registry.publish(ref("x", version));
      return registry;
    }
    const resolved = async (registry: TestRegistry, range: string) =>
      (await resolve(registry, [`ghcr.io/acme/x:${range}`])).roots[0]?.dependencies[0]?.key;

    it.each([
      ["^2.0.0", "2.10.0"],
      ["~2.1.0", "2.1.5"],
      ["2.x", "2.10.0"],
      ["latest", "3.0.0"],
      ["*", "3.0.0"],
      [">=1.0.0 <2.0.0 || 3.0.0", "3.0.0"],
      ["^4.0.0-rc.1", "4.0.0-rc.2"],
      ["^1.0.0", "1.0.0_build.7"],
    ])("S05-16 takes the newest that satisfies %s: %s", async (range, expected) => {
      const registry = await versions(
        ...[
          "2.1.0",
          "2.1.5",
          "2.10.0",
          "3.0.0",
          "4.0.0-rc.1",
          "4.0.0-rc.2",
          "1.0.0",
          "1.0.0_build.7",
          "stable",
          "v0.1",
        ],
      );
      expect(await resolved(registry, range)).toBe(ref("x", expected));
    });
    it("S05-16 says that it floats and what it is today", async () => {
      const registry = await versions("2.0.0", "2.1.0");
      const { diagnostics } = await resolve(registry, ["ghcr.io/acme/x:^2.0.0"]);
      expect(diagnostics).toMatchObject([{ code: "range-floating", severity: "warning" }]);
      expect(diagnostics[0]?.message).toBe(`ghcr.io/acme/x:^2.0.0 (in agent) floats: today it is ${ref("x", "2.1.0")}`);
    });
    it("asks for the tags of a repository once", async () => {
      const registry = await versions("1.0.0", "2.0.0");
      await resolve(registry, ["ghcr.io/acme/x:^1.0.0", "ghcr.io/acme/x:^2.0.0", "ghcr.io/acme/x:*"]);
      expect(registry.requests.filter((request) => request.startsWith("tags"))).toEqual(["tags ghcr.io/acme/x"]);
    });
    it("lists the newest versions there are where none satisfies it", async () => {
      const registry = await versions("1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1");
      const error = await failure(resolve(registry, ["ghcr.io/acme/x:^9.0.0"]));
      expect(error).toMatchObject({ code: "ERR_STAX_RANGE_UNMATCHED", category: "resolve" });
      expect(error.message).toContain("no version of ghcr.io/acme/x satisfies ^9.0.0");
      expect(error.hint).toBe("the newest are 1.10.0, 1.2.0, 1.0.0; prereleases, which a range must name: 2.0.0-rc.1");
    });
    it("leaves prereleases out where a range does not name one", async () => {
      expect(await failure(resolved(await versions("2.0.0-rc.1"), "latest"))).toMatchObject({
        code: "ERR_STAX_RANGE_UNMATCHED",
      });
    });
    it("takes the tag latest of a repository without versions", async () => {
      const registry = await versions("latest", "main");
      expect(await resolved(registry, "latest")).toBe(ref("x", "latest"));
    });
    it("refuses what is neither a tag nor a range", async () => {
      expect(await failure(resolved(await versions("1.0.0"), "^banana"))).toMatchObject({
        code: "ERR_STAX_RANGE_INVALID",
      });
    });
    it("says where a registry lists no tags", async () => {
      const registry = await versions("1.0.0");
      const { tags: _, ...open } = registry.open({ registry: "ghcr.io", repository: "acme/x" });
      expect(await failure(resolvePackages([root("ghcr.io/acme/x:^1.0.0")], { open: () => open }))).toMatchObject({
        code: "ERR_STAX_RANGE_UNLISTABLE",
      });
    });
    it("resolves a range that a published package names", async () => {
      const registry = await versions("1.0.0", "1.1.0");
      await registry.publish(ref("a"), { packages: ["ghcr.io/acme/x:^1.0.0"] });
      expect(order(await resolve(registry, [ref("a")]))).toEqual([ref("x", "1.1.0"), ref("a")]);
    });
  });

  describe("when a package is not what it should be", () => {
    it("lists the newest versions where a tag is not there", async () => {
      const registry = new TestRegistry();
      for (const version of ["1.0.0", "1.2.0", "2.0.0-rc.1"]) await registry.publish(`ghcr.io/acme/x:${version}`);
      const roots = [{ name: "agent", packages: declared("ghcr.io/acme/x:1.1.0") }];
      await expect(resolvePackages(roots, { open: registry.open })).rejects.toMatchObject({
        code: "ERR_STAX_DEPENDENCY_NOT_FOUND",
        hint: "correct the reference; the newest are 1.2.0, 1.0.0, 2.0.0-rc.1",
      });
    });
    it("refuses a reference that leads nowhere, with the way to it", async () => {
      const registry = await registryOf({ a: ["b"], b: ["gone"] });
      const error = await failure(resolve(registry, [ref("a")]));
      expect(error).toMatchObject({ code: "ERR_STAX_DEPENDENCY_NOT_FOUND", category: "resolve" });
      expect(error.message).toBe(`there is no ${ref("gone")}, needed by agent → ${ref("a")} → ${ref("b")}`);
    });
    it("refuses an agent", async () => {
      const registry = new TestRegistry();
      const store = registry.store("ghcr.io/acme/agent");
      const adapter = { type: "x", runtime: "x", adapterVersion: "1.0.0", config: {}, features: {} };
      const config = { kind: "agent", name: "agent", version: "1.0.0", adapter };
      await store.tag(await storeArtifact(store, config), "1.0.0");
      const error = await failure(resolve(registry, [ref("agent")]));
      expect(error).toMatchObject({ code: "ERR_STAX_DEPENDENCY_NOT_PACKAGE", category: "resolve" });
      expect(error.message).toContain("an artifact of the kind agent, not a package");
    });
    it("refuses what is no artifact of stax, and an index", async () => {
      const registry = new TestRegistry();
      const store = registry.store("ghcr.io/acme/image");
      await pushJson(store, "1.0.0", {
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: `sha256:${"0".repeat(64)}`, size: 2 },
        layers: [],
      });
      await pushJson(store, "2.0.0", {
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.index.v1+json",
        manifests: [],
      });
      for (const version of ["1.0.0", "2.0.0"])
        expect(await failure(resolve(registry, [ref("image", version)]))).toMatchObject({
          code: "ERR_STAX_DEPENDENCY_NOT_PACKAGE",
          category: "resolve",
        });
    });
    it("refuses a package that lies about its kind, its name or its version", async () => {
      const registry = new TestRegistry();
      await registry.publish(ref("kind"), { config: { kind: "agent" } });
      const store = registry.store("ghcr.io/acme/kind");
      const honest = await store.resolve(await registry.publish(ref("kind", "2.0.0"), { name: "kind" }));
      const manifest = JSON.parse(Buffer.from(await fetchBytes(store, honest)).toString());
      const lies: readonly object[] = [{ [annotations.title]: "other" }, { [annotations.version]: "9.9.9" }];
      for (const [index, lie] of lies.entries())
        await pushJson(store, `3.0.${index}`, { ...manifest, annotations: { ...manifest.annotations, ...lie } });
      const agent = await store.resolve("1.0.0");
      const agentManifest = JSON.parse(Buffer.from(await fetchBytes(store, agent)).toString());
      await pushJson(store, "4.0.0", { ...agentManifest, artifactType: "application/vnd.stax.package.v1" });
      for (const version of ["3.0.0", "3.0.1", "4.0.0"])
        expect(await failure(resolve(registry, [ref("kind", version)]))).toMatchObject({
          code: "ERR_STAX_DEPENDENCY_MISLABELED",
          category: "resolve",
        });
    });
    it("refuses content that differs from its digest, as a failure of the registry", async () => {
      const registry = await registryOf({ a: ["b"], b: [] });
      const b = await registry.store("ghcr.io/acme/b").resolve("1.0.0");
      const open: TestRegistry["open"] = (name) => {
        const source = registry.open(name);
        const { fetchReference } = source;
        if (name.repository !== "acme/b" || fetchReference === undefined) return source;
        return {
          ...source,
          fetchReference: async () => ({ descriptor: b, content: [new Uint8Array(b.size)] }),
        };
      };
      const error = await failure(resolvePackages([root(ref("a"))], { open }));
      expect(error).toMatchObject({ code: "ERR_STAX_DEPENDENCY_FAILED" });
      expect(error.details).toMatchObject({ cause: "ERR_STAX_DIGEST_MISMATCH" });
      expect(error.message).toContain(`needed by agent → ${ref("a")}`);
    });
    it("refuses a registry that answers a digest with another one", async () => {
      const registry = await registryOf({ a: [], b: [] });
      const { digest: a } = await registry.store("ghcr.io/acme/a").resolve("1.0.0");
      const open: TestRegistry["open"] = () => {
        const { fetchReference: _, ...source } = registry.open({ registry: "ghcr.io", repository: "acme/b" });
        return { ...source, resolve: () => source.resolve("1.0.0") };
      };
      const error = await failure(resolvePackages([root(`ghcr.io/acme/a@${a}`)], { open }));
      expect(error).toMatchObject({ code: "ERR_STAX_DEPENDENCY_FAILED", category: "registry" });
    });
    it("refuses a path in a published package, and a name without a registry in a definition", async () => {
      const registry = await registryOf({ a: [] });
      await registry.publish(ref("p"), { packages: ["../../etc"] });
      for (const packages of [[ref("p")], ["team:1.0.0"]])
        expect(await failure(resolve(registry, packages))).toMatchObject({ code: "ERR_STAX_DEPENDENCY_REFERENCE" });
    });
    it("warns where a tag is another version than the package says", async () => {
      const registry = new TestRegistry();
      await registry.publish(ref("x", "2.0.0"), { version: "1.0.0" });
      expect((await resolve(registry, [ref("x", "2.0.0")])).diagnostics).toMatchObject([
        { code: "package-version-differs", severity: "warning" },
      ]);
    });
  });

  describe("when a published package builds on one that was local to it", () => {
    async function embedding() {
      const registry = new TestRegistry();
      const store = registry.store("ghcr.io/acme/tools");
      const inner = await storeArtifact(store, { kind: "package", name: "git-utils", version: "1.0.0" });
      const packages = [{ ref: "git-utils:1.0.0", digest: inner.digest, kind: "package" }];
      await registry.publish(ref("tools"), { packages: ["git-utils:1.0.0"], layers: { packages: { packages } } });
      return { registry, store, inner };
    }
    it("finds it by digest where its dependent lies", async () => {
      const { registry, inner } = await embedding();
      const graph = await resolve(registry, [ref("tools")]);
      expect(order(graph)).toEqual([`ghcr.io/acme/tools@${inner.digest}`, ref("tools")]);
      const lock = lockOf(graph);
      expect(lockOf(await resolve(new TestRegistry(), [ref("tools")], { lock, trustLock: true }))).toEqual(lock);
    });
    it("refuses another package under its digest", async () => {
      const { registry, store } = await embedding();
      const other = await storeArtifact(store, { kind: "package", name: "evil", version: "1.0.0" });
      const packages = [{ ref: "git-utils:1.0.0", digest: other.digest, kind: "package" }];
      await registry.publish(ref("tools"), { packages: ["git-utils:1.0.0"], layers: { packages: { packages } } });
      expect(await failure(resolve(registry, [ref("tools")]))).toMatchObject({
        code: "ERR_STAX_DEPENDENCY_MISLABELED",
      });
    });
    it("says where it was not pushed along", async () => {
      const { registry } = await embedding();
      const packages = [{ ref: "git-utils:1.0.0", digest: `sha256:${"1".repeat(64)}`, kind: "package" }];
      await registry.publish(ref("tools"), { packages: ["git-utils:1.0.0"], layers: { packages: { packages } } });
      const error = await failure(resolve(registry, [ref("tools")]));
      expect(error).toMatchObject({ code: "ERR_STAX_DEPENDENCY_NOT_FOUND" });
      expect(error.hint).toContain("pushed without its packages");
    });
  });

  it("takes what a mirror has, and the rest from where the reference says", async () => {
    const registry = await registryOf({ a: ["b"], b: [] });
    const copied = await registry.store("ghcr.io/acme/a").resolve("1.0.0");
    const mirror = registry.store("registry.corp:5000/acme/a");
    await registry.publish("registry.corp:5000/acme/a:1.0.0", { packages: [ref("b")] });
    expect((await mirror.resolve("1.0.0")).digest).toBe(copied.digest);
    const graph = await resolve(registry, [ref("a")], { mirrors: { "ghcr.io/acme/*": "registry.corp:5000" } });
    expect(order(graph)).toEqual([ref("b"), ref("a")]);
    expect(lockOf(graph).packages[ref("a")]?.resolved).toBe("ghcr.io/acme/a");
    const asked = registry.requests.map((request) => request.split(" ").slice(0, 2).join(" "));
    expect(asked).toEqual([
      "manifest registry.corp:5000/acme/a",
      "blob registry.corp:5000/acme/a",
      "manifest registry.corp:5000/acme/b",
      "manifest ghcr.io/acme/b",
      "blob ghcr.io/acme/b",
    ]);
  });

  it("needs no network for packages of the workspace, and says when it does", async () => {
    const local = [{ path: "./team", name: "team", version: "1.0.0", packages: [] }];
    expect(nodesOf((await resolvePackages([root("./team")], { local })).roots)).toHaveLength(1);
    expect(await failure(resolvePackages([root(ref("a"))]))).toMatchObject({ code: "ERR_STAX_DEPENDENCY_OFFLINE" });
  });

  it("stops when it is told to", async () => {
    const registry = await registryOf({ a: ["b"], b: [] });
    const controller = new AbortController();
    registry.before = () => controller.abort(new Error("stopped"));
    await expect(resolve(registry, [ref("a")], { signal: controller.signal })).rejects.toThrow("stopped");
  });
});

async function pushJson(store: ReturnType<TestRegistry["store"]>, tag: string, document: object): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(document));
  const mediaType = (document as { readonly mediaType: string }).mediaType; // each document here has one
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
  await store.push(descriptor, bytesContent(bytes));
  await store.tag(descriptor, tag);
}
