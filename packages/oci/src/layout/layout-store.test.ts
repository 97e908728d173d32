import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { absent, describeBytes, pushArtifact, pushBytes, pushIndex, text, withDirectory } from "../artifact.fixture.ts";
import {
  bytesContent,
  copyGraph,
  encodedOf,
  fetchBytes,
  fileContent,
  isLayout,
  LayoutStore,
  MemoryStore,
  mediaTypes,
  refNameAnnotation,
} from "../index.ts";

const hour = 60 * 60 * 1000;

const withLayout = <T>(work: (store: LayoutStore, path: string) => Promise<T>): Promise<T> =>
  withDirectory(async (directory) => {
    const path = join(directory, "layout");
    return work(await LayoutStore.open(path, { create: true }), path);
  });

const readIndex = async (path: string): Promise<{ manifests: { annotations?: Record<string, string> }[] }> =>
  JSON.parse(await readFile(join(path, "index.json"), "utf8"));

describe("LayoutStore.open", () => {
  it("X-17 makes a layout as the image specification says", () =>
    withLayout(async (_, path) => {
      expect(await readFile(join(path, "oci-layout"), "utf8")).toBe('{"imageLayoutVersion":"1.0.0"}');
      expect(await readIndex(path)).toMatchObject({ schemaVersion: 2, manifests: [] });
      expect((await lstat(join(path, "blobs"))).isDirectory()).toBe(true);
      expect(await isLayout(path)).toBe(true);
      expect(await isLayout(join(path, "blobs"))).toBe(false);
    }));

  it("refuses a directory that is none, and one of something else even with create", () =>
    withDirectory(async (directory) => {
      const notFound = { code: "ERR_STAX_LAYOUT_NOT_FOUND", category: "build" };
      await expect(LayoutStore.open(join(directory, "none"))).rejects.toMatchObject(notFound);
      await expect(LayoutStore.open(directory)).rejects.toMatchObject(notFound);
      await writeFile(join(directory, "thesis.txt"), "mine");
      await expect(LayoutStore.open(directory, { create: true })).rejects.toMatchObject(notFound);
      expect(await readdir(directory)).toEqual(["thesis.txt"]);
    }));

  it.skipIf(!existsSync("/proc/self"))(
    "fails at once below /proc, where a recursive mkdir never ends (where there is a /proc)",
    async () => {
      await expect(LayoutStore.open("/proc/stax/layout", { create: true })).rejects.toMatchObject({
        code: "ERR_STAX_STORE_IO",
      });
    },
  );
  it("says that a file is an archive, and that a path through a file is none", () =>
    withDirectory(async (directory) => {
      const file = join(directory, "a.tar");
      await writeFile(file, "x");
      for (const create of [false, true]) {
        await expect(LayoutStore.open(file, { create })).rejects.toMatchObject({
          code: "ERR_STAX_LAYOUT_NOT_FOUND",
          hint: expect.stringContaining(`oci-archive:${file}`),
        });
      }
      await expect(LayoutStore.open(join(file, "x"))).rejects.toMatchObject({ code: "ERR_STAX_LAYOUT_NOT_FOUND" });
      await expect(LayoutStore.open(join(file, "x"), { create: true })).rejects.toMatchObject({
        code: "ERR_STAX_STORE_IO",
        category: "build",
        message: expect.stringMatching(/cannot create .*ENOTDIR/),
      });
    }));

  it("finishes a layout whose creation was interrupted", () =>
    withLayout(async (_, path) => {
      await rm(join(path, "oci-layout"));
      await expect(LayoutStore.open(path)).rejects.toMatchObject({ code: "ERR_STAX_LAYOUT_NOT_FOUND" });
      await LayoutStore.open(path, { create: true });
      expect(await isLayout(path)).toBe(true);
    }));

  it.each([
    ["oci-layout", "{", /oci-layout is not valid/],
    ["oci-layout", '{"imageLayoutVersion":"2.0.0"}', /no version/],
    ["index.json", '{"schemaVersion":2,"manifests":[', /index.json is not valid: .*not JSON/],
    ["index.json", '{"schemaVersion":2,"manifests":[],"manifests":[]}', /twice in one object/],
    [
      "index.json",
      '{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"sha256:../../x","size":1}]}',
      /digest/,
    ],
    ["index.json", `{"schemaVersion":2,"manifests":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, /nested deeper/],
  ])("refuses a malformed %s", (name, body, message) =>
    withLayout(async (_, path) => {
      await writeFile(join(path, name), body);
      const listing = LayoutStore.open(path).then((store) => store.list());
      await expect(listing).rejects.toMatchObject({
        code: "ERR_STAX_LAYOUT_INVALID",
        category: "build",
        message: expect.stringMatching(message),
      });
    }),
  );

  it("reads a layout that it may not write to", () =>
    withLayout(async (store, path) => {
      await store.tag(await pushArtifact(store, "one"), "v1");
      await rm(join(path, ".tmp"), { recursive: true });
      await chmod(path, 0o555);
      const again = await LayoutStore.open(path);
      expect(await again.tags()).toEqual(["v1"]);
      expect(await readdir(path)).not.toContain(".tmp");
      await chmod(path, 0o755);
    }));
});

describe("LayoutStore and other tools", () => {
  it("keeps their entries, annotations and unknown fields", () =>
    withLayout(async (store, path) => {
      const one = await pushArtifact(store, "one");
      const theirs = {
        schemaVersion: 2,
        "x-tool": { nested: [1, 2.5, null] },
        annotations: { made: "by them" },
        manifests: [{ ...one, "x-entry": true, annotations: { [refNameAnnotation]: "theirs", created: "then" } }],
      };
      await writeFile(join(path, "index.json"), JSON.stringify(theirs));
      const two = await pushArtifact(store, "two");
      await store.tag(two, "ours");
      expect(await readIndex(path)).toEqual({
        ...theirs,
        manifests: [...theirs.manifests, { ...two, annotations: { [refNameAnnotation]: "ours" } }],
      });
      expect(await store.resolve("theirs")).toMatchObject({ digest: one.digest, annotations: { created: "then" } });
      await store.untag("ours");
      expect(await readIndex(path)).toEqual(theirs);
    }));

  it("reads an index.json of Go with null for an empty list, and writes a list", () =>
    withLayout(async (store, path) => {
      await writeFile(join(path, "index.json"), '{"schemaVersion":2,"manifests":null}');
      expect(await store.tags()).toEqual([]);
      await store.tag(await pushArtifact(store, "one"), "v1");
      expect(await store.tags()).toEqual(["v1"]);
    }));

  it("refuses a tag that two of their entries carry", () =>
    withLayout(async (store, path) => {
      const entry = async (name: string) => ({
        ...(await pushArtifact(store, name)),
        annotations: { [refNameAnnotation]: "same" },
      });
      const manifests = [await entry("one"), await entry("two")];
      await writeFile(join(path, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
      await expect(store.resolve("same")).rejects.toMatchObject({ code: "ERR_STAX_REFERENCE_AMBIGUOUS" });
    }));

  it("puts ref.name on entries of index.json only, and children and untagged manifests not into it", () =>
    withLayout(async (store, path) => {
      const child = await pushArtifact(store, "child");
      const root = await pushIndex(store, [child]);
      await store.tag(root, "v1");
      expect((await readIndex(path)).manifests).toEqual([{ ...root, annotations: { [refNameAnnotation]: "v1" } }]);
      expect(Buffer.from(await fetchBytes(store, root)).toString()).not.toContain(refNameAnnotation);
    }));

  it("writes the same entry wherever the descriptor came from: artifact type from the manifest, no annotations", () =>
    withLayout(async (store, path) => {
      const { artifactType, ...bare } = await pushArtifact(store, "one");
      await store.tag({ ...bare, artifactType: "a/lie", annotations: { created: "then" } }, "v1");
      await store.tag(bare, "v2");
      expect((await readIndex(path)).manifests).toEqual(
        ["v1", "v2"].map((tag) => ({ ...bare, artifactType, annotations: { [refNameAnnotation]: tag } })),
      );
    }));

  it("sees the referrers that another process adds", () =>
    withLayout(async (store, path) => {
      const subject = await pushArtifact(store, "subject");
      await store.tag(subject, "v1");
      expect(await store.predecessors(subject)).toEqual([]);
      const other = await LayoutStore.open(path);
      const signature = await pushArtifact(other, "signature", { subject });
      expect(await store.predecessors(subject)).toEqual([signature]);
      await other.untag(signature.digest);
      expect(await store.predecessors(subject)).toEqual([]);
    }));

  it("finds a referrer that an entry has named since before it was there", () =>
    withLayout(async (store, path) => {
      const subject = await pushArtifact(store, "subject");
      const other = new MemoryStore();
      const signature = await pushArtifact(other, "signature", { subject });
      const manifests = [subject, signature];
      await writeFile(join(path, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
      expect(await store.predecessors(subject)).toEqual([]);
      await copyGraph(other, signature, store);
      expect(await store.predecessors(subject)).toEqual([signature]);
    }));

  it("X-20 keeps one entry for a tag that is built again, so that a prune leaves only what is reachable", () =>
    withLayout(async (store, path) => {
      await store.tag(await pushArtifact(store, "one", { layers: ["old", "both"] }), "v1");
      const now = await pushArtifact(store, "one", { layers: ["new", "both"] });
      await store.tag(now, "v1");
      await store.prune({ now: () => Date.now() + 2 * hour });
      const names = [now, describeBytes(text("new")), describeBytes(text("both")), describeBytes(text("{}"))];
      expect((await readdir(join(path, "blobs/sha256"))).sort()).toEqual(
        names.map(({ digest }) => encodedOf(digest)).sort(),
      );
    }));

  it("X-21 leaves the tag where it was when a push fails half-way", () =>
    withLayout(async (store) => {
      const before = await pushArtifact(store, "one");
      await store.tag(before, "v1");
      const open = async function* () {
        yield text("half");
        throw new Error("crash");
      };
      await expect(store.push(describeBytes(text("half and more")), { open })).rejects.toThrow("crash");
      expect(await store.resolve("v1")).toEqual(before);
      expect(await fetchBytes(store, before)).toHaveLength(before.size);
    }));
});

describe("LayoutStore streams", () => {
  it("leaves nothing when a push is aborted, and ends a fetch that is aborted", () =>
    withLayout(async (store, path) => {
      const bytes = Buffer.alloc(3_000_000, "abc");
      const controller = new AbortController();
      const open = async function* () {
        yield bytes.subarray(0, 1_000_000);
        controller.abort();
        yield bytes.subarray(1_000_000);
      };
      const blob = describeBytes(bytes);
      await expect(store.push(blob, { open }, controller)).rejects.toMatchObject({ name: "AbortError" });
      expect(await store.exists(blob)).toBe(false);
      expect(await readdir(join(path, ".tmp"))).toEqual([]);
      await pushBytes(store, bytes);
      const again = new AbortController();
      const reading = (async () => {
        for await (const _ of await store.fetch(blob, again)) again.abort();
      })();
      await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    }));

  it.skipIf(process.platform !== "linux")("closes its files, also of streams that nobody read (needs /proc)", () =>
    withLayout(async (store) => {
      const blob = await pushBytes(store, Buffer.alloc(1_000_000));
      const count = async () => (await readdir("/proc/self/fd")).length;
      const before = await count();
      for (let at = 0; at < 20; at++) {
        (await store.fetch(blob)).destroy();
        for await (const _ of await store.fetch(blob)) break;
        await fetchBytes(store, blob);
      }
      await expect.poll(count).toBeLessThan(before + 10);
    }),
  );

  it("takes the same blob from many at once", () =>
    withLayout(async (store, path) => {
      const bytes = Buffer.alloc(100_000, "abc");
      await Promise.all(Array.from({ length: 10 }, () => pushBytes(store, bytes)));
      expect(Buffer.compare(await fetchBytes(store, describeBytes(bytes)), bytes)).toBe(0);
      expect(await readdir(join(path, ".tmp"))).toEqual([]);
    }));
});

describe("LayoutStore.prune", () => {
  it("deletes only blobs older than an hour that no entry reaches", () =>
    withLayout(async (store) => {
      const root = await pushIndex(store, [await pushArtifact(store, "child", { layers: ["kept"] })]);
      await store.tag(root, "v1");
      const lost = await pushBytes(store, text("lost"));
      expect(await store.prune()).toEqual({ digests: [], freed: 0 });
      expect(await store.prune({ now: () => Date.now() + hour - 10_000 })).toEqual({ digests: [], freed: 0 });
      const later = { now: () => Date.now() + hour + 10_000 };
      const pruned = { digests: [lost.digest], freed: 4 };
      expect(await store.prune({ ...later, dryRun: true })).toEqual(pruned);
      expect(await store.exists(lost)).toBe(true);
      expect(await store.prune(later)).toEqual(pruned);
      expect(await store.exists(lost)).toBe(false);
      expect(await store.exists(describeBytes(text("kept")))).toBe(true);
      expect(await store.prune(later)).toEqual({ digests: [], freed: 0 });
    }));

  it("spares an old blob that somebody has just asked for, for it is about to be used", () =>
    withLayout(async (store, path) => {
      const blob = await pushBytes(store, text("old"));
      await utimes(join(path, "blobs/sha256", encodedOf(blob.digest)), 1000, 1000);
      expect(await store.exists(blob)).toBe(true);
      expect(await store.prune()).toEqual({ digests: [], freed: 0 });
    }));

  it("keeps what an index entry of an unknown kind of manifest mentions", () =>
    withLayout(async (store, path) => {
      const blob = await pushBytes(store, text("of another standard"));
      const manifest = { blobs: [blob] };
      const foreign = await pushBytes(
        store,
        text(JSON.stringify(manifest)),
        "application/vnd.oci.artifact.manifest.v1+json",
      );
      await writeFile(join(path, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [foreign] }));
      expect(await store.prune({ now: () => Date.now() + 2 * hour })).toEqual({ digests: [], freed: 0 });
    }));

  it("keeps a referrer, and deletes nothing at all when a manifest is corrupt", () =>
    withLayout(async (store, path) => {
      const subject = await pushArtifact(store, "subject");
      await store.tag(subject, "v1");
      const signature = await pushArtifact(store, "signature", { subject });
      await pushBytes(store, text("lost"));
      await writeFile(join(path, "blobs/sha256", encodedOf(subject.digest)), "x".repeat(subject.size));
      const fresh = await LayoutStore.open(path);
      await expect(fresh.prune({ now: () => Date.now() + 2 * hour })).rejects.toMatchObject({
        code: "ERR_STAX_DIGEST_MISMATCH",
      });
      expect(await fresh.exists(describeBytes(text("lost")))).toBe(true);
      expect(await fresh.exists(signature)).toBe(true);
    }));

  it("deletes what killed processes left, and no file of others among the blobs", () =>
    withLayout(async (store, path) => {
      await pushBytes(store, text("x"));
      await writeFile(join(path, ".tmp", "left"), "half");
      await writeFile(join(path, "blobs/sha256", "README"), "not ours");
      await store.prune({ now: () => Date.now() + 2 * hour });
      expect(await readdir(join(path, ".tmp"))).toEqual([]);
      expect(await readdir(join(path, "blobs/sha256"))).toEqual(["README"]);
    }));
});

describe("LayoutStore and hostile layouts", () => {
  const unsafe = { code: "ERR_STAX_LAYOUT_UNSAFE", category: "build" };

  it.each(["blobs", "blobs/sha256"])("refuses %s that is a link to elsewhere, for reading and for writing", (name) =>
    withLayout(async (store, path) => {
      const blob = await pushBytes(store, text("hello"));
      const elsewhere = join(path, "../elsewhere");
      await rename(join(path, name), elsewhere);
      await symlink(elsewhere, join(path, name));
      const before = await readdir(elsewhere, { recursive: true });
      await expect(store.fetch(blob)).rejects.toMatchObject(unsafe);
      await expect(store.push(describeBytes(text("new")), bytesContent(text("new")))).rejects.toMatchObject(unsafe);
      await expect(store.prune({ now: () => Date.now() + 2 * hour })).rejects.toMatchObject(unsafe);
      expect(await readdir(elsewhere, { recursive: true })).toEqual(before);
      expect(await readdir(join(path, ".tmp"))).toEqual([]);
    }),
  );

  it("refuses a blob that is a link out of the layout, even to the right bytes", () =>
    withLayout(async (store, path) => {
      const blob = await pushBytes(store, text("secret"));
      const file = join(path, "blobs/sha256", encodedOf(blob.digest));
      await rename(file, join(path, "../secret"));
      await symlink("../../../secret", file);
      await expect(store.fetch(blob)).rejects.toMatchObject(unsafe);
    }));

  it.each(["index.json", "oci-layout"])("refuses %s that is a link", (name) =>
    withLayout(async (_, path) => {
      await rename(join(path, name), join(path, "../out.json"));
      await symlink("../out.json", join(path, name));
      await expect(LayoutStore.open(path).then((store) => store.list())).rejects.toMatchObject(unsafe);
    }),
  );

  it("refuses temporary files through a link to elsewhere", () =>
    withLayout(async (store, path) => {
      await mkdir(join(path, "../elsewhere"));
      await rm(join(path, ".tmp"), { recursive: true, force: true });
      await symlink("../elsewhere", join(path, ".tmp"));
      await expect(store.push(describeBytes(text("x")), bytesContent(text("x")))).rejects.toMatchObject(unsafe);
      await expect(store.tag(absent, "v1")).rejects.toMatchObject(unsafe);
      expect(await readdir(join(path, "../elsewhere"))).toEqual([]);
    }));

  it("does not hang on a blob that is a FIFO", () =>
    withLayout(async (store, path) => {
      const blob = await pushBytes(store, text("hello"));
      const file = join(path, "blobs/sha256", encodedOf(blob.digest));
      await rm(file);
      execFileSync("mkfifo", [file]);
      await expect(store.fetch(blob)).rejects.toMatchObject(unsafe);
    }));

  it("refuses a blob that is a directory", () =>
    withLayout(async (store, path) => {
      const blob = describeBytes(text("hello"));
      await mkdir(join(path, "blobs/sha256", encodedOf(blob.digest)));
      await expect(store.fetch(blob)).rejects.toMatchObject({ category: "build" });
      await expect(store.push(blob, bytesContent(text("hello")))).rejects.toMatchObject({ category: "build" });
    }));

  it("X-01 X-14 finds a blob of the right size with other bytes while it streams, before the last byte is out", () =>
    withLayout(async (store, path) => {
      const bytes = Buffer.alloc(2_000_000, "abc");
      const blob = await pushBytes(store, bytes);
      bytes[5] = 0;
      await writeFile(join(path, "blobs/sha256", encodedOf(blob.digest)), bytes);
      let read = 0;
      const reading = (async () => {
        for await (const chunk of await store.fetch(blob)) read += chunk.length;
      })();
      await expect(reading).rejects.toMatchObject({ code: "ERR_STAX_DIGEST_MISMATCH", category: "build" });
      expect(read).toBeLessThan(blob.size);
    }));

  it("X-02 refuses a manifest whose bytes are another's", () =>
    withLayout(async (store, path) => {
      const one = await pushArtifact(store, "one");
      const two = await pushArtifact(store, "two");
      const file = (digest: typeof one.digest) => join(path, "blobs/sha256", encodedOf(digest));
      await writeFile(file(one.digest), await readFile(file(two.digest)));
      const fresh = await LayoutStore.open(path);
      await expect(fresh.resolve(one.digest).then((found) => fetchBytes(fresh, found))).rejects.toMatchObject({
        code: "ERR_STAX_DIGEST_MISMATCH",
      });
    }));

  it("replaces a blob of the wrong size by the right one when it is pushed again", () =>
    withLayout(async (store, path) => {
      const blob = await pushBytes(store, text("hello"));
      await writeFile(join(path, "blobs/sha256", encodedOf(blob.digest)), "hel");
      await expect(store.fetch(blob)).rejects.toMatchObject({ code: "ERR_STAX_SIZE_MISMATCH" });
      expect(await store.exists(blob)).toBe(false);
      await pushBytes(store, text("hello"));
      expect(await fetchBytes(store, blob)).toEqual(Buffer.from("hello"));
    }));

  it("X-03 ignores an entry's path tricks: the digest is refused before a path is made", () =>
    withLayout(async (_, path) => {
      await writeFile(join(path, "../PWNED"), "x");
      const entry = { mediaType: mediaTypes.manifest, digest: "sha256:../../../PWNED", size: 1 };
      await writeFile(join(path, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
      const store = await LayoutStore.open(path);
      for (const attempt of [
        () => store.list(),
        () => store.resolve("v1"),
        () => store.prune(),
        () => store.untag("v1"),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: "ERR_STAX_LAYOUT_INVALID" });
      }
    }));
});

describe("fileContent", () => {
  it("can be opened again", () =>
    withLayout(async (store, path) => {
      const file = join(path, "../file");
      await writeFile(file, "hello");
      const content = fileContent(file);
      for (let time = 0; time < 2; time++) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of await content.open()) chunks.push(chunk);
        expect(Buffer.concat(chunks).toString()).toBe("hello");
      }
      await store.push(describeBytes(text("hello")), content);
      expect(await store.exists(describeBytes(text("hello")))).toBe(true);
    }));

  it("turns a missing file into an error that names it", () =>
    withLayout(async (store, path) => {
      const pushing = store.push(describeBytes(text("hello")), fileContent(join(path, "missing")));
      await expect(pushing).rejects.toMatchObject({
        code: "ERR_STAX_STORE_IO",
        message: expect.stringContaining("missing"),
      });
    }));
});
