import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  formatTree,
  lockOf,
  nodesOf,
  outdated,
  planRaise,
  planUpdate,
  raiseReference,
  readSecrets,
  resolvePackages,
  treeOf,
  why,
} from "../index.ts";
import { declared, TestRegistry } from "../registry.fixture.ts";

const ref = (name: string, version = "1.0.0") => `ghcr.io/acme/${name}:${version}`;
const roots = (...packages: readonly string[]) => [{ name: "agent", packages: declared(...packages) }];

async function diamond() {
  const registry = new TestRegistry();
  await registry.publish(ref("base"));
  await registry.publish(ref("l"), { packages: [ref("base")] });
  await registry.publish(ref("r"), { packages: [ref("base")] });
  await registry.publish(ref("top"), { packages: [ref("l"), ref("r")] });
  return {
    registry,
    graph: await resolvePackages(roots(ref("top"), "ghcr.io/acme/r:^1.0.0"), { open: registry.open }),
  };
}

describe("why", () => {
  it("lists every way to a package and how each step declares the next", async () => {
    const { graph } = await diamond();
    const [found] = why(graph, "base");
    expect(found).toMatchObject({ key: ref("base"), truncated: false });
    expect(found?.paths.map(({ root, steps }) => [root, ...steps.map(({ key }) => key)])).toEqual([
      ["agent", ref("top"), ref("l"), ref("base")],
      ["agent", ref("top"), ref("r"), ref("base")],
      ["agent", ref("r"), ref("base")],
    ]);
    expect(found?.paths[2]?.steps[0]?.declared).toBe("ghcr.io/acme/r:^1.0.0");
  });
  it("takes a name, a repository, a reference or a digest, and cuts off where there are too many ways", async () => {
    const { graph } = await diamond();
    const [found] = why(graph, ref("base"), { limit: 2 });
    expect(found).toMatchObject({ truncated: true });
    expect(found?.paths).toHaveLength(2);
    for (const name of ["ghcr.io/acme/base", found?.digest ?? ""]) expect(why(graph, name)).toHaveLength(1);
  });
  it("says what there is where a name is unknown", async () => {
    const { graph } = await diamond();
    expect(() => why(graph, "bsae")).toThrow(
      expect.objectContaining({ code: "ERR_STAX_PACKAGE_UNKNOWN", category: "usage", hint: 'did you mean "base"?' }),
    );
  });
});

describe("treeOf", () => {
  it("shows a graph as a tree, and what stands there already once", async () => {
    const { graph } = await diamond();
    const lines = formatTree(treeOf(graph)).map((line) => line.replace(/ sha256:[a-f0-9]{12}/, ""));
    expect(lines).toEqual([
      "agent",
      `├── ${ref("top")}`,
      `│   ├── ${ref("l")}`,
      `│   │   └── ${ref("base")}`,
      `│   └── ${ref("r")}`,
      `│       └── ${ref("base")}`,
      `└── ghcr.io/acme/r:^1.0.0 → ${ref("r")} (above)`,
    ]);
  });
});

describe("outdated", () => {
  it("compares what is used with what the declarations take and with the newest there is", async () => {
    const registry = new TestRegistry();
    for (const version of ["1.0.0", "1.1.0"]) await registry.publish(ref("x", version));
    await registry.publish(ref("y"));
    const graph = await resolvePackages(roots("ghcr.io/acme/x:^1.0.0", ref("y")), { open: registry.open });
    const options = { open: registry.open };
    expect(await outdated(graph, options)).toEqual([]);
    for (const version of ["1.2.0", "2.0.0", "3.0.0-rc.1"]) await registry.publish(ref("x", version));
    await registry.publish(ref("y", "1.0.1"));
    registry.requests.length = 0;
    expect(await outdated(graph, options)).toMatchObject([
      { package: "ghcr.io/acme/x", current: "1.1.0", wanted: "1.2.0", latest: "2.0.0", requested: [{ by: "agent" }] },
      { package: "ghcr.io/acme/y", current: "1.0.0", wanted: "1.0.0", latest: "1.0.1" },
    ]);
    expect(registry.requests).toEqual(["tags ghcr.io/acme/x", "tags ghcr.io/acme/y"]);
  });
  it("does not call an older release newer than a prerelease", async () => {
    const registry = new TestRegistry();
    await registry.publish(ref("x"));
    await registry.publish(ref("x", "2.0.0-rc.1"));
    const graph = await resolvePackages(roots(ref("x", "2.0.0-rc.1")), { open: registry.open });
    expect(await outdated(graph, { open: registry.open })).toEqual([]);
  });
});

