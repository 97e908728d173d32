import { type Diagnostic, hasErrors } from "@stax/errors";
import { type FileTree, fileEntry, kindOf, type LayerName, type Layers, layerNames, type Payload } from "@stax/schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, decodeLayer, diffLayers, encodeLayer, mergeLayers, packTree } from "./index.ts";

async function encoded<Name extends LayerName>(name: Name, payload: Payload<Name>) {
  const chunks: Buffer[] = [];
  const descriptor = await encodeLayer(name, payload, (chunk) => void chunks.push(Buffer.from(chunk)));
  return { descriptor, bytes: Buffer.concat(chunks) };
}

const rule = (id: string, body: string) => fileEntry(`${id}.md`, `---\nid: ${id}\n---\n${body}`);
const skill = (name: string, extra: FileTree = []): FileTree => [
  fileEntry(`${name}/SKILL.md`, `---\nname: ${name}\ndescription: does ${name}\n---\nbody`),
  ...extra,
];
const server = (command: string) => ({ command, enabled: true });

const trees = {
  knowledge: [fileEntry("a.md", "A"), fileEntry("knowledge.manifest.json", '{"files":{"a.md":{"title":"T"}}}')],
  rules: [fileEntry("pic.png", "png"), rule("one", "1"), rule("two", "2")],
  skills: [...skill("read-it"), ...skill("write-it", [fileEntry("write-it/run.sh", "#!", { executable: true })])],
  instructionTree: [fileEntry("_root/instructions.md", "root"), fileEntry("src/api/instructions.md", "api")],
  surfaces: [fileEntry("instructions.md", "\ufeffHi\r\n"), fileEntry("tools.md", "T")],
  memory: [
    fileEntry("m.md", "M"),
    fileEntry("memory.meta.json", '{"snapshotId":"s","scope":{"type":"agent","id":"x"}}'),
  ],
  sourceSnapshot: [fileEntry("main.ts", "x")],
} as const;

describe("encodeLayer and decodeLayer", () => {
  it.each(Object.entries(trees))("S03-16 S03-76 take %s there and back, to the same digest", async (name, tree) => {
    const layer = name as keyof typeof trees; // the keys of the table above
    const payload = await decodeLayer(layer, tree);
    const { descriptor, bytes } = await encoded(layer, payload as never); // of that very layer
    const direct = await packTree(tree, () => {});
    expect(descriptor.digest).toBe(direct.digest);
    expect(descriptor.annotations["dev.stax.layer.diff-id"]).toBe(direct.diffId);
    const back = await decodeLayer(layer, bytes);
    expect((await encoded(layer, back as never)).descriptor).toEqual(descriptor);
    expect(kindOf(layer).items(back)).toEqual(kindOf(layer).items(payload));
  });

  it("annotates title, counts and diff-id", async () => {
    const { descriptor } = await encoded("skills", await decodeLayer("skills", trees.skills));
    expect(descriptor).toMatchObject({
      mediaType: "application/vnd.stax.skills.v1.tar+gzip",
      annotations: { "org.opencontainers.image.title": "skills.tar.gz", "dev.stax.skills.count": "2" },
    });
  });

  it("S03-45 S03-46 stores a prompt exactly as authored: byte order mark, CRLF, templates, invalid UTF-8", async () => {
    const authored = Buffer.concat([Buffer.from("\ufeffHi {{persona.name}}\r\n \n"), Buffer.from([0xff, 0x0a])]);
    const prompt = await decodeLayer("prompt", authored);
    expect(Buffer.from(prompt.bytes).equals(authored)).toBe(true);
    expect(prompt.text).toContain("\ufeffHi {{persona.name}}");
    const { bytes, descriptor } = await encoded("prompt", prompt);
    expect(bytes.equals(authored)).toBe(true);
    expect(descriptor.annotations).toEqual({ "org.opencontainers.image.title": "SYSTEM_PROMPT.md" });
  });

  it("S00-09 keeps unknown fields of a JSON layer and warns of them", async () => {
    const findings: Diagnostic[] = [];
    const json = Buffer.from('{"specVersion":"1.0.0","servers":{"a":{"command":"x","future":1}},"more":true}');
    const mcp = await decodeLayer("mcp", json, { report: (finding) => findings.push(finding) });
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ["unknown-field", "warning"],
      ["unknown-field", "warning"],
    ]);
    const { bytes } = await encoded("mcp", mcp);
    expect(JSON.parse(bytes.toString())).toMatchObject({ more: true, servers: { a: { future: 1 } } });
    expect(bytes.equals(Buffer.from(canonicalJson(mcp)))).toBe(true);
  });

  it("S03-82 throws all findings of broken content together", async () => {
    const broken = [fileEntry("a.md", "---\nscope: sometimes\n---\n"), fileEntry("b.md", "---\nopen: 1\n")];
    const failure = await decodeLayer("rules", broken).catch((error) => error);
    expect(failure).toMatchObject({ code: "ERR_STAX_LAYER_CONTENT_INVALID", category: "build" });
    expect(
      failure.diagnostics
        .filter(({ severity }: Diagnostic) => severity === "error")
        .map(({ path }: Diagnostic) => path),
    ).toEqual(["a.md", "b.md"]);
    const json = await decodeLayer("secrets", Buffer.from('{"secrets":[{"key":1}]}')).catch((error) => error);
    expect(hasErrors(json.diagnostics)).toBe(true);
  });

  it("S03-72 bounds a layer by its kind, and S03-73 lets the user raise it", async () => {
    const large = Buffer.alloc((1 << 20) + 1, "x");
    await expect(decodeLayer("prompt", large)).rejects.toMatchObject({ code: "ERR_STAX_LAYER_TOO_LARGE" });
    expect((await decodeLayer("prompt", large, { maxSize: 2 << 20 })).bytes).toHaveLength(large.length);
    const json = Buffer.from(`{"secrets":[],"x-pad":"${"x".repeat(1 << 20)}"}`);
    await expect(decodeLayer("secrets", json)).rejects.toMatchObject({ code: "ERR_STAX_LAYER_TOO_LARGE" });
    const { bytes } = await encoded("sourceSnapshot", { files: [fileEntry("big", Buffer.alloc(17 << 20))] });
    await expect(decodeLayer("rules", bytes)).rejects.toMatchObject({ code: "ERR_STAX_LAYER_TOO_LARGE" });
  });
});

