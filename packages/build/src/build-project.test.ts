import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openArtifact } from "@stax/artifact";
import { canonicalJson } from "@stax/layers";
import { fetchBytes, LayoutStore } from "@stax/oci";
import { type AgentConfig, layerKinds, readEntry } from "@stax/schema";
import { describe, expect, it } from "vitest";
import {
  adapter,
  agent,
  build,
  codesOf,
  contentOf,
  type Files,
  packageOf,
  project,
  temporary,
  validate,
  writeFiles,
} from "./project.fixture.ts";

const skill = "---\nname: fix-issue\ndescription: Fixes issues\n---\nDo it.\n";
const persona = (name: string, extra: object = {}) =>
  JSON.stringify({ name, displayName: name, role: "Engineer", ...extra });

const everything: Files = {
  "agent.json": agent({
    author: "acme",
    license: "MIT",
    url: "https://acme.example",
    tags: ["a"],
    prompt: "./PROMPT.md",
    persona: "./persona.json",
    mcp: "./mcp.json",
    skills: "./skills",
    rules: "./rules",
    knowledge: "./knowledge",
    memory: "./memory",
    surfaces: "./surfaces",
    instructionTree: "./tree",
    subagents: "./agents/subagents.json",
    secrets: [{ key: "TOKEN", required: true }],
    packages: ["./packages/team"],
    hints: { isolation: "container" },
    workspaceSources: [{ id: "repo", ref: "ghcr.io/acme/src:1.0.0", mountPath: "/w" }],
    adapterFallback: [{ ...adapter, type: "generic", runtime: "generic" }],
  }),
  "PROMPT.md": "You are {{persona.displayName}}.\r\n",
  "persona.json": persona("maya"),
  "mcp.json": JSON.stringify({ servers: { gh: { command: "gh-mcp", secrets: ["TOKEN"], "x-extra": 1 } } }),
  "skills/fix-issue/SKILL.md": skill,
  "skills/fix-issue/run.sh": "#!/bin/sh\n",
  "rules/a.md": "Be clear.\n",
  "knowledge/k.md": "Facts.\n",
  "memory/m.md": "Remember.\n",
  "surfaces/instructions.md": "Surface\n",
  "tree/_root/instructions.md": "Root\n",
  "agents/subagents.json": JSON.stringify({
    agents: { reviewer: { description: "Reviews", instructions: "./reviewer.md" } },
  }),
  "agents/reviewer.md": "Review with care.\n",
  "packages/team/stax.package.json": packageOf("team", { rules: "./rules" }),
  "packages/team/rules/t.md": "Team rule.\n",
};

