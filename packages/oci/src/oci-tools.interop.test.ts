import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pushArtifact, pushBytes, pushIndex, pushJson, text } from "./artifact.fixture.ts";
import {
  ArchiveStore,
  bytesContent,
  copy,
  copyGraph,
  type Descriptor,
  digestOf,
  emptyBytes,
  emptyDescriptor,
  fetchBytes,
  fetchManifest,
  type IndexedStore,
  LayoutStore,
  MemoryStore,
  mediaTypes,
  parseTarget,
} from "./index.ts";

const run = promisify(execFile);

function isInstalled(tool: string): boolean {
  try {
    execFileSync(tool, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Skips with the reason in the name. */
function describeWith(tool: string, body: () => void): void {
  if (isInstalled(tool)) describe(tool, body);
  else describe.skip(`${tool} (skipped: it is not installed; apt-get install ${tool})`, body);
}

/** An artifact with a layer of a type that nobody knows, and an image with a real config. */
async function fill(store: IndexedStore): Promise<{ artifact: Descriptor; image: Descriptor; index: Descriptor }> {
  const artifact = await pushArtifact(store, "artifact", { layers: ["one", "two"] });
  const tar = Buffer.alloc(1024);
  // Compressed: skopeo would compress a plain one on the way, and so change every digest.
  const layer = await pushBytes(store, gzipSync(tar), "application/vnd.oci.image.layer.v1.tar+gzip");
  const config = await pushJson(
    store,
    { architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [digestOf(tar)] } },
    mediaTypes.config,
  );
  const image = await pushJson(
    store,
    { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] },
    mediaTypes.manifest,
  );
  const platform = { architecture: "amd64", os: "linux" };
  const index = await pushIndex(store, [{ ...image, platform }]);
  await store.tag(artifact, "backend-engineer:1.0.0");
  await store.tag(artifact, "plain");
  await store.tag(image, "image");
  await store.tag(index, "index");
  return { artifact, image, index };
}

describe("X-17 layouts and archives and other tools", () => {
  let directory = "";
  let layout: LayoutStore;
  let layoutPath = "";
  let archivePath = "";
  let made: Awaited<ReturnType<typeof fill>>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "oci-interop-"));
    layoutPath = join(directory, "layout");
    archivePath = join(directory, "archive.tar");
    layout = await LayoutStore.open(layoutPath, { create: true });
    made = await fill(layout);
    const archive = await ArchiveStore.open(archivePath, { create: true });
    for (const tag of await layout.tags()) await copy(layout, tag, archive);
    await archive.save();
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const place = (kind: "oci" | "oci-archive") => (kind === "oci" ? layoutPath : archivePath);
  const skopeo = (...args: readonly string[]) => run("skopeo", ["--insecure-policy", ...args], { encoding: "buffer" });

  describeWith("skopeo", () => {
    it.each(["oci", "oci-archive"] as const)("X-17 inspects the exact bytes of what we wrote (%s)", async (kind) => {
      for (const tag of ["backend-engineer:1.0.0", "plain", "image"]) {
        const { stdout } = await skopeo("inspect", "--raw", `${kind}:${place(kind)}:${tag}`);
        const { digest } = await layout.resolve(tag);
        expect(digestOf(stdout)).toBe(digest);
      }
    });

    it("X-17 reads our targets as we do: the same text names the same tag", async () => {
      const target = `oci:${layoutPath}:backend-engineer:1.0.0`;
      const { stdout } = await skopeo("inspect", "--raw", target);
      expect(parseTarget(target)).toEqual({ kind: "layout", path: layoutPath, tag: "backend-engineer:1.0.0" });
      expect(digestOf(stdout)).toBe(made.artifact.digest);
    });

    it.each(["oci", "oci-archive"] as const)(
      "X-17 copies what we wrote without a change of digest (%s)",
      async (kind) => {
        const out = join(directory, `by-skopeo-from-${kind}`);
        for (const tag of ["plain", "image"]) {
          await skopeo("copy", `${kind}:${place(kind)}:${tag}`, `oci:${out}:${tag}`);
          const theirs = await LayoutStore.open(out);
          const root = await theirs.resolve(tag);
          expect(root.digest).toBe((await layout.resolve(tag)).digest);
          await copyGraph(theirs, root, new MemoryStore());
        }
      },
    );

    it("X-17 copies an index with all it names", async () => {
      const out = join(directory, "by-skopeo-index");
      await skopeo("copy", "--all", `oci:${layoutPath}:index`, `oci:${out}:index`);
      const theirs = await LayoutStore.open(out);
      const root = await theirs.resolve("index");
      expect(root.digest).toBe(made.index.digest);
      expect(await fetchManifest(theirs, root)).toMatchObject({ kind: "index" });
      await copyGraph(theirs, root, new MemoryStore());
    });

    it("reads the archives that skopeo writes", async () => {
      const out = join(directory, "by-skopeo.tar");
      await skopeo("copy", `oci:${layoutPath}:plain`, `oci-archive:${out}:plain`);
      const theirs = await ArchiveStore.open(out);
      const root = await theirs.resolve("plain");
      expect(root.digest).toBe(made.artifact.digest);
      await copyGraph(theirs, root, new MemoryStore());
      await theirs.tag(await pushArtifact(theirs, "added"), "added");
      await theirs.save();
      await skopeo("inspect", "--raw", `oci-archive:${out}:added`);
    });

    it("shares a layout with skopeo: each keeps the other's tags", async () => {
      const out = join(directory, "shared");
      const shared = await LayoutStore.open(out, { create: true });
      await copy(layout, "plain", shared, "ours");
      await skopeo("copy", `oci:${layoutPath}:image`, `oci:${out}:theirs`);
      await copy(layout, "index", shared, "ours-too");
      expect(await shared.tags()).toEqual(["ours", "ours-too", "theirs"]);
      await skopeo("inspect", "--raw", `oci:${out}:ours`);
      await skopeo("inspect", "--raw", `oci:${out}:theirs`);
    });
  });

  describeWith("umoci", () => {
    it("X-17 lists our tags", async () => {
      const { stdout } = await run("umoci", ["ls", "--layout", layoutPath]);
      expect(stdout.trim().split("\n").sort()).toEqual(await layout.tags());
    });

    it("X-17 reads an image that we wrote", async () => {
      const { stdout } = await run("umoci", ["stat", "--image", `${layoutPath}:image`, "--json"]);
      expect(JSON.parse(stdout)).toHaveProperty("history");
    });

    it("reads and adds to a layout that umoci made, and umoci reads it again", async () => {
      const path = join(directory, "by-umoci");
      await run("umoci", ["init", "--layout", path]);
      await run("umoci", ["new", "--image", `${path}:fresh`]);
      const store = await LayoutStore.open(path);
      expect(await store.tags()).toEqual(["fresh"]);
      await copyGraph(store, await store.resolve("fresh"), new MemoryStore());
      await store.push(emptyDescriptor, bytesContent(emptyBytes));
      await copy(layout, "image", store);
      expect((await run("umoci", ["ls", "--layout", path])).stdout.trim().split("\n").sort()).toEqual([
        "fresh",
        "image",
      ]);
    });

    it("loses nothing that we tagged when umoci collects garbage", async () => {
      const path = join(directory, "collected");
      const store = await LayoutStore.open(path, { create: true });
      await copy(layout, "image", store);
      await pushBytes(store, text("garbage"));
      await run("umoci", ["gc", "--layout", path]);
      const root = await store.resolve("image");
      expect(digestOf(await fetchBytes(store, root))).toBe(made.image.digest);
      await copyGraph(store, root, new MemoryStore());
    });
  });

  describeWith("tar", () => {
    it("X-17 extracts our archive to a layout", async () => {
      const out = await mkdtemp(join(directory, "extracted-"));
      await run("tar", ["xf", archivePath, "-C", out]);
      const store = await LayoutStore.open(out);
      expect(await store.tags()).toEqual(await layout.tags());
      for (const { descriptor } of await store.list()) await copyGraph(store, descriptor, new MemoryStore());
    });

    it.each(["ustar", "gnu", "pax"])("reads a layout packed by tar --format=%s", async (format) => {
      const out = join(directory, `by-tar-${format}.tar`);
      await run("tar", ["cf", out, `--format=${format}`, "-C", layoutPath, "."]);
      const store = await ArchiveStore.open(out);
      for (const { descriptor } of await store.list()) await copyGraph(store, descriptor, new MemoryStore());
    });
  });
});
