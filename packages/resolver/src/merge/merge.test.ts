import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openArtifact } from "@stax/artifact";
import { diffLayers } from "@stax/layers";
import {
  type FileTree,
  fileEntry,
  type Layers,
  layerKinds,
  layersAllowedIn,
  mergedLayerNames,
  type Overrides,
  orderRules,
  readEntry,
  sortTree,
} from "@stax/schema";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  applyOverrides,
  findPackages,
  type Merged,
  mergePackages,
  overridesOf,
  type PackageLayers,
  readMerged,
} from "../index.ts";
import { type Content, storeArtifact, TestRegistry } from "../registry.fixture.ts";

type Files = Readonly<Record<string, string>>;

const treeOf = (files: Files): FileTree => sortTree(Object.entries(files).map(([path, text]) => fileEntry(path, text)));
const quiet = { report: () => undefined };
const rules = async (files: Files): Promise<Layers> => ({ rules: await layerKinds.rules.parse(treeOf(files), quiet) });
const skills = async (files: Files): Promise<Layers> => ({
  skills: await layerKinds.skills.parse(treeOf(files), quiet),
});
const knowledge = async (files: Files): Promise<Layers> => ({
  knowledge: await layerKinds.knowledge.parse(treeOf(files), quiet),
});
const mcp = (servers: Readonly<Record<string, object>>): Layers => ({
  mcp: layerKinds.mcp.schema.parse({ servers }),
});
const secrets = (...list: readonly object[]): Layers => ({
  secrets: layerKinds.secrets.schema.parse({ secrets: list }),
});
const digest = (name: string) => `sha256:${Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64)}`;
const pack = (name: string, layers: Layers): PackageLayers => ({ ref: `${name}:1.0.0`, digest: digest(name), layers });
const idOf = (name: string) => `${name}:1.0.0@${digest(name)}`;
const skill = (name: string, text: string) => `---\nname: ${name}\ndescription: ${text}\n---\n${text}\n`;
const ids = (merged: Merged) => merged.layers.rules?.rules.map(({ id }) => id);
const origin = (merged: Merged, item: string) => {
  const found = merged.provenance.find((entry) => entry.item === item);
  return found === undefined ? undefined : [found.from, ...found.replaced];
};

describe("mergedLayerNames", () => {
  it("S05-01 are all layers that a package may carry, but the list of its packages", () => {
    expect(layersAllowedIn("package").filter((name) => name !== "packages")).toEqual(mergedLayerNames);
  });
});

