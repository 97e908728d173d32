import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readLayers } from "@stax/artifact";
import { bytesContent, type Descriptor, digestOf, fetchManifest, MemoryStore, packManifest } from "@stax/oci";
import { readEntry } from "@stax/schema";
import { describe, expect, it, onTestFinished } from "vitest";
import { isSkillArtifact, openSkillArtifact } from "./skill-artifact.ts";

const skillMd = '---\nname: lookup\ndescription: "Looks things up"\n---\nLook.\n';
const files = { "lookup/SKILL.md": skillMd, "lookup/scripts/find.sh": "#!/bin/sh\n" };
const types = {
  artifact: "application/vnd.agentskills.skill.v1",
  config: "application/vnd.agentskills.skill.config.v1+json",
  content: "application/vnd.agentskills.skill.content.v1.tar+gzip",
} as const;

function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), "stax-skill-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** An archive as the system's tar makes it: with directories, owners and times. */
function archive(content: Readonly<Record<string, string>>, ...flags: readonly string[]): Buffer {
  const path = temporary();
  for (const [name, text] of Object.entries(content)) {
    mkdirSync(dirname(join(path, "in", name)), { recursive: true });
    writeFileSync(join(path, "in", name), text);
    if (name.endsWith(".sh")) chmodSync(join(path, "in", name), 0o755);
  }
  return tar(join(path, "in"), join(path, "out"), flags);
}

function tar(from: string, to: string, flags: readonly string[]): Buffer {
  const what = flags.includes("-dot")
    ? ["."]
    : execFileSync("ls", ["-A", from], { encoding: "utf8" }).trim().split("\n");
  execFileSync("tar", [flags.includes("-plain") ? "-cf" : "-czf", to, "-C", from, ...what]);
  return readFileSync(to);
}

interface Shape {
  readonly artifactType?: string;
  readonly config?: { readonly mediaType: string; readonly value: object };
  readonly layers: readonly { readonly mediaType: string; readonly bytes: Uint8Array; readonly title?: string }[];
  readonly annotations?: Readonly<Record<string, string>>;
}

async function store({ artifactType, config, layers, annotations }: Shape) {
  const memory = new MemoryStore();
  const push = async (mediaType: string, bytes: Uint8Array, title?: string): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    await memory.push(descriptor, bytesContent(bytes));
    return { ...descriptor, ...(title !== undefined && { annotations: { "org.opencontainers.image.title": title } }) };
  };
  const descriptor = await packManifest(memory, {
    artifactType,
    config: config && (await push(config.mediaType, Buffer.from(JSON.stringify(config.value)))),
    layers: await Promise.all(layers.map(({ mediaType, bytes, title }) => push(mediaType, bytes, title))),
    annotations,
  });
  return { memory, descriptor };
}

async function open(shape: Shape, reference = "example.com/skills/lookup:1.0.0") {
  const { memory, descriptor } = await store(shape);
  const parsed = await fetchManifest(memory, descriptor);
  if (parsed.kind !== "manifest") throw new Error("an index");
  expect(isSkillArtifact(parsed.manifest)).toBe(true);
  const artifact = await openSkillArtifact(memory, descriptor, parsed.manifest, { reference });
  const { layers } = await readLayers(artifact, { cacheDir: temporary() });
  const tree = (layers.skills?.skills ?? []).flatMap((skill) =>
    skill.tree.map((file) => ({ ...file, path: `${skill.name}/${file.path}` })),
  );
  return { artifact, descriptor, tree, paths: tree.map(({ path }) => path).sort() };
}

const config = {
  mediaType: types.config,
  value: { schemaVersion: "1", name: "lookup", version: "1.4.0", description: "Looks" },
};
const common = (): Shape => ({
  artifactType: types.artifact,
  config,
  layers: [{ mediaType: types.content, bytes: archive(files) }],
});

const content = (bytes: Uint8Array, mediaType: string = types.content, title?: string) => ({
  layers: [{ mediaType, bytes, ...(title !== undefined && { title }) }],
});

