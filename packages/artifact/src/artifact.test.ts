import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { canonicalJson } from "@stax/layers";
import { fetchBytes, MemoryStore } from "@stax/oci";
import { annotations, artifactTypes, type Config, type LayerName, layerKinds } from "@stax/schema";
import { describe, expect, it } from "vitest";
import {
  diffArtifacts,
  extractArtifact,
  inspectArtifact,
  isEmptyDiff,
  openArtifact,
  packArtifact,
  packIndex,
  readLayers,
} from "./index.ts";
import { agentConfig, cacheDir, craft, jsonLayer, packed, storeBytes, treeLayer } from "./sample.fixture.ts";

const persona = { specVersion: "1.0.0", name: "maya", displayName: "Maya", role: "Engineer" };
const mcp = {
  specVersion: "1.0.0",
  servers: {
    github: { command: "gh-mcp", args: ["--stdio"], enabled: true },
    docs: { url: "https://docs.example.com/mcp", transport: "http", enabled: false },
  },
};

async function full(store: MemoryStore) {
  return [
    await jsonLayer(store, "persona", persona),
    await treeLayer(store, "rules", { "a.md": "# A\n" }),
    await treeLayer(store, "knowledge", { "k.md": "k" }),
    await jsonLayer(store, "mcp", mcp),
    await treeLayer(store, "memory", { "m.md": "m" }),
    await jsonLayer(store, "secrets", { specVersion: "1.0.0", secrets: [{ key: "TOKEN", required: true }] }),
  ];
}

describe("packArtifact", () => {
  it.each(["agent", "package", "profile", "source"] as const)(
    "S02-01 writes an OCI manifest with the artifactType of a %s",
    async (kind) => {
      const store = new MemoryStore();
      const descriptor = await packArtifact(store, {
        config: { ...agentConfig(), kind } as unknown as Config,
        layers: [],
        created: "1970-01-01T00:00:00Z",
      }); // only the kind matters here
      const manifest = JSON.parse(Buffer.from(await fetchBytes(store, descriptor)).toString());
      expect(manifest).toMatchObject({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        artifactType: artifactTypes[kind],
      });
    },
  );
  it("S02-05 S02-06 gives an artifact without layers a config and the empty descriptor, with its blob", async () => {
    const store = new MemoryStore();
    const { manifest } = await openArtifact(store, await packed(store));
    expect(manifest.config.mediaType).toBe("application/vnd.stax.config.v1+json");
    expect(manifest.layers).toEqual([
      {
        mediaType: "application/vnd.oci.empty.v1+json",
        digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        size: 2,
      },
    ]);
    const [empty] = manifest.layers;
    expect(empty && Buffer.from(await fetchBytes(store, empty)).toString()).toBe("{}");
  });
  it("S02-09 puts layers into the canonical order, whatever order they come in", async () => {
    const store = new MemoryStore();
    const { layers } = await openArtifact(store, await packed(store, await full(store)));
    expect(layers.map(({ name }) => name)).toEqual([
      "knowledge",
      "rules",
      "mcp",
      "secrets",
      "persona",
      "memory",
    ] satisfies LayerName[]);
  });
  it("S02-10 S02-11 S02-12 S02-13 S02-14 S02-16 annotates created, version, title, spec version, adapter, description, vendor and persona", async () => {
    const store = new MemoryStore();
    const { manifest } = await openArtifact(store, await packed(store, [], agentConfig({ author: "acme" }), "maya"));
    expect(manifest.annotations).toEqual({
      "org.opencontainers.image.created": "1970-01-01T00:00:00Z",
      "org.opencontainers.image.version": "1.0.0",
      "org.opencontainers.image.title": "sample",
      "org.opencontainers.image.description": "A sample",
      "org.opencontainers.image.vendor": "acme",
      "dev.stax.spec.version": "1.0.0",
      "dev.stax.adapter.type": "claude-code",
      "dev.stax.adapter.runtime": "claude-code",
      "dev.stax.persona": "maya",
    });
  });
  it("S01-29 S01-30 S02-19 writes the config as canonical JSON of its media type", async () => {
    const store = new MemoryStore();
    const { manifest } = await openArtifact(store, await packed(store));
    const bytes = await fetchBytes(store, manifest.config);
    expect(Buffer.from(canonicalJson(JSON.parse(Buffer.from(bytes).toString()))).equals(Buffer.from(bytes))).toBe(true);
  });
  it("S03-77 refuses two layers of one kind", async () => {
    const store = new MemoryStore();
    const layer = await jsonLayer(store, "mcp", mcp);
    await expect(packed(store, [layer, layer])).rejects.toThrow(layerKinds.mcp.mediaType);
  });
  it("gives the same digest for the same input", async () => {
    const [a, b] = [new MemoryStore(), new MemoryStore()];
    expect(await packed(a, await full(a))).toEqual(await packed(b, (await full(b)).reverse()));
  });
});