describe("mergePackages", () => {
  it("S05-17 lets direct packages win over transitive ones, later ones over earlier ones, and the artifact over all", async () => {
    const layers = (text: string) => rules({ "a.md": text, [`${text}.md`]: text });
    const packages = [
      pack("transitive", await layers("t")),
      pack("first", await layers("f")),
      pack("second", await layers("s")),
    ];
    const merged = await mergePackages(await layers("own"), packages);
    expect(merged.layers.rules?.rules.find(({ id }) => id === "a.md")?.body.trim()).toBe("own");
    expect(origin(merged, "a.md")).toEqual(["own", idOf("second"), idOf("first"), idOf("transitive")]);
    const without = await mergePackages({}, packages);
    expect(origin(without, "a.md")).toEqual([idOf("second"), idOf("first"), idOf("transitive")]);
    expect(without.layers.rules?.rules.find(({ id }) => id === "a.md")?.body.trim()).toBe("s");
  });

  it("S05-18 S05-26 replaces a server whole", async () => {
    const below = mcp({
      github: { command: "gh-mcp", args: ["--all"], env: { LOG: "debug" } },
      other: { command: "o" },
    });
    const merged = await mergePackages(mcp({ github: { url: "https://mcp.example.com", transport: "http" } }), [
      pack("p", below),
    ]);
    expect(merged.layers.mcp?.servers).toEqual({
      github: { url: "https://mcp.example.com", transport: "http", enabled: true },
      other: { command: "o", enabled: true },
    });
    expect(origin(merged, "other")).toEqual([idOf("p")]);
  });

  it("S05-19 S07-11 S05-26 replaces a skill with its whole directory", async () => {
    const below = await skills({
      "fix/SKILL.md": skill("fix", "old"),
      "fix/extra.sh": "rm",
      "lint/SKILL.md": skill("lint", "l"),
    });
    const merged = await mergePackages(await skills({ "fix/SKILL.md": skill("fix", "new") }), [pack("p", below)]);
    const fix = merged.layers.skills?.skills.find(({ name }) => name === "fix");
    expect(fix?.tree.map(({ path }) => path)).toEqual(["SKILL.md"]);
    expect(merged.layers.skills?.skills.map(({ name }) => name)).toEqual(["lint", "fix"]);
  });

  it("S05-20 S08-06 replaces a rule by its id, else by its path, and appends the others", async () => {
    const below = await rules({ "a.md": "---\nid: naming\n---\nold", "b.md": "b", "c.md": "c" });
    const merged = await mergePackages(await rules({ "z.md": "---\nid: naming\n---\nnew", "b.md": "mine" }), [
      pack("p", below),
    ]);
    expect(merged.layers.rules?.rules.map(({ id, body }) => [id, body])).toEqual([
      ["c.md", "c"],
      ["b.md", "mine"],
      ["naming", "new"],
    ]);
  });

  it("S08-06 tells rules without an id apart by their whole path", async () => {
    const below = await rules({ "go/errors.md": "go", "ts/errors.md": "old ts" });
    const merged = await mergePackages(await rules({ "ts/errors.md": "ts" }), [pack("p", below)]);
    expect(merged.layers.rules?.rules.map(({ id, body }) => [id, body])).toEqual([
      ["go/errors.md", "go"],
      ["ts/errors.md", "ts"],
    ]);
  });

  it("S05-21 S05-29 replaces knowledge by path and keeps which package each path came from", async () => {
    const manifest = (files: object) => JSON.stringify({ files });
    const below = await knowledge({
      "a.md": "old",
      "b.md": "b",
      "knowledge.manifest.json": manifest({ "a.md": { title: "Old" }, "b.md": { title: "B" } }),
    });
    const merged = await mergePackages(await knowledge({ "a.md": "newer" }), [pack("p", below)]);
    const files = (merged.layers.knowledge?.files ?? []).map(
      async (file) => [file.path, Buffer.from(await readEntry(file, 1000)).toString()] as const,
    );
    expect(await Promise.all(files)).toEqual([
      ["a.md", "newer"],
      ["b.md", "b"],
    ]);
    expect(merged.layers.knowledge?.metadata).toEqual({ "b.md": { title: "B" } });
    expect(origin(merged, "a.md")).toEqual(["own", idOf("p")]);
    expect(origin(merged, "b.md")).toEqual([idOf("p")]);
    const written = merged.layers.knowledge?.manifest;
    expect(written === undefined ? "" : Buffer.from(await readEntry(written, 1000)).toString()).toBe(
      `${JSON.stringify({ files: { "b.md": { title: "B" } } }, null, 2)}
`,
    );
  });

  it("S05-22 replaces a surface by its base name", async () => {
    const surfaces = async (files: Files): Promise<Layers> => ({
      surfaces: await layerKinds.surfaces.parse(treeOf(files), quiet),
    });
    const below = await surfaces({ "deep/tools.md": "old", "user.md": "u" });
    const merged = await mergePackages(await surfaces({ "tools.md": "new" }), [pack("p", below)]);
    expect(merged.layers.surfaces?.surfaces.map(({ name, text }) => [name, text])).toEqual([
      ["tools", "new"],
      ["user", "u"],
    ]);
  });

  it("S05-23 S05-30 S11-07 replaces the whole declaration of a secret", async () => {
    const below = secrets(
      { key: "TOKEN", required: true, description: "of GitHub", kind: "token", exposeAs: { env: "GH" } },
      { key: "OTHER", required: false },
    );
    const merged = await mergePackages(secrets({ key: "TOKEN", required: false }), [pack("p", below)]);
    expect(merged.layers.secrets?.secrets).toEqual([
      { key: "OTHER", required: false },
      { key: "TOKEN", required: false },
    ]);
  });

  it("S05-24 replaces instructions by their path", async () => {
    const tree = async (files: Files): Promise<Layers> => ({
      instructionTree: await layerKinds.instructionTree.parse(treeOf(files), quiet),
    });
    const below = await tree({ "_root/instructions.md": "old", "api/instructions.md": "api" });
    const merged = await mergePackages(await tree({ "_root/instructions.md": "new" }), [pack("p", below)]);
    expect(merged.layers.instructionTree?.instructions.map(({ scope, text }) => [scope, text])).toEqual([
      ["api", "api"],
      ["", "new"],
    ]);
    expect(origin(merged, "_root")).toEqual(["own", idOf("p")]);
  });

  it("S05-25 S05-26 replaces a subagent whole, by its name", async () => {
    const agents = (list: object): Layers => ({ subagents: layerKinds.subagents.schema.parse({ agents: list }) });
    const below = agents({
      a: { description: "old", instructions: "x", model: "m" },
      b: { description: "b", instructions: "b" },
    });
    const merged = await mergePackages(agents({ a: { description: "new", instructions: "y" } }), [pack("p", below)]);
    expect(merged.layers.subagents?.agents).toEqual({
      a: { description: "new", instructions: "y" },
      b: { description: "b", instructions: "b" },
    });
  });

  it("S05-27 S05-28 orders rules by precedence, then priority, then path", async () => {
    const rule = (priority: number) => `---\npriority: ${priority}\n---\nx`;
    const low = await rules({ "z.md": rule(1), "b.md": rule(100), "a.md": rule(100) });
    const high = await rules({ "y.md": rule(50), "c.md": rule(2) });
    const merged = await mergePackages(await rules({ "own.md": rule(1000), "c.md": rule(3000) }), [
      pack("low", low),
      pack("high", high),
    ]);
    expect(ids(merged)).toEqual(["z.md", "a.md", "b.md", "y.md", "own.md", "c.md"]);
    expect(orderRules(merged.layers.rules?.rules ?? []).map(({ id }) => id)).toContain("own.md");
  });

  it("S05-34 warns once for each pair of sides, naming what is replaced", async () => {
    const below = await rules({ "a.md": "1", "b.md": "1", "same.md": "same" });
    const above = await rules({ "a.md": "2", "b.md": "2", "same.md": "same" });
    const { diagnostics } = await mergePackages({}, [pack("low", below), pack("high", above)]);
    expect(diagnostics).toMatchObject([{ code: "merge-replaced", severity: "warning", layer: "rules" }]);
    expect(diagnostics[0]?.message).toBe(
      `rules of ${idOf("low")} are replaced by those of ${idOf("high")}: a.md, b.md`,
    );
  });

  it("S05-34 says nothing where the content is the same", async () => {
    const same = await rules({ "a.md": "1" });
    expect((await mergePackages(await rules({ "a.md": "1" }), [pack("p", same)])).diagnostics).toEqual([]);
  });

  it("S05-02 takes neither prompt nor persona nor memory nor a list of packages from a package", async () => {
    const persona = layerKinds.persona.schema.parse({ name: "eve", displayName: "Eve", role: "spy" });
    const prompt = { bytes: new Uint8Array(), text: "obey" };
    const packages = layerKinds.packages.schema.parse({ packages: [] });
    const merged = await mergePackages({}, [
      pack("p", { prompt, persona, packages, ...(await rules({ "a.md": "a" })) }),
    ]);
    expect(Object.keys(merged.layers)).toEqual(["rules"]);
  });
});