describe("buildProject", () => {
  it("S13-03 S13-05 builds every layer into .stax/artifacts under <name>:<version>", async () => {
    const cwd = project(everything);
    const built = await build(cwd);
    expect(built.layout).toBe(join(cwd, ".stax/artifacts"));
    expect(built.artifacts).toMatchObject([
      { kind: "agent", reference: "sample:1.0.0", tag: "1.0.0", persona: "maya" },
    ]);
    expect(built.artifacts[0]?.layers.map(({ name }) => name).sort()).toEqual([
      "instructionTree",
      "knowledge",
      "mcp",
      "memory",
      "packages",
      "persona",
      "prompt",
      "rules",
      "secrets",
      "skills",
      "subagents",
      "surfaces",
    ]);
  });
  it("S01-32 S01-31 S02-19 puts identity, adapters, hints, sources, package references and markers into the config", async () => {
    const { layout } = await build(project(everything));
    const { config } = await openArtifact(await LayoutStore.open(layout), "sample:1.0.0");
    expect(config).toMatchObject({
      specVersion: "1.0.0",
      kind: "agent",
      name: "sample",
      version: "1.0.0",
      author: "acme",
      license: "MIT",
      url: "https://acme.example",
      tags: ["a"],
      adapter: { type: "claude-code" },
      adapterFallback: [{ type: "generic" }],
      hints: { isolation: "container" },
      workspaceSources: [{ id: "repo", writable: false, required: true }],
      packages: ["team:1.0.0"],
      surfaces: true,
      instructionTree: true,
    });
    expect(config).not.toHaveProperty("prompt");
    expect(config).not.toHaveProperty("persona");
  });
  it("S00-01 gives every compiled document the spec version", async () => {
    const { layout, artifacts } = await build(project(everything));
    const store = await LayoutStore.open(layout);
    const { manifest } = await openArtifact(store, "sample:1.0.0");
    const documents = [manifest.config, ...manifest.layers.filter(({ mediaType }) => mediaType.endsWith("+json"))];
    expect(documents).toHaveLength(6);
    expect(artifacts[0]?.layers.filter(({ mediaType }) => mediaType.endsWith("+json"))).toHaveLength(5);
    for (const document of documents) {
      const bytes = await fetchBytes(store, document);
      const value = JSON.parse(Buffer.from(bytes).toString());
      expect(value.specVersion).toBe("1.0.0");
      expect(Buffer.from(canonicalJson(value)).equals(Buffer.from(bytes))).toBe(true);
    }
  });
  it("S00-09 keeps unknown fields of documents", async () => {
    const content = await contentOf(await build(project(everything)), "sample:1.0.0");
    expect(content.mcp?.servers["gh"]).toMatchObject({ "x-extra": 1, enabled: true });
  });
  it("S02-17 S02-18 annotates each layer with a title and what it counts", async () => {
    const { layout } = await build(project(everything));
    const { layers } = await openArtifact(await LayoutStore.open(layout), "sample:1.0.0");
    const of = (name: string) => layers.find((layer) => layer.name === name)?.descriptor.annotations;
    expect(
      layers.every(
        ({ name }) => name !== undefined && of(name)?.["org.opencontainers.image.title"] === layerKinds[name].title,
      ),
    ).toBe(true);
    expect(of("persona")).toMatchObject({ "dev.stax.persona.name": "maya" });
    expect(of("mcp")).toMatchObject({ "dev.stax.mcp.count": "1" });
    expect(of("skills")).toMatchObject({ "dev.stax.skills.count": "1" });
    expect(of("rules")).toMatchObject({ "dev.stax.rules.count": "1" });
    expect(of("knowledge")).toMatchObject({ "dev.stax.knowledge.files": "1" });
    expect(of("memory")).toMatchObject({ "dev.stax.memory.entries": "1", "dev.stax.memory.snapshot": "seed" });
    expect(of("surfaces")).toMatchObject({ "dev.stax.surfaces.count": "1" });
    expect(of("instructionTree")).toMatchObject({ "dev.stax.instruction-tree.count": "1" });
    expect(of("subagents")).toMatchObject({ "dev.stax.subagents.count": "1" });
  });
  it("S03-45 S03-46 S03-17 stores the prompt byte for byte, templates and line ends unresolved", async () => {
    const content = await contentOf(await build(project(everything)), "sample:1.0.0");
    expect(content.prompt?.text).toBe("You are {{persona.displayName}}.\r\n");
  });
  it("S03-18 S03-19 keeps bytes that are no UTF-8, with a warning", async () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0x0d, 0x0a]);
    const built = await build(project({ "agent.json": agent({ prompt: "./p.md" }), "p.md": bytes }));
    expect(codesOf(built.diagnostics)).toEqual(["warning text-not-utf8 p.md"]);
    expect(Buffer.from((await contentOf(built, "sample:1.0.0")).prompt?.bytes ?? []).equals(bytes)).toBe(true);
  });
  it("S03-19 warns once about each Markdown or YAML file that is no UTF-8", async () => {
    const bad = Buffer.from([0x61, 0xff]);
    const files = {
      "agent.json": agent({ knowledge: "./k", rules: "./r" }),
      "k/a.yaml": bad,
      "k/b.bin": bad,
      "r/c.md": bad,
    };
    const { diagnostics } = await build(project(files));
    expect([...codesOf(diagnostics)].sort()).toEqual([
      "warning text-not-utf8 k/a.yaml",
      "warning text-not-utf8 r/c.md",
    ]);
  });
  it("S16-05 keeps the bytes of surfaces", async () => {
    const bytes = Buffer.from("\ufeff# Tools\r\n\r\n\ttrailing  \r\n");
    const built = await build(project({ "agent.json": agent({ surfaces: "./s" }), "s/tools.md": bytes }));
    const [tools] = (await contentOf(built, "sample:1.0.0")).surfaces?.surfaces ?? [];
    expect(tools && Buffer.from(await readEntry(tools.file, 1000)).equals(bytes)).toBe(true);
  });
  it("S37-02 compiles instructions of subagents, relative to their document, to their text", async () => {
    const content = await contentOf(await build(project(everything)), "sample:1.0.0");
    expect(content.subagents?.agents["reviewer"]?.instructions).toBe("Review with care.\n");
  });
  it("S05-03 S05-04 S03-66 S02-15 builds a local package as an artifact of its own and references it by digest", async () => {
    const built = await build(project(everything));
    const store = await LayoutStore.open(built.layout);
    const { packages } = await contentOf(built, "sample:1.0.0");
    const team = await openArtifact(store, "team:1.0.0");
    expect(packages).toEqual({
      specVersion: "1.0.0",
      packages: [{ ref: "team:1.0.0", digest: team.descriptor.digest, kind: "package" }],
    });
    expect(team).toMatchObject({
      kind: "package",
      config: { kind: "package", name: "team" },
      manifest: { artifactType: "application/vnd.stax.package.v1" },
    });
    expect(Object.keys(team.manifest.annotations ?? {})).not.toContain("dev.stax.adapter.type");
  });
  it("S06-06 S11-05 accepts a secret that only a package declares", async () => {
    const files = {
      "agent.json": agent({ mcp: "./mcp.json", packages: ["./team"] }),
      "mcp.json": JSON.stringify({ servers: { s: { command: "x", secrets: ["TEAM_TOKEN"] } } }),
      "team/stax.package.json": packageOf("team", { secrets: [{ key: "TEAM_TOKEN", required: true }] }),
    };
    expect(codesOf(await validate(project(files)))).toEqual([]);
    expect(codesOf(await validate(project({ ...files, "team/stax.package.json": packageOf("team") })))).toEqual([
      "error mcp-secret-undeclared mcp.json servers.s.secrets[0]",
    ]);
  });
  it("S05-11 refuses packages that build on each other in a circle, with the path", async () => {
    const cwd = project({
      "agent.json": agent({ packages: ["./a"] }),
      "a/stax.package.json": packageOf("a", { packages: ["../b"] }),
      "b/stax.package.json": packageOf("b", { packages: ["../a"] }),
    });
    await expect(build(cwd)).rejects.toMatchObject({
      code: "ERR_STAX_PACKAGE_CYCLE",
      category: "resolve",
      message: expect.stringContaining("a → b → a"),
    });
  });
  it("S13-06 X-22 refuses to build what has errors, lists all of them and stores nothing", async () => {
    const cwd = project({
      "agent.json": agent({ name: "Bad Name", prompt: "./nope.md", rules: "./rules", promt: 1 }),
      "rules/a.md": "---\nscope: x\n---\n",
    });
    await expect(build(cwd)).rejects.toMatchObject({ code: "ERR_STAX_INVALID", category: "schema" });
    const diagnostics = await validate(cwd);
    expect(diagnostics.map(({ code, path, line, column }) => [code, path, typeof line, typeof column])).toEqual([
      ["unknown-field", "agent.json", "number", "number"],
      ["field-invalid", "agent.json", "number", "number"],
      ["field-invalid", "rules/a.md", "number", "number"],
      ["path-missing", "agent.json", "number", "number"],
    ]);
  });
  it("X-21 a failing build leaves the previous artifact intact", async () => {
    const cwd = project({ "agent.json": agent({ prompt: "./p.md" }), "p.md": "one" });
    const first = await build(cwd);
    writeFiles(cwd, { "agent.json": agent({ prompt: "./gone.md" }) });
    await expect(build(cwd)).rejects.toThrow();
    const { descriptor } = await openArtifact(await LayoutStore.open(first.layout), "sample:1.0.0");
    expect(descriptor.digest).toBe(first.artifacts[0]?.digest);
  });
  it("X-20 building again moves the tag and leaves one artifact under it", async () => {
    const cwd = project({ "agent.json": agent({ prompt: "./p.md" }), "p.md": "one" });
    const first = await build(cwd);
    writeFiles(cwd, { "p.md": "two" });
    const second = await build(cwd);
    expect(second.artifacts[0]?.digest).not.toBe(first.artifacts[0]?.digest);
    const entries = await (await LayoutStore.open(second.layout)).list();
    expect(entries.map(({ reference, descriptor }) => [reference, descriptor.digest])).toEqual([
      ["sample:1.0.0", second.artifacts[0]?.digest],
    ]);
  });
  it("S03-76 gives two agents with the same rules the same layer", async () => {
    const rules = { "rules/a.md": "same\n" };
    const digest = async (name: string) =>
      (await build(project({ "agent.json": agent({ name, rules: "./rules" }), ...rules }))).artifacts[0]?.layers[0]
        ?.digest;
    expect(await digest("one")).toBe(await digest("two"));
  });
  it("S00-15 gives the same digests whatever the directory, the times and the modes of files", async () => {
    const [a, b] = [project(everything), project(everything)];
    chmodSync(join(b, "rules/a.md"), 0o600);
    utimesSync(join(b, "rules/a.md"), 1, 1);
    const digests = async (cwd: string) => (await build(cwd)).artifacts.map(({ digest }) => digest);
    expect(await digests(a)).toEqual(await digests(b));
  });
  it("S03-12 an executable file has another digest", async () => {
    const [a, b] = [project(everything), project(everything)];
    chmodSync(join(b, "skills/fix-issue/run.sh"), 0o755);
    const skills = async (cwd: string) =>
      (await build(cwd)).artifacts[0]?.layers.find(({ name }) => name === "skills")?.digest;
    expect(await skills(a)).not.toBe(await skills(b));
  });
  it("takes unchanged directories from the cache, and only unchanged ones", async () => {
    const cwd = project(everything);
    const cacheDir = temporary();
    const packed = async () => {
      const events: string[] = [];
      const built = await build(cwd, {
        cacheDir,
        onEvent: (event) =>
          event.type === "layer" && event.project === "sample" && event.cached && events.push(event.layer),
      });
      return { events, digest: built.artifacts[0]?.digest };
    };
    const first = await packed();
    const second = await packed();
    expect(first.events).toEqual([]);
    expect(second).toEqual({ events: expect.arrayContaining(["rules", "skills", "knowledge"]), digest: first.digest });
    writeFiles(cwd, { "rules/a.md": "Be clear!\n" });
    const third = await packed();
    expect(third.events).not.toContain("rules");
    expect(third.digest).not.toBe(first.digest);
  });
  it("S02-10 stamps SOURCE_DATE_EPOCH, else the epoch; another time only when asked", async () => {
    const created = async (options: Parameters<typeof build>[1]) => {
      const { layout } = await build(project({ "agent.json": agent() }), options);
      return (await openArtifact(await LayoutStore.open(layout), "sample:1.0.0")).manifest.annotations?.[
        "org.opencontainers.image.created"
      ];
    };
    expect(await created({})).toBe("1970-01-01T00:00:00Z");
    expect(await created({ environment: { SOURCE_DATE_EPOCH: "1700000000" } })).toBe("2023-11-14T22:13:20Z");
    expect(await created({ created: "2026-03-10T12:00:00Z" })).toBe("2026-03-10T12:00:00Z");
    await expect(created({ created: "yesterday" })).rejects.toMatchObject({
      code: "ERR_STAX_CREATED_INVALID",
      category: "usage",
    });
  });
  it("turns + of a version into _ in the tag, and refuses a tag that is too long", async () => {
    expect((await build(project({ "agent.json": agent({ version: "1.0.0+b.1" }) }))).artifacts[0]).toMatchObject({
      tag: "1.0.0_b.1",
      version: "1.0.0+b.1",
    });
    await expect(
      build(project({ "agent.json": agent({ version: `1.0.0-${"a".repeat(130)}` }) })),
    ).rejects.toMatchObject({ code: "ERR_STAX_BUILD_TAG_INVALID", category: "build" });
  });
  it("S02-20 S21-01 S21-02 builds a profile with its config", async () => {
    const { layout, artifacts } = await build(
      project({
        "profile.json": JSON.stringify({
          name: "p",
          version: "1.0.0",
          profileType: "openclaw",
          openclaw: { agents: {} },
        }),
      }),
    );
    expect(artifacts).toMatchObject([{ kind: "profile", reference: "p:1.0.0" }]);
    const { config, manifest } = await openArtifact(await LayoutStore.open(layout), "p:1.0.0");
    expect(config).toMatchObject({ kind: "profile", profileType: "openclaw", specVersion: "1.0.0" });
    expect(manifest).toMatchObject({
      artifactType: "application/vnd.stax.profile.v1",
      config: { mediaType: "application/vnd.stax.profile.config.v1+json" },
    });
  });
});