describe("openArtifact", () => {
  it("S00-02 refuses a higher major version of the format", async () => {
    const store = new MemoryStore();
    await expect(
      openArtifact(store, await craft(store, { config: { ...agentConfig(), specVersion: "2.0.0" } })),
    ).rejects.toMatchObject({ code: "ERR_STAX_SPEC_VERSION_UNSUPPORTED", category: "materialize" });
  });
  it("S00-03 S00-07 S00-08 accepts a higher minor version and warns about fields that it does not know", async () => {
    const store = new MemoryStore();
    const { diagnostics, config } = await openArtifact(
      store,
      await craft(store, { config: { ...agentConfig(), specVersion: "1.9.0", future: 1 } }),
    );
    expect(diagnostics.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      "warning spec-version-newer",
      "warning unknown-field",
    ]);
    expect(config).toMatchObject({ future: 1 });
  });
  it("S00-04 S00-05 S00-06 skips a layer that it does not know, with a warning that names it", async () => {
    const store = new MemoryStore();
    const future = await storeBytes(store, "application/vnd.stax.future.v1+json", new TextEncoder().encode("{}"));
    const rules = (await treeLayer(store, "rules", { "a.md": "x" })).descriptor;
    const artifact = await openArtifact(store, await craft(store, { layers: [future, rules] }));
    expect(artifact.diagnostics).toMatchObject([
      {
        code: "layer-unknown",
        severity: "warning",
        message: expect.stringContaining("application/vnd.stax.future.v1+json"),
      },
    ]);
    expect((await readLayers(artifact, { cacheDir: cacheDir() })).layers.rules?.rules).toHaveLength(1);
  });
  it("S02-03 refuses a manifest that is no stax artifact", async () => {
    const store = new MemoryStore();
    const descriptor = await craft(store, {
      manifest: { artifactType: "application/vnd.docker.container.image.v1+json" },
    });
    await expect(openArtifact(store, descriptor)).rejects.toMatchObject({
      code: "ERR_STAX_NOT_AN_ARTIFACT",
      category: "build",
    });
  });
  it("S02-04 refuses two layers of one stax media type", async () => {
    const store = new MemoryStore();
    const layer = await storeBytes(store, layerKinds.prompt.mediaType, new TextEncoder().encode("p"));
    await expect(openArtifact(store, await craft(store, { layers: [layer, layer] }))).rejects.toMatchObject({
      code: "ERR_STAX_LAYER_DUPLICATE",
    });
  });
  it("S02-07 S02-08 accepts an artifact without layers and one with some", async () => {
    const store = new MemoryStore();
    expect((await openArtifact(store, await packed(store))).layers).toEqual([]);
    expect((await openArtifact(store, await packed(store, await full(store)))).layers).toHaveLength(6);
  });
  it("refuses a config that breaks the format, with every finding", async () => {
    const store = new MemoryStore();
    await expect(
      openArtifact(store, await craft(store, { config: { ...agentConfig(), name: "Bad Name", version: "1" } })),
    ).rejects.toMatchObject({
      code: "ERR_STAX_ARTIFACT_CONFIG_INVALID",
      diagnostics: [{ field: "name" }, { field: "version" }],
    });
  });
  it("S02-31 S02-30 S02-29 chooses from an index by persona, and lists the personas when it must", async () => {
    const store = new MemoryStore();
    const variants = await Promise.all(
      ["maya", "alex"].map(async (name) => ({
        persona: name,
        reference: `sample:1.0.0-${name}`,
        runtime: "claude-code",
        descriptor: await packed(store, [], agentConfig(), name),
      })),
    );
    const index = await packIndex(store, variants);
    const bytes = JSON.parse(Buffer.from(await fetchBytes(store, index)).toString());
    expect(bytes.manifests[0].annotations).toEqual({
      [annotations.refName]: "sample:1.0.0-maya",
      [annotations.persona]: "maya",
      [annotations.adapterRuntime]: "claude-code",
    });
    expect((await openArtifact(store, index, { persona: "alex" })).descriptor.digest).toBe(
      variants[1]?.descriptor.digest,
    );
    await expect(openArtifact(store, index)).rejects.toMatchObject({
      code: "ERR_STAX_PERSONA_NEEDED",
      hint: expect.stringContaining("maya, alex"),
    });
    await expect(openArtifact(store, index, { persona: "kim" })).rejects.toMatchObject({
      code: "ERR_STAX_PERSONA_MISSING",
    });
    expect((await openArtifact(store, variants[0]?.descriptor ?? index)).config.name).toBe("sample");
  });
});