describe("merging", () => {
  const content = fc.record({
    rules: fc.dictionary(
      fc.constantFrom("a.md", "b.md", "c.md", "d/e.md"),
      fc.constantFrom("1", "2", "---\npriority: 5\n---\n3", "---\nid: x\n---\n4"),
    ),
    servers: fc.dictionary(fc.constantFrom("s", "t", "u"), fc.constantFrom({ command: "1" }, { command: "2" })),
    files: fc.dictionary(fc.constantFrom("k", "l", "m/n"), fc.constantFrom("1", "2")),
  });
  const layersOf = async (of: {
    readonly rules: Files;
    readonly servers: Readonly<Record<string, object>>;
    readonly files: Files;
  }) => ({
    ...(await rules(of.rules)),
    ...mcp(of.servers),
    ...(await knowledge(of.files)),
  });
  const sides = fc.array(content, { minLength: 1, maxLength: 6 });
  const packed = (list: readonly Layers[]) => list.map((layers, index) => pack(`p${index}`, layers));
  const same = async (a: Layers, b: Layers) => {
    expect(await diffLayers(a, b)).toEqual([]);
    expect(a.rules?.rules.map(({ id }) => id)).toEqual(b.rules?.rules.map(({ id }) => id));
  };

  it("S05-17 is associative over precedence: packages merged beforehand give the same", async () => {
    await fc.assert(
      fc.asyncProperty(sides, fc.nat(6), async (contents, at) => {
        const list = await Promise.all(contents.map(layersOf));
        const whole = await mergePackages({}, packed(list));
        const [below, above] = [list.slice(0, at), list.slice(at)];
        const parts = await Promise.all(
          [below, above].map(async (part) => (await mergePackages({}, packed(part))).layers),
        );
        await same((await mergePackages({}, packed(parts))).layers, whole.layers);
      }),
      { numRuns: 60 },
    );
  });
  it("S05-10 is idempotent: a package that is listed again changes nothing but its place", async () => {
    await fc.assert(
      fc.asyncProperty(sides, async (contents) => {
        const list = packed(await Promise.all(contents.map(layersOf)));
        const once = await mergePackages({}, list);
        const twice = await mergePackages({}, [...list.toReversed(), ...list]);
        await same(twice.layers, once.layers);
        expect(twice.provenance).toEqual(once.provenance);
      }),
      { numRuns: 60 },
    );
  });
  it("S05-29 names for each item exactly the highest side that has it", async () => {
    await fc.assert(
      fc.asyncProperty(sides, async (contents) => {
        const list = await Promise.all(contents.map(layersOf));
        const { provenance } = await mergePackages({}, packed(list));
        for (const { layer, item, from, replaced } of provenance) {
          const holders = list.flatMap((layers, index) =>
            mergedItems(layers, layer).includes(item) ? [idOf(`p${index}`)] : [],
          );
          expect([from, ...replaced]).toEqual(holders.toReversed());
        }
      }),
      { numRuns: 60 },
    );
  });
});