describe("planRaise", () => {
  const world = async (...packages: readonly string[]) => {
    const registry = new TestRegistry();
    await registry.publish(ref("x"));
    await registry.publish(ref("kit"), { packages: ["ghcr.io/acme/x:^1.0.0"] });
    const graph = await resolvePackages(roots(...packages), { open: registry.open });
    for (const version of ["1.0.9", "1.5.0", "2.0.0"]) await registry.publish(ref("x", version));
    return { registry, graph, lock: lockOf(graph) };
  };
  it("moves the range of a published package, which nobody here can edit, no further than it says", async () => {
    const { registry, graph, lock } = await world(ref("kit"));
    for (const [to, tag] of [
      ["patch", "1.0.9"],
      ["minor", "1.5.0"],
      ["latest", "1.5.0"],
    ] as const) {
      const { references, choose } = await planRaise(graph, to, { open: registry.open });
      expect(references).toEqual([]);
      const after = await resolvePackages(roots(ref("kit")), { open: registry.open, lock, update: true, choose });
      expect(nodesOf(after.roots).map(({ key }) => key)).toEqual([ref("kit"), ref("x", tag)]);
    }
  });
  it("names the declarations that must change, of the packages that are meant only", async () => {
    const { registry, graph } = await world(ref("x"), ref("kit"));
    const all = await planRaise(graph, "latest", { open: registry.open });
    expect(all.references).toEqual([{ root: 0, declared: ref("x"), replacement: ref("x", "2.0.0") }]);
    const only = nodesOf(graph.roots).filter(({ ref: of }) => of === ref("kit"));
    expect((await planRaise(graph, "latest", { open: registry.open, only })).references).toEqual([]);
  });
  it("never goes back, and takes no prerelease that was not asked for", async () => {
    const registry = new TestRegistry();
    for (const version of ["3.0.0-rc.1", "2.0.0"]) await registry.publish(ref("x", version));
    const graph = await resolvePackages(roots(ref("x", "3.0.0-rc.1")), { open: registry.open });
    expect((await planRaise(graph, "latest", { open: registry.open })).references).toEqual([]);
    await registry.publish(ref("x", "3.0.0-rc.2"));
    expect((await planRaise(graph, "latest", { open: registry.open })).references).toMatchObject([
      { replacement: ref("x", "3.0.0-rc.2") },
    ]);
    await registry.publish(ref("x", "4.0.0-beta.1"));
    await registry.publish(ref("x", "3.0.0"));
    expect((await planRaise(graph, "latest", { open: registry.open })).references).toMatchObject([
      { replacement: ref("x", "3.0.0") },
    ]);
  });
});

describe("raiseReference", () => {
  it.each([
    ["patch", "1.1.1"],
    ["minor", "1.3.0"],
    ["latest", "2.0.0"],
  ] as const)("goes as far as %s: %s", async (to, expected) => {
    const registry = new TestRegistry();
    for (const version of ["1.1.0", "1.1.1", "1.3.0", "2.0.0", "3.0.0-rc.1"]) await registry.publish(ref("x", version));
    const lock = lockOf(await resolvePackages(roots(ref("x", "1.1.0")), { open: registry.open }));
    const raised = raiseReference(ref("x", "1.1.0"), to) ?? "";
    const graph = await resolvePackages(roots(raised), { open: registry.open, lock, update: ["x"] });
    expect(graph.roots[0]?.dependencies[0]?.tag).toBe(expected);
  });
  it("has nothing to offer where there is no version", () => {
    expect(raiseReference("./packages/team", "latest")).toBeUndefined();
    expect(raiseReference(ref("x", "stable"), "latest")).toBeUndefined();
  });
});