const ruleIds = fc.uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("1", "2", "3")), {
  selector: ([id]) => id,
});
const aLayers = fc
  .record({
    rules: fc.option(ruleIds, { nil: undefined }),
    knowledge: fc.option(ruleIds, { nil: undefined }),
    mcp: fc.option(ruleIds, { nil: undefined }),
    skills: fc.option(ruleIds, { nil: undefined }),
    prompt: fc.option(fc.constantFrom("p", "q"), { nil: undefined }),
  })
  .map((spec) => () => layersOf(spec));

async function layersOf(spec: { [key: string]: string | [string, string][] | undefined }): Promise<Layers> {
  const layers: Record<string, unknown> = {};
  const list = (name: string) => spec[name] as [string, string][] | undefined; // all but the prompt are lists
  const [rules, knowledge, mcp, skills] = [list("rules"), list("knowledge"), list("mcp"), list("skills")];
  if (rules)
    layers.rules = await decodeLayer(
      "rules",
      rules.map(([id, v]) => rule(id, v)).sort((a, b) => (a.path < b.path ? -1 : 1)),
    );
  if (knowledge)
    layers.knowledge = await decodeLayer(
      "knowledge",
      knowledge.map(([id, v]) => fileEntry(id, v)).sort((a, b) => (a.path < b.path ? -1 : 1)),
    );
  if (mcp)
    layers.mcp = {
      specVersion: "1.0.0",
      servers: Object.fromEntries(mcp.map(([id, v]) => [id, server(v)] as const).sort()),
    };
  if (skills)
    layers.skills = await decodeLayer(
      "skills",
      skills.flatMap(([id, v]) => skill(`${id}x`, [fileEntry(`${id}x/v`, v)])),
    );
  if (spec.prompt) layers.prompt = { bytes: Buffer.from(spec.prompt as string), text: spec.prompt };
  return layers as Layers;
}

const same = async (a: Layers, b: Layers): Promise<void> => {
  expect(await diffLayers(a, b)).toEqual([]);
  for (const name of layerNames) {
    const items = (layers: Layers) => (layers[name] === undefined ? undefined : kindOf(name).items(layers[name]));
    expect(items(a)).toEqual(items(b));
  }
};