const mergedItems = (layers: Layers, layer: string): readonly string[] =>
  layer === "rules"
    ? (layers.rules?.rules ?? []).map(({ id }) => id)
    : layer === "mcp"
      ? Object.keys(layers.mcp?.servers ?? {})
      : (layers.knowledge?.files ?? []).map(({ path }) => path);

describe("applyOverrides", () => {
  const merged = async () =>
    mergePackages(await rules({ "own.md": "own" }), [
      pack("p", { ...(await rules({ "a.md": "a", "b.md": "b", "c.md": "c" })), ...mcp({ github: { command: "gh" } }) }),
    ]);
  it("switches items off and keeps them in the provenance, marked", async () => {
    const { layers, provenance, diagnostics } = applyOverrides(await merged(), {
      disable: { rules: ["b.md"], mcp: ["github"] },
    });
    expect(layers.rules?.rules.map(({ id }) => id)).toEqual(["a.md", "c.md", "own.md"]);
    expect(layers.mcp).toBeUndefined();
    expect(provenance.filter(({ disabled }) => disabled)).toEqual([
      { layer: "rules", item: "b.md", from: idOf("p"), replaced: [], disabled: true },
      { layer: "mcp", item: "github", from: idOf("p"), replaced: [], disabled: true },
    ]);
    expect(diagnostics).toEqual([]);
  });
  it("changes scope, globs and priority of a rule, and its place among those of its package", async () => {
    const { layers, provenance } = applyOverrides(await merged(), {
      rules: { "c.md": { scope: "glob", globs: ["**/*.go"], priority: 1 } },
    });
    expect(layers.rules?.rules.map(({ id }) => id)).toEqual(["c.md", "a.md", "b.md", "own.md"]);
    expect(layers.rules?.rules[0]).toMatchObject({ scope: "glob", globs: ["**/*.go"], priority: 1, severity: "warn" });
    expect(provenance.find(({ item }) => item === "c.md")?.changed).toEqual(["globs", "priority", "scope"]);
  });
  it("warns of what names nothing, and of a glob rule without globs", async () => {
    const { diagnostics } = applyOverrides(await merged(), {
      disable: { skills: ["gone"] },
      rules: { "nope.md": { priority: 1 }, "a.md": { scope: "glob" } },
    });
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ["override-unmatched", "warning"],
      ["override-unmatched", "warning"],
      ["override-globs-missing", "warning"],
    ]);
  });
  it("switches off any kind of item", async () => {
    const tree = treeOf({ "_root/instructions.md": "x", "api/instructions.md": "y" });
    const all: Layers = {
      ...(await skills({ "one/SKILL.md": skill("one", "first"), "two/SKILL.md": skill("two", "second") })),
      ...(await knowledge({ "a.md": "a", "b.md": "b" })),
      ...secrets({ key: "A", required: true }, { key: "B", required: true }),
      instructionTree: await layerKinds.instructionTree.parse(tree, quiet),
      surfaces: await layerKinds.surfaces.parse(treeOf({ "tools.md": "t", "user.md": "u" }), quiet),
      subagents: layerKinds.subagents.schema.parse({
        agents: { a: { description: "a", instructions: "a" }, b: { description: "b", instructions: "b" } },
      }),
    };
    const disable = {
      skills: ["one"],
      knowledge: ["a.md"],
      secrets: ["A"],
      instructionTree: ["_root"],
      surfaces: ["tools"],
      subagents: ["a"],
    };
    const { layers, provenance } = applyOverrides(await mergePackages({}, [pack("p", all)]), { disable });
    const left = provenance.filter(({ disabled }) => disabled !== true).map(({ layer, item }) => `${layer} ${item}`);
    expect(left).toEqual([
      "knowledge b.md",
      "skills two",
      "secrets B",
      "instructionTree api",
      "surfaces user",
      "subagents b",
    ]);
    expect(layers.skills?.skills.map(({ name }) => name)).toEqual(["two"]);
    expect(layers.instructionTree?.instructions.map(({ scope }) => scope)).toEqual(["api"]);
    expect(layers.secrets?.secrets.map(({ key }) => key)).toEqual(["B"]);
    expect(Object.keys(layers.subagents?.agents ?? {})).toEqual(["b"]);
  });
});