describe("openSkillArtifact", () => {
  it("gives the skill as a package: its name, version and files, under its own digest", async () => {
    const { artifact, descriptor, paths, tree } = await open(common());
    expect(artifact).toMatchObject({
      kind: "package",
      config: { name: "lookup", version: "1.4.0", description: "Looks" },
    });
    expect(artifact.descriptor.digest).toBe(descriptor.digest);
    expect(paths).toEqual(["lookup/SKILL.md", "lookup/scripts/find.sh"]);
    const [document, script] = ["SKILL.md", "find.sh"].map((name) => tree.find(({ path }) => path.endsWith(name)));
    expect(document && Buffer.from(await readEntry(document, 1000)).toString()).toBe(skillMd);
    expect([document?.executable, script?.executable]).toEqual([false, true]);
  });
  it("gives the same layer for the same artifact, whoever opens it", async () => {
    const shape = common();
    const digests = [await open(shape), await open(shape)].map(({ artifact }) => artifact.layers[0]?.descriptor.digest);
    expect(digests[0]).toMatch(/^sha256:/);
    expect(digests[0]).toBe(digests[1]);
  });
  it.each<readonly [string, () => { readonly [Key in keyof Shape]?: Shape[Key] | undefined }]>([
    ["an archive of what is in the skill's directory", () => content(archive({ "SKILL.md": skillMd, "x.md": "x" }))],
    ["one that starts at ./", () => content(archive(files, "-dot"))],
    ["a plain tar", () => content(archive(files, "-plain"), "application/vnd.agentskills.skill.layer.v1.tar")],
    [
      "no artifact type, known by its config",
      () => ({
        artifactType: undefined,
        config: { ...config, mediaType: "application/vnd.agentskills.config.v1+json" },
      }),
    ],
    [
      "no config, the name in an annotation",
      () => ({ config: undefined, annotations: { "io.agentskills.skill.name": "lookup" } }),
    ],
    [
      "a card for catalogs before the content",
      () => ({
        layers: [
          { mediaType: "application/vnd.docsclaw.skill.card.v1+yaml", bytes: Buffer.from("a: 1") },
          ...content(archive(files)).layers,
        ],
      }),
    ],
    [
      "the proposal of the CNCF",
      () => ({
        artifactType: "application/vnd.cncf.skill.manifest.v1+json",
        ...content(archive(files), "application/vnd.cncf.skill.bundle.v1.tar+gzip"),
      }),
    ],
    [
      "single files with their paths for titles",
      () => content(Buffer.from(skillMd), "application/vnd.agentskills.skill-manifest.v1", "lookup/SKILL.md"),
    ],
  ])("reads %s", async (_, more) => {
    const { artifact, paths } = await open({ ...common(), ...more() } as Shape); // an absent field is one that is undefined
    expect(artifact.config.name).toBe("lookup");
    expect(paths).toContain("lookup/SKILL.md");
  });
  it("takes what a config says for a hint: one that is broken says nothing", async () => {
    const { artifact } = await open({ ...common(), config: { mediaType: types.config, value: ["no"] } });
    expect(artifact.config).toMatchObject({ name: "lookup", version: "0.0.0", description: "Looks things up" });
    expect(artifact.diagnostics.map(({ message }) => message).join()).toMatch(
      /example\.com\/skills\/lookup:1\.0\.0: says no version/,
    );
  });
  it("makes a name of a hostile one, and no path of it", async () => {
    const value = { name: "../../etc/passwd\u001b[2J", version: "1.0.0" };
    const { artifact, paths } = await open({
      ...common(),
      config: { mediaType: types.config, value },
      layers: [{ mediaType: types.content, bytes: archive({ "SKILL.md": skillMd }) }],
    });
    expect(artifact.config.name).toBe("etc-passwd-2j");
    expect(paths).toEqual(["etc-passwd-2j/SKILL.md"]);
  });
  it("refuses links, as in every layer, and an artifact without a skill", async () => {
    const path = temporary();
    mkdirSync(join(path, "in/lookup"), { recursive: true });
    writeFileSync(join(path, "in/lookup/SKILL.md"), skillMd);
    symlinkSync("/etc/passwd", join(path, "in/lookup/pw"));
    const bytes = tar(join(path, "in"), join(path, "out"), []);
    await expect(open({ ...common(), layers: [{ mediaType: types.content, bytes }] })).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_STAX_LAYER_/),
    });
    await expect(
      open({ ...common(), layers: [{ mediaType: types.content, bytes: archive({ "a.md": "a" }) }] }),
    ).rejects.toMatchObject({
      code: "ERR_STAX_DEPENDENCY_NOT_PACKAGE",
      message: expect.stringContaining("without a SKILL.md"),
    });
  });
  it("leaves single files alone whose titles are no paths inside", async () => {
    const evil = { mediaType: "application/octet-stream", bytes: Buffer.from("x"), title: "../../evil.sh" };
    const { paths } = await open({ ...common(), layers: [...common().layers, evil] });
    expect(paths).toEqual(["lookup/SKILL.md", "lookup/scripts/find.sh"]);
  });
});

describe("isSkillArtifact", () => {
  it("takes no artifact of stax for one, whatever it is annotated with", async () => {
    const { memory, descriptor } = await store({
      ...common(),
      artifactType: "application/vnd.stax.package.v1",
      annotations: { "io.agentskills.skill.name": "lookup" },
    });
    const parsed = await fetchManifest(memory, descriptor);
    expect(parsed.kind === "manifest" && isSkillArtifact(parsed.manifest)).toBe(false);
  });
});