describe("readLayers", () => {
  it("decodes every layer, file bodies closed", async () => {
    const store = new MemoryStore();
    const { layers, diagnostics } = await readLayers(
      await openArtifact(store, await packed(store, await full(store))),
      { cacheDir: cacheDir() },
    );
    expect(diagnostics).toEqual([]);
    expect(layers).toMatchObject({
      persona: { name: "maya" },
      mcp: { servers: { github: { command: "gh-mcp" } } },
      rules: { rules: [{ id: "a.md" }] },
    });
  });
  it("S09-04 S09-05 ignores entries of the knowledge manifest that are not in the archive, with a warning", async () => {
    const store = new MemoryStore();
    const layer = await treeLayer(store, "knowledge", {
      "a.md": "x",
      "knowledge.manifest.json": JSON.stringify({ files: { "gone.md": { title: "Gone" }, "a.md": { title: "A" } } }),
    });
    const { layers, diagnostics } = await readLayers(await openArtifact(store, await packed(store, [layer])), {
      cacheDir: cacheDir(),
    });
    expect(diagnostics).toMatchObject([{ code: "knowledge-manifest-missing", severity: "warning" }]);
    expect(layers.knowledge?.metadata).toEqual({ "a.md": { title: "A" } });
  });
  it("S00-07 S00-08 keeps and warns about unknown fields of JSON layers", async () => {
    const store = new MemoryStore();
    const layer = await jsonLayer(store, "persona", { ...persona, future: true });
    const { layers, diagnostics } = await readLayers(await openArtifact(store, await packed(store, [layer])), {
      cacheDir: cacheDir(),
    });
    expect(diagnostics).toMatchObject([{ code: "unknown-field", severity: "warning", field: "future" }]);
    expect(layers.persona).toMatchObject({ future: true });
  });
  it("S08-01 refuses content that breaks the format, exit 2", async () => {
    const store = new MemoryStore();
    const layer = await treeLayer(store, "rules", { "a.md": "---\nscope: bogus\n---\n" });
    await expect(
      readLayers(await openArtifact(store, await packed(store, [layer])), { cacheDir: cacheDir() }),
    ).rejects.toMatchObject({ code: "ERR_STAX_LAYER_INVALID", category: "build" });
  });
  it("S15-24 X-01 refuses bytes that are not those of the manifest", async () => {
    const store = new MemoryStore();
    const layer = await jsonLayer(store, "mcp", mcp);
    const forged = { ...layer, descriptor: { ...layer.descriptor, size: layer.descriptor.size - 1 } };
    await expect(
      readLayers(await openArtifact(store, await packed(store, [forged])), { cacheDir: cacheDir() }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_STAX_/) });
  });
});

describe("hostile archives", () => {
  it.each([
    ["S03-52", "rules", "a.md"],
    ["S03-63 S38-04", "instructionTree", "a/instructions.md"],
  ] as const)("%s refuses %s with a path that stands twice", async (_, name, path) => {
    const store = new MemoryStore();
    const once = gunzipSync(await fetchBytes(store, (await treeLayer(store, name, { [path]: "x" })).descriptor));
    const entries = once.subarray(0, once.length - 1024);
    const twice = gzipSync(Buffer.concat([entries, entries, Buffer.alloc(1024)]));
    const layer = { name, descriptor: await storeBytes(store, layerKinds[name].mediaType, twice) };
    const artifact = await openArtifact(store, await packed(store, [layer]));
    await expect(readLayers(artifact, { cacheDir: cacheDir() })).rejects.toMatchObject({
      code: "ERR_STAX_LAYER_ENTRY_DUPLICATE",
      category: "build",
    });
  });
});