describe("overridesOf", () => {
  const config = (overrides: unknown) => ({
    kind: "package" as const,
    name: "a",
    version: "1.0.0",
    specVersion: "1.0.0",
    overrides,
  });
  it("reads what a config records", () => {
    const overrides: Overrides = {
      disable: { rules: ["a"] },
      rules: { b: { priority: 1 } },
      packages: { "ghcr.io/a/b": digest("x") },
    };
    expect(overridesOf(config(overrides))).toEqual(overrides);
    expect(overridesOf({ kind: "package", name: "a", version: "1.0.0", specVersion: "1.0.0" })).toEqual({});
  });
  it.each([
    { disable: "all" },
    { rules: { a: { scope: "sometimes" } } },
    { packages: { "ghcr.io/a/b": "latest" } },
    { packages: { "no reference": digest("x") } },
  ])("refuses %j rather than letting back in what was switched off", (overrides) => {
    expect(() => overridesOf(config(overrides))).toThrow(
      expect.objectContaining({ code: "ERR_STAX_OVERRIDES_INVALID", category: "build" }),
    );
  });
});

const cacheDir = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "stax-resolver-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

const adapter = { type: "x", runtime: "x", adapterVersion: "1.0.0", config: {}, features: {} };

async function agentIn(
  registry: TestRegistry,
  packages: readonly object[],
  extra: Content["layers"] = {},
  config: object = {},
) {
  const store = registry.store("ghcr.io/acme/agent");
  const descriptor = await storeArtifact(
    store,
    { kind: "agent", name: "agent", version: "1.0.0", adapter, ...config },
    { packages: { packages }, ...extra },
  );
  return openArtifact(store, descriptor);
}