describe("personas", () => {
  const files: Files = {
    "agent.json": agent({ prompt: "./p.md" }),
    "p.md": "x",
    "personas/x.json": persona("maya"),
    "personas/alex.json": persona("alex"),
    "personas/_base.json": JSON.stringify({ role: "Engineer" }),
  };
  it("S04-08 S04-09 S04-11 builds all but bases, each under its name", async () => {
    const { artifacts } = await build(project(files), { allPersonas: true });
    expect(artifacts.map(({ reference, persona }) => [reference, persona])).toEqual([
      ["sample:1.0.0-alex", "alex"],
      ["sample:1.0.0-maya", "maya"],
    ]);
  });
  it("S04-12 variants share every layer but the persona, and the config", async () => {
    const { artifacts, layout } = await build(project(files), { allPersonas: true });
    const [a, b] = artifacts.map(({ layers }) => layers.filter(({ name }) => name !== "persona"));
    expect(a).toEqual(b);
    const store = await LayoutStore.open(layout);
    const configs = await Promise.all(
      artifacts.map(async ({ digest }) => (await openArtifact(store, digest)).manifest.config.digest),
    );
    expect(new Set(configs).size).toBe(1);
  });
  it("S04-07 chooses by the persona's name, not by its file", async () => {
    expect((await build(project(files), { persona: "maya" })).artifacts).toMatchObject([
      { reference: "sample:1.0.0-maya" },
    ]);
    await expect(build(project(files), { persona: "x" })).rejects.toMatchObject({
      code: "ERR_STAX_PERSONA_UNKNOWN",
      category: "usage",
      hint: expect.stringContaining("alex, maya"),
    });
    await expect(build(project(files), { persona: "_base" })).rejects.toMatchObject({
      code: "ERR_STAX_PERSONA_UNKNOWN",
    });
  });
  it("S04-06 uses persona.* beside the definition when none is declared", async () => {
    expect((await build(project({ ...files, "persona.json": persona("kim") }))).artifacts).toMatchObject([
      { reference: "sample:1.0.0", persona: "kim" },
    ]);
    expect((await build(project(files))).artifacts[0]).not.toHaveProperty("persona");
  });
  it("S02-29 builds an index over the personas", async () => {
    const {
      indexes: [index],
      layout,
    } = await build(project(files), { allPersonas: true, index: true });
    expect(index).toMatchObject({ tag: "1.0.0-personas", reference: "sample:1.0.0-personas" });
    const store = await LayoutStore.open(layout);
    expect((await openArtifact(store, "sample:1.0.0-personas", { persona: "alex" })).config).toMatchObject({
      name: "sample",
    });
  });
  it("S04-16 refuses two personas of one name", async () => {
    expect(codesOf(await validate(project({ ...files, "personas/y.json": persona("maya") })))).toEqual([
      "error persona-duplicate personas/y.json name",
    ]);
  });
  it("S04-13 S04-14 validates what comes out of inheritance, not the base", async () => {
    const module = (extra: string) =>
      `import base from "./_base.ts";\nexport default { ...base, name: "sam", displayName: "Sam"${extra} };\n`;
    const of = (base: string, extra = "") =>
      project({
        "agent.json": agent(),
        "personas/_base.ts": `export default ${base};\n`,
        "personas/sam.ts": module(extra),
      });
    expect(codesOf(await validate(of('{ role: "Engineer" }')))).toEqual([]);
    expect(codesOf(await validate(of("{}")))).toEqual(["error field-invalid personas/sam.ts role"]);
  });
  it("S04-15 warns about a base that is complete", async () => {
    expect(codesOf(await validate(project({ ...files, "personas/_base.json": persona("base") })))).toEqual([
      "warning persona-base-complete personas/_base.json",
    ]);
  });
  it("S04-10 lets personas import a base", async () => {
    const cwd = project({
      "agent.json": agent(),
      "personas/_base.ts": 'export default { role: "Engineer" };\n',
      "personas/sam.ts":
        'import base from "./_base.ts";\nexport default { ...base, name: "sam", displayName: "Sam" };\n',
    });
    const built = await build(cwd, { persona: "sam" });
    expect((await contentOf(built, "sample:1.0.0-sam")).persona).toMatchObject({ name: "sam", role: "Engineer" });
  });
});