describe("planUpdate", () => {
  it("says of each package what changes, and which commands, hosts and secrets come and go", async () => {
    const registry = new TestRegistry();
    const mcp = (servers: object) => ({ mcp: { servers } });
    const git = { git: { command: "git-mcp", enabled: true } };
    await registry.publish(ref("x"), { layers: { ...mcp(git), rules: { "a.md": "a", "b.md": "b" } } });
    await registry.publish(ref("old"), { layers: mcp({ old: { command: "old-mcp", enabled: true } }) });
    await registry.publish(ref("same"));
    const options = { open: registry.open };
    const range = "ghcr.io/acme/x:^1.0.0";
    const before = await resolvePackages(roots(range, ref("old"), ref("same")), options);
    const lock = lockOf(before);
    await registry.publish(ref("x", "1.1.0"), {
      packages: [ref("new")],
      layers: {
        ...mcp({
          ...git,
          shell: { command: "bash", args: ["-c", "x"], enabled: true },
          api: { url: "https://api.example.com/mcp", transport: "http", enabled: true },
        }),
        rules: { "a.md": "changed", "c.md": "c" },
        secrets: { secrets: [{ key: "TOKEN", required: true }] },
      },
    });
    await registry.publish(ref("new"), { layers: mcp({ n: { command: "new-mcp", enabled: true } }) });
    await registry.publish(ref("same"), { config: { description: "moved" } });
    const after = await resolvePackages(roots(range, ref("same")), { ...options, lock, update: true });
    const directory = mkdtempSync(join(tmpdir(), "stax-resolver-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const plan = await planUpdate(before, after, { cacheDir: directory });
    expect(plan.packages.map(({ package: name, change }) => [name, change])).toEqual([
      ["ghcr.io/acme/new", "added"],
      ["ghcr.io/acme/old", "removed"],
      ["ghcr.io/acme/same", "moved"],
      ["ghcr.io/acme/x", "updated"],
    ]);
    const x = plan.packages[3];
    expect([x?.before?.key, x?.after?.key]).toEqual([ref("x"), ref("x", "1.1.0")]);
    expect(x?.diff?.layers.find(({ layer }) => layer === "rules")?.items).toEqual([
      { item: "a.md", change: "changed" },
      { item: "b.md", change: "removed" },
      { item: "c.md", change: "added" },
    ]);
    expect(plan.risk).toMatchObject({
      commands: { added: ["bash -c x", "new-mcp"], removed: ["old-mcp"] },
      hosts: { added: ["api.example.com"], removed: [] },
      secrets: { added: ["TOKEN (required)"], removed: [] },
    });
  });
  it("is empty where nothing changes", async () => {
    const { graph } = await diamond();
    expect((await planUpdate(graph, graph, { cacheDir: "" })).packages).toEqual([]);
  });
});

describe("readSecrets", () => {
  it("S05-35 S06-06 S11-05 lists what packages of a registry declare, merged by key, from their secrets layers alone", async () => {
    const registry = new TestRegistry();
    const secrets = (...list: readonly object[]) => ({ secrets: { secrets: list } });
    await registry.publish(ref("low"), {
      layers: { ...secrets({ key: "TOKEN", required: true }, { key: "A", required: false }), rules: { "a.md": "a" } },
    });
    await registry.publish(ref("high"), { layers: secrets({ key: "TOKEN", required: false }) });
    const graph = await resolvePackages(roots(ref("low"), ref("high")), { open: registry.open });
    registry.requests.length = 0;
    expect(await readSecrets(graph.roots[0]?.dependencies ?? [])).toEqual([
      { key: "A", required: false },
      { key: "TOKEN", required: false },
    ]);
    expect(registry.requests).toHaveLength(2);
  });
});