describe("extractArtifact", () => {
  it("S13-21 S03-16 writes trees as directories and documents as files, byte for byte", async () => {
    const store = new MemoryStore();
    const bytes = Buffer.from([0xff, 0x00, 0x0d, 0x0a]);
    const layers = [
      await treeLayer(store, "knowledge", { "a/b.bin": bytes }),
      await jsonLayer(store, "persona", persona),
    ];
    const directory = join(cacheDir(), "out");
    const { files } = await extractArtifact(await openArtifact(store, await packed(store, layers)), directory, {
      cacheDir: cacheDir(),
    });
    expect(files.map(({ path }) => path)).toEqual(["config.json", "knowledge/a/b.bin", "persona.json"]);
    expect(readFileSync(join(directory, "knowledge/a/b.bin"))).toEqual(bytes);
  });
  it.skipIf(!existsSync("/proc/self"))("fails at once below /proc, where a recursive mkdir never ends", async () => {
    const store = new MemoryStore();
    const artifact = await openArtifact(store, await packed(store, [await treeLayer(store, "rules", { "a.md": "x" })]));
    await expect(extractArtifact(artifact, "/proc/stax-none/out", { cacheDir: cacheDir() })).rejects.toMatchObject({
      code: "ERR_STAX_EXTRACT_FAILED",
    });
    await expect(extractArtifact(artifact, cacheDir(), { cacheDir: "/proc/stax-none/cache" })).rejects.toThrow(
      /ENOENT/,
    );
  });
  it("overwrites nothing and leaves nothing behind", async () => {
    const store = new MemoryStore();
    const artifact = await openArtifact(store, await packed(store, [await treeLayer(store, "rules", { "a.md": "x" })]));
    const directory = cacheDir();
    writeFileSync(join(directory, "mine.txt"), "mine");
    await expect(extractArtifact(artifact, directory, { cacheDir: cacheDir() })).rejects.toMatchObject({
      code: "ERR_STAX_EXTRACT_EXISTS",
    });
    expect(readdirSync(directory)).toEqual(["mine.txt"]);
  });
});

describe("inspectArtifact", () => {
  it("S13-18 S06-25 tells metadata, layers with their items, origins of servers and what to look at first", async () => {
    const store = new MemoryStore();
    const inspection = await inspectArtifact(await openArtifact(store, await packed(store, await full(store))), {
      cacheDir: cacheDir(),
    });
    expect(inspection).toMatchObject({
      kind: "agent",
      name: "sample",
      version: "1.0.0",
      secrets: [{ key: "TOKEN" }],
      servers: [
        { name: "docs", transport: "http", origin: "inline", enabled: false },
        { name: "github", transport: "stdio" },
      ],
      risk: { commands: ["gh-mcp --stdio"], hosts: ["docs.example.com"], secrets: ["TOKEN (required)"] },
    });
    expect(inspection.layers.map(({ name, items }) => [name, items])).toContainEqual(["rules", ["a.md"]]);
  });
});

describe("diffArtifacts", () => {
  it("S13-22 tells config, items and risk apart", async () => {
    const store = new MemoryStore();
    const before = await openArtifact(
      store,
      await packed(store, [await treeLayer(store, "rules", { "a.md": "x", "b.md": "same" })]),
    );
    const changed = [
      await treeLayer(store, "rules", { "a.md": "y", "b.md": "same", "c.md": "new" }),
      await jsonLayer(store, "mcp", mcp),
    ];
    const after = await openArtifact(store, await packed(store, changed, agentConfig({ version: "1.1.0" })));
    const diff = await diffArtifacts(before, after, { cacheDir: cacheDir() });
    expect(diff).toMatchObject({
      identical: false,
      config: [{ field: "version", before: "1.0.0", after: "1.1.0" }],
      risk: { commands: { added: ["gh-mcp --stdio"], removed: [] } },
    });
    expect(isEmptyDiff(diff)).toBe(false);
    expect(isEmptyDiff(await diffArtifacts(before, before, { cacheDir: cacheDir() }))).toBe(true);
  });
});