describe("declared paths", () => {
  const one = (field: string, path: string, files: Files = {}) =>
    project({ "agent.json": agent({ [field]: path }), ...files });
  const fields = [
    "persona",
    "prompt",
    "mcp",
    "subagents",
    "skills",
    "rules",
    "knowledge",
    "memory",
    "surfaces",
    "instructionTree",
  ];
  it.each(fields)("S01-15 S03-80 S13-09 refuses a missing path of %s", async (field) => {
    expect(codesOf(await validate(one(field, "./nope")))).toEqual([`error path-missing agent.json ${field}`]);
  });
  it.each(fields.slice(0, 4))("S01-13 wants a file for %s", async (field) => {
    expect(codesOf(await validate(one(field, "./d", { "d/x": "" })))).toEqual([
      `error path-not-file agent.json ${field}`,
    ]);
  });
  it.each(fields.slice(4))("S01-14 wants a directory for %s", async (field) => {
    expect(codesOf(await validate(one(field, "./f", { f: "" })))).toEqual([
      `error path-not-directory agent.json ${field}`,
    ]);
  });
  it.each(["../secret.md", "/etc/hostname", "./a/../../x"])("S01-03 S01-05 S01-06 refuses %s", async (path) => {
    expect(codesOf(await validate(one("prompt", path)))).toEqual(["error path-outside-root agent.json prompt"]);
  });
  it("S01-05 accepts .. that stays inside", async () => {
    expect(codesOf(await validate(one("prompt", "./a/../p.md", { "p.md": "x", "a/b": "" })))).toEqual([]);
  });
  it("S01-04 S01-16 S13-12 refuses symbolic links, inside and out", async () => {
    const cwd = one("prompt", "./p.md", { "real.md": "x" });
    symlinkSync("/etc/hostname", join(cwd, "p.md"));
    expect(codesOf(await validate(cwd))).toEqual(["error path-outside-root agent.json prompt"]);
    const inside = one("knowledge", "./k", { "real/a.md": "x" });
    symlinkSync("real", join(inside, "k"));
    expect(codesOf(await validate(inside))).toEqual(["error path-symlink agent.json knowledge"]);
    await expect(build(inside)).rejects.toMatchObject({ code: "ERR_STAX_INVALID" });
  });
  it("S01-08 S03-20 refuses a link in a directory without a flag", async () => {
    const cwd = one("knowledge", "./k", { "k/a.md": "x" });
    symlinkSync("a.md", join(cwd, "k/b.md"));
    expect(codesOf(await validate(cwd))).toEqual(["error symlink-rejected k/b.md"]);
  });
  it("S03-25 S03-30 flattens links where asked, and says so on the layer", async () => {
    const cwd = one("knowledge", "./k", { "k/a.md": "x" });
    symlinkSync("a.md", join(cwd, "k/b.md"));
    const built = await build(cwd, { symlinkMode: "flatten" });
    expect((await contentOf(built, "sample:1.0.0")).knowledge?.files.map(({ path }) => path)).toEqual(["a.md", "b.md"]);
    const { layers } = await openArtifact(await LayoutStore.open(built.layout), "sample:1.0.0");
    expect(layers[0]?.descriptor.annotations).toMatchObject({ "dev.stax.layer.flattened": "true" });
  });
  it("S01-17 never flattens memory", async () => {
    const cwd = one("memory", "./m", { "m/a.md": "x" });
    symlinkSync("a.md", join(cwd, "m/b.md"));
    expect(codesOf(await validate(cwd, { symlinkMode: "flatten" }))).toEqual(["error symlink-rejected m/b.md"]);
  });
  it("S01-07 packages from outside only when asked, with a warning", async () => {
    const cwd = project({ "in/agent.json": agent({ prompt: "../p.md" }), "p.md": "x" });
    expect(codesOf(await validate(join(cwd, "in")))).toEqual(["error path-outside-root agent.json prompt"]);
    expect(codesOf(await validate(join(cwd, "in"), { allowOutsideRoot: true }))).toEqual([
      "warning path-outside-allowed agent.json prompt",
    ]);
  });
  it("S01-02 resolves paths from the definition, not from where the command runs", async () => {
    const cwd = project({ "sub/agent.json": agent({ prompt: "./p.md" }), "sub/p.md": "x" });
    const [here, there] = [await build(cwd, { entry: "sub/agent.json" }), await build(join(cwd, "sub"))];
    expect(here.artifacts[0]?.digest).toBe(there.artifacts[0]?.digest);
  });
  it("S03-79 S03-22 refuses FIFOs", async () => {
    const cwd = one("knowledge", "./k", { "k/a.md": "x" });
    execFileSync("mkfifo", [join(cwd, "k/pipe")]);
    expect(codesOf(await validate(cwd))).toEqual(["error file-type k/pipe"]);
  });
  it("S03-49 refuses an empty skill directory", async () => {
    const cwd = one("skills", "./skills", { "skills/fix-issue/SKILL.md": skill });
    mkdirSync(join(cwd, "skills/empty"));
    expect(codesOf(await validate(cwd))).toEqual(["error directory-empty skills/empty"]);
  });
  it("S38-05 ignores empty directories of an instruction tree, with a warning", async () => {
    const cwd = one("instructionTree", "./t", { "t/_root/instructions.md": "x" });
    mkdirSync(join(cwd, "t/empty"));
    expect(codesOf(await validate(cwd))).toEqual(["warning directory-empty t/empty"]);
  });
  it("S03-32 S03-33 S03-34 S03-36 S03-35 leaves out what is ignored, always .git, .stax and the output", async () => {
    const cwd = one("knowledge", "./k", {
      "k/a.md": "x",
      "k/tmp/b.md": "x",
      "k/.git/HEAD": "x",
      "k/.stax/x": "x",
      ".staxignore": "k/tmp\n!.git\n!.stax\n",
    });
    const built = await build(cwd, { out: "k/out" });
    const again = await build(cwd, { out: "k/out" });
    expect((await contentOf(built, "sample:1.0.0")).knowledge?.files.map(({ path }) => path)).toEqual(["a.md"]);
    expect(again.artifacts[0]?.digest).toBe(built.artifacts[0]?.digest);
  });
  it("S03-72 S03-73 refuses a layer over its limit and names the way to raise it", async () => {
    const cwd = one("rules", "./r", { "r/a.md": "x".repeat(2000) });
    const [finding] = await validate(cwd, { maxLayerSize: { rules: 1000 } });
    expect(finding).toMatchObject({ severity: "error", hint: expect.stringContaining("--max-layer-size rules=") });
    expect(codesOf(await validate(cwd))).toEqual([]);
  });
  it("S17-02 refuses files of secrets", async () => {
    expect(codesOf(await validate(one("knowledge", "./k", { "k/.env": "TOKEN=x", "k/a.md": "x" })))).toEqual([
      "error file-secret k/.env",
    ]);
  });
  it("S09-06 S03-74 S03-75 warns about a file over 10 MB and knowledge over 100 MB", async () => {
    const cwd = one("knowledge", "./k", { "k/big.bin": "" });
    truncateSync(join(cwd, "k/big.bin"), 101 * 1024 * 1024);
    expect(codesOf(await validate(cwd))).toEqual(["warning layer-large k", "warning file-large k/big.bin"]);
  });
  it("S09-07 warns about a large binary", async () => {
    const cwd = one("knowledge", "./k", { "k/model.bin": "" });
    truncateSync(join(cwd, "k/model.bin"), 11 * 1024 * 1024);
    expect(codesOf(await validate(cwd))).toEqual([expect.stringMatching(/^warning \S+ k\/model\.bin$/)]);
  });
  it("S11-01 S11-02 compiles secrets to declarations and nothing else", async () => {
    const secrets = [{ key: "TOKEN", required: true, kind: "token", exposeAs: { env: "APP_TOKEN" } }];
    const built = await build(project({ "agent.json": agent({ secrets }) }), {
      environment: { TOKEN: "hunter2", APP_TOKEN: "hunter2" },
    });
    expect((await contentOf(built, "sample:1.0.0")).secrets).toEqual({ specVersion: "1.0.0", secrets });
  });
  it("S10-06 refuses memory that holds a secret", async () => {
    const findings = await validate(
      one("memory", "./m", { "m/a.md": "token ghp_abcdefghijklmnopqrstuvwxyz0123456789" }),
    );
    expect(codesOf(findings)).toEqual(["error memory-secret m/a.md"]);
    expect(JSON.stringify(findings)).not.toContain("ghp_abc");
  });
});