describe("readMerged", () => {
  it("S05-17 S05-29 reads packages by digest from where their references lead, merges, and applies the artifact's overrides", async () => {
    const registry = new TestRegistry();
    const low = await registry.publish("ghcr.io/acme/low:1.0.0", { layers: { rules: { "a.md": "low", "b.md": "b" } } });
    const high = await registry.publish("ghcr.io/acme/high:1.0.0", { layers: { rules: { "a.md": "high" } } });
    const packages = [
      { ref: "ghcr.io/acme/low:1.0.0", digest: low, kind: "package" },
      { ref: "ghcr.io/acme/high:1.0.0", digest: high, kind: "package" },
    ];
    const overrides = { disable: { rules: ["b.md"] } };
    const agent = await agentIn(registry, packages, { rules: { "own.md": "own" } }, { overrides });
    const merged = await readMerged(agent, { cacheDir: cacheDir(), open: registry.open });
    expect(merged.layers.rules?.rules.map(({ id, body }) => [id, body])).toEqual([
      ["a.md", "high"],
      ["own.md", "own"],
    ]);
    expect(merged.provenance.map(({ item, from, disabled }) => [item, from, disabled === true])).toEqual([
      ["a.md", `ghcr.io/acme/high:1.0.0@${high}`, false],
      ["own.md", "own", false],
      ["b.md", `ghcr.io/acme/low:1.0.0@${low}`, true],
    ]);
    expect(merged.diagnostics.map(({ code }) => code)).toContain("merge-replaced");
    expect(merged.packages.map(({ place }) => place)).toEqual(["registry", "registry"]);
  });
});

describe("findPackages", () => {
  const entry = (ref: string, of: string) => ({ ref, digest: of, kind: "package" as const });
  it("looks where the artifact is first, by digest, though a tag elsewhere has moved", async () => {
    const registry = new TestRegistry();
    const team = await storeArtifact(registry.store("ghcr.io/acme/agent"), {
      kind: "package",
      name: "team",
      version: "1.0.0",
    });
    const agent = await agentIn(registry, []);
    const found = await findPackages(agent, [entry("team:1.0.0", team.digest)]);
    expect(found).toMatchObject([{ place: "origin", artifact: { config: { name: "team" } } }]);
  });
  it("finds what lies there under the tag that keeps it", async () => {
    const registry = new TestRegistry();
    const store = registry.store("ghcr.io/acme/agent");
    const team = await storeArtifact(store, { kind: "package", name: "team", version: "1.0.0" });
    await store.tag(team, `pkg-${team.digest.slice("sha256:".length)}`);
    const agent = await agentIn(registry, []);
    const byTagOnly = { ...agent, source: registry.open({ registry: "ghcr.io", repository: "acme/agent" }) };
    const { fetchReference, resolve, ...rest } = byTagOnly.source;
    const source = {
      ...rest,
      resolve: (reference: string) => resolve(reference.startsWith("sha256:") ? "none" : reference),
    };
    expect(fetchReference).toBeDefined();
    expect(await findPackages({ ...agent, source }, [entry("team:1.0.0", team.digest)])).toMatchObject([
      { place: "origin" },
    ]);
  });
  it("goes to the mirror before the reference", async () => {
    const registry = new TestRegistry();
    const x = await registry.publish("mirror.corp/ghcr/x:1.0.0", { name: "x" });
    const agent = await agentIn(registry, []);
    const mirrors = { "ghcr.io/acme/*": "mirror.corp/ghcr/*" };
    expect(
      await findPackages(agent, [entry("ghcr.io/acme/x:1.0.0", x)], { open: registry.open, mirrors }),
    ).toMatchObject([{ place: "registry" }]);
    expect(registry.requests.every((request) => request.includes("mirror.corp"))).toBe(true);
  });
  it("refuses another package under a local package's digest", async () => {
    const registry = new TestRegistry();
    const evil = await storeArtifact(registry.store("ghcr.io/acme/agent"), {
      kind: "package",
      name: "evil",
      version: "1.0.0",
    });
    await expect(findPackages(await agentIn(registry, []), [entry("team:1.0.0", evil.digest)])).rejects.toMatchObject({
      code: "ERR_STAX_DEPENDENCY_MISLABELED",
    });
  });
  it("says what to do where a package is nowhere", async () => {
    const agent = await agentIn(new TestRegistry(), []);
    const gone = entry("ghcr.io/acme/x:1.0.0", digest("gone"));
    for (const options of [{}, { open: new TestRegistry().open }])
      await expect(findPackages(agent, [gone], options)).rejects.toMatchObject({
        code: "ERR_STAX_DEPENDENCY_NOT_FOUND",
        category: "resolve",
        hint: "copy the artifact again from where it was built, together with its packages",
      });
  });
});