describe("mergeLayers", () => {
  it("S03-48 lets the override's item replace the base's as a whole", async () => {
    const base = await layersOf({
      skills: [
        ["a", "1"],
        ["b", "1"],
      ],
      rules: [["a", "1"]],
    });
    const override = await layersOf({
      skills: [
        ["b", "2"],
        ["c", "2"],
      ],
      prompt: "p",
    });
    const merged = mergeLayers(base, override);
    expect(kindOf("skills").items(merged.skills)).toEqual(["ax", "bx", "cx"]);
    expect(merged.rules).toBe(base.rules);
    expect(merged.prompt).toBe(override.prompt);
    expect(await diffLayers(base, merged)).toEqual([
      {
        layer: "skills",
        change: "changed",
        items: [
          { item: "bx", change: "changed" },
          { item: "cx", change: "added" },
        ],
      },
      { layer: "prompt", change: "added", items: [{ item: "prompt", change: "added" }] },
    ]);
  });

  it("takes kinds that do not merge whole from the override", async () => {
    const [one, two] = [await layersOf({ prompt: "p" }), await layersOf({ prompt: "q" })];
    expect(mergeLayers(one, two).prompt).toBe(two.prompt);
  });

  it("is associative", async () => {
    await fc.assert(
      fc.asyncProperty(aLayers, aLayers, aLayers, async (x, y, z) => {
        const [a, b, c] = [await x(), await y(), await z()];
        await same(mergeLayers(mergeLayers(a, b), c), mergeLayers(a, mergeLayers(b, c)));
      }),
      { numRuns: 60 },
    );
  });

  it("is idempotent, and nothing is its neutral element", async () => {
    await fc.assert(
      fc.asyncProperty(aLayers, async (x) => {
        const a = await x();
        await same(mergeLayers(a, a), a);
        await same(mergeLayers({}, a), a);
        await same(mergeLayers(a, {}), a);
      }),
      { numRuns: 40 },
    );
  });
});

describe("diffLayers", () => {
  it("names what was added, removed and changed, item by item, by content", async () => {
    const before = await layersOf({
      rules: [
        ["a", "1"],
        ["b", "1"],
      ],
      mcp: [["s", "1"]],
      knowledge: [["k", "1"]],
    });
    const after = await layersOf({
      rules: [
        ["b", "2"],
        ["c", "1"],
      ],
      mcp: [["s", "1"]],
      prompt: "p",
    });
    expect(await diffLayers(before, after)).toEqual([
      { layer: "knowledge", change: "removed", items: [{ item: "k", change: "removed" }] },
      {
        layer: "rules",
        change: "changed",
        items: [
          { item: "a", change: "removed" },
          { item: "b", change: "changed" },
          { item: "c", change: "added" },
        ],
      },
      { layer: "prompt", change: "added", items: [{ item: "prompt", change: "added" }] },
    ]);
  });

  it("compares only the items that are asked for, and opens no file of the others", async () => {
    const closed = { ...fileEntry("b", "1"), open: () => assertNever() };
    const knowledge = (text: string): Layers => ({
      knowledge: { files: [fileEntry("a", text), closed], metadata: {} },
    });
    const only = { items: new Set(["a"]) };
    expect(await diffLayers(knowledge("1"), knowledge("2"), only)).toEqual([
      { layer: "knowledge", change: "changed", items: [{ item: "a", change: "changed" }] },
    ]);
    expect(await diffLayers(knowledge("1"), knowledge("1"), only)).toEqual([]);
  });

  it("sees an executable bit, and a field that belongs to no item", async () => {
    const files = (executable: boolean): Layers => ({
      sourceSnapshot: { files: [fileEntry("a", "1", { executable })] },
    });
    expect(await diffLayers(files(false), files(true))).toMatchObject([{ items: [{ item: "a", change: "changed" }] }]);
    const mcp = (note: string): Layers => ({ mcp: { specVersion: "1.0.0", servers: {}, "x-note": note } });
    expect(await diffLayers(mcp("a"), mcp("b"))).toEqual([{ layer: "mcp", change: "changed", items: [] }]);
  });

  it("compares entries that know their digest without opening them", async () => {
    const closed = (path: string, digit: string) => ({
      ...fileEntry(path, "x"),
      digest: `sha256:${digit.repeat(64)}` as const,
      open: (): Uint8Array[] => {
        throw new Error("opened");
      },
    });
    const before: Layers = { sourceSnapshot: { files: [closed("a", "1"), closed("b", "1")] } };
    const after: Layers = { sourceSnapshot: { files: [closed("a", "1"), closed("b", "2")] } };
    expect(await diffLayers(before, after)).toMatchObject([{ items: [{ item: "b", change: "changed" }] }]);
  });

  it("says nothing about the same content in another order of keys", async () => {
    const one: Layers = { mcp: { specVersion: "1.0.0", servers: { a: server("x"), b: server("y") } } };
    const two: Layers = { mcp: { servers: { b: server("y"), a: server("x") }, specVersion: "1.0.0" } };
    expect(await diffLayers(one, two)).toEqual([]);
  });
});

function assertNever(): never {
  throw new Error("was opened");
}