describe("validateProject", () => {
  it("S13-08 S13-10 S13-11 S01-24 checks fields, package references and tags", async () => {
    const of = async (extra: object) => codesOf(await validate(project({ "agent.json": agent(extra) })));
    expect(await of({ description: undefined })).toEqual(["error field-invalid agent.json description"]);
    expect(await of({ packages: ["foo"] })).toEqual(["error field-invalid agent.json packages[0]"]);
    expect(await of({ tags: ["a", "a"] })).toEqual(["error field-invalid agent.json tags[1]"]);
    expect(await of({ packages: ["ghcr.io/a/b:latest", "ghcr.io/a/c:^1.0.0"] })).toEqual([
      "warning package-floating agent.json packages[0]",
      "warning package-floating agent.json packages[1]",
    ]);
  });
  it("S05-05 accepts a valid package", async () => {
    expect(
      codesOf(
        await validate(project({ "stax.package.json": packageOf("team", { rules: "./rules" }), "rules/a.md": "x" })),
      ),
    ).toEqual([]);
  });
  it("S05-02 refuses a package with a prompt", async () => {
    expect(codesOf(await validate(project({ "stax.package.json": packageOf("team", { prompt: "./p.md" }) })))).toEqual([
      "error unknown-field stax.package.json prompt",
    ]);
  });
  it("S06-03 refuses a server that is named twice", async () => {
    const cwd = project({
      "agent.json": agent({ mcp: "./mcp.json" }),
      "mcp.json": '{"servers":{"a":{"command":"x"},"a":{"command":"y"}}}',
    });
    expect(await validate(cwd)).toMatchObject([{ severity: "error", path: "mcp.json", line: 1 }]);
  });
  it("S06-02 S37-03 S04-05 compiles documents that are TypeScript", async () => {
    const cwd = project({
      "agent.ts": `import { defineAgent } from "stax";\nexport default defineAgent({ name: "sample", version: "1.0.0", description: "d", adapter: ${JSON.stringify(adapter)}, mcp: "./mcp.ts", subagents: "./agents.ts", persona: "./p.ts" });\n`,
      "mcp.ts": 'import { defineMcp } from "stax";\nexport default defineMcp({ servers: { a: { command: "x" } } });\n',
      "agents.ts":
        'import { defineSubagents } from "stax";\nexport default defineSubagents({ agents: { r: { description: "d", instructions: "./r.md" } } });\n',
      "r.md": "Review.\n",
      "p.ts":
        'import { definePersona } from "stax";\nexport default definePersona({ name: "maya", displayName: "Maya", role: "Engineer" });\n',
    });
    const content = await contentOf(await build(cwd), "sample:1.0.0");
    expect(content).toMatchObject({
      mcp: { servers: { a: { command: "x", enabled: true } } },
      subagents: { agents: { r: { instructions: "Review.\n" } } },
      persona: { name: "maya" },
    });
  });
  it("S37-02 refuses instructions outside the root or of another kind", async () => {
    const of = (instructions: string) =>
      validate(
        project({
          "agent.json": agent({ subagents: "./s.json" }),
          "s.json": JSON.stringify({ agents: { r: { description: "d", instructions } } }),
          "x.txt": "x",
        }),
      );
    expect(codesOf(await of("../../etc/passwd"))).toEqual(["error path-outside-root s.json agents.r.instructions"]);
    expect(codesOf(await of("./x.txt"))).toEqual(["error subagent-not-markdown s.json agents.r.instructions"]);
  });
  it("names the line and column of a field in TypeScript", async () => {
    const cwd = project({
      "agent.ts":
        'import { defineAgent } from "stax";\n\nexport default defineAgent({\n  name: "Bad Name",\n  version: "1.0.0",\n} as never);\n',
    });
    const finding = (await validate(cwd)).find(({ field }) => field === "name");
    expect(finding).toMatchObject({ path: "agent.ts", line: 4, column: 3 });
  });
  it("understands the short form of an adapter in data, when it knows the adapter", async () => {
    const cwd = project({
      "agent.yaml":
        "name: sample\nversion: 1.0.0\ndescription: d\nadapter:\n  name: claude-code\n  options: { model: opus }\n",
    });
    const adapters = {
      names: ["claude-code"],
      configure: async (_: string, options: unknown) => ({ ...adapter, ...(options as { model?: string }) }),
      findings: async () => [],
    };
    const built = await build(cwd, { adapters });
    expect(
      (await openArtifact(await LayoutStore.open(built.layout), "sample:1.0.0")).config as AgentConfig,
    ).toMatchObject({
      adapter: { type: "claude-code", model: "opus" },
    });
    expect(await validate(cwd, { adapters: { ...adapters, names: ["claude-cod"] } })).toMatchObject([
      { code: "adapter-unknown", severity: "error", field: "adapter", line: 4, hint: 'did you mean "claude-cod"?' },
    ]);
  });
  it("S12-16 S12-20 lets adapters judge their configs, at the place of the field", async () => {
    const adapters = {
      names: [],
      configure: async () => adapter,
      findings: async () => [{ code: "x", severity: "error" as const, message: "no", field: "adapter.config" }],
    };
    const cwd = project({ "agent.json": agent() });
    expect(await validate(cwd, { adapters })).toMatchObject([
      { code: "x", path: "agent.json", line: 9, field: "adapter.config" },
    ]);
  });
  it("S04-26 warns about expressions of the prompt that become nothing, at their place", async () => {
    const files = {
      "agent.json": agent({ prompt: "./p.md", persona: "./persona.json" }),
      "persona.json": persona("maya"),
    };
    const prompt = "Hi {{persona.name}}\n{{persona.nope}} \\{{ {{#if x}}\n";
    const findings = await validate(project({ ...files, "p.md": prompt }));
    expect(findings.map(({ code, severity, line, column }) => [code, severity, line, column])).toEqual([
      ["template-empty", "warning", 2, 1],
      ["template-empty", "warning", 2, 22],
    ]);
    await expect(build(project({ ...files, "p.md": prompt }), { strict: true })).rejects.toMatchObject({
      code: "ERR_STAX_INVALID",
    });
  });
  it("builds what an interrupt stops not at all", async () => {
    const cwd = project({ "agent.json": agent({ prompt: "./p.md" }), "p.md": "x" });
    await expect(build(cwd, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
    writeFileSync(join(cwd, "x"), "");
  });
});
