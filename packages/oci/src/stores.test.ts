import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  absent,
  describeBytes,
  pushArtifact,
  pushBytes,
  pushIndex,
  pushJson,
  text,
  withDirectory,
} from "./artifact.fixture.ts";
import {
  ArchiveStore,
  bytesContent,
  copy,
  emptyDescriptor,
  fetchBytes,
  type IndexedStore,
  LayoutStore,
  MemoryStore,
  mediaTypes,
  resolveSelection,
} from "./index.ts";

const stores: readonly [string, (directory: string) => Promise<IndexedStore>][] = [
  ["MemoryStore", async () => new MemoryStore()],
  ["LayoutStore", (directory) => LayoutStore.open(join(directory, "layout"), { create: true })],
  ["ArchiveStore", (directory) => ArchiveStore.open(join(directory, "layout.tar"), { create: true })],
];

describe.each(stores)("%s", (_, open) => {
  const withStore = <T>(work: (store: IndexedStore) => Promise<T>): Promise<T> =>
    withDirectory(async (directory) => work(await open(directory)));

  it("gives back the bytes that were pushed, none and many", () =>
    withStore(async (store) => {
      for (const bytes of [new Uint8Array(), text("hello"), new Uint8Array(3_000_000).map((_, at) => at % 251)]) {
        const descriptor = await pushBytes(store, bytes);
        expect(await store.exists(descriptor)).toBe(true);
        expect(Buffer.compare(await fetchBytes(store, descriptor), bytes)).toBe(0);
      }
    }));

  it.each([
    ["short", "hell", "ERR_STAX_SIZE_MISMATCH", /too short: 4 of 5 bytes/],
    ["long", "hello!", "ERR_STAX_SIZE_MISMATCH", /too long/],
    ["wrong", "hellO", "ERR_STAX_DIGEST_MISMATCH", /other bytes/],
  ])("refuses %s content and shows nothing of it", (_name, sent, code, message) =>
    withStore(async (store) => {
      const expected = describeBytes(text("hello"));
      const pushing = store.push(expected, bytesContent(text(sent)));
      await expect(pushing).rejects.toMatchObject({ code, category: "build", message: expect.stringMatching(message) });
      expect(await store.exists(expected)).toBe(false);
      await expect(store.fetch(expected)).rejects.toMatchObject({ code: "ERR_STAX_BLOB_NOT_FOUND" });
    }),
  );

  it("ingests content whose digest is not known before", () =>
    withStore(async (store) => {
      const descriptor = await store.ingest({ open: () => [text("hel"), text("lo")] }, "text/plain");
      expect(descriptor).toEqual(describeBytes(text("hello")));
      expect(await fetchBytes(store, descriptor)).toEqual(Buffer.from("hello"));
    }));

  it("takes chunks that are lent until the next one is asked for", () =>
    withStore(async (store) => {
      const lent = Buffer.alloc(1);
      const open = function* () {
        for (const byte of text("hello")) {
          lent[0] = byte;
          yield lent;
        }
      };
      const descriptor = await store.ingest({ open }, "text/plain");
      expect(await fetchBytes(store, descriptor)).toEqual(Buffer.from("hello"));
    }));

  it("passes the error of a source on and keeps nothing", () =>
    withStore(async (store) => {
      const open = function* () {
        yield text("hel");
        throw new Error("source broke");
      };
      const expected = describeBytes(text("hello"));
      await expect(store.push(expected, { open })).rejects.toThrow("source broke");
      expect(await store.exists(expected)).toBe(false);
    }));

  it("moves a tag, keeps several on one manifest, and forgets the one that is removed", () =>
    withStore(async (store) => {
      const one = await pushArtifact(store, "one");
      const two = await pushArtifact(store, "two");
      await store.tag(one, "v1");
      await store.tag(one, "latest");
      await store.tag(two, "latest");
      expect(await store.tags()).toEqual(["latest", "v1"]);
      expect(await store.resolve("latest")).toMatchObject({ digest: two.digest });
      expect(await store.resolve("v1")).toMatchObject({ digest: one.digest });
      expect(await store.list()).toHaveLength(2);
      expect(await store.untag("v1")).toBe(true);
      expect(await store.untag("v1")).toBe(false);
      await expect(store.resolve("v1")).rejects.toMatchObject({
        code: "ERR_STAX_REFERENCE_NOT_FOUND",
        category: "build",
        hint: "it has latest",
      });
    }));

  it("takes <name>:<tag> as a tag", () =>
    withStore(async (store) => {
      const one = await pushArtifact(store, "one");
      await store.tag(one, "backend-engineer:1.0.0");
      expect(await store.resolve("backend-engineer:1.0.0")).toEqual(one);
    }));

  it.each(["", "-x", ".x", "a b", "a\u001b[31m", "x".repeat(256), "sha256:abc"])("refuses the tag %j", (tag) =>
    withStore(async (store) => {
      const one = await pushArtifact(store, "one");
      await expect(store.tag(one, tag)).rejects.toMatchObject({ code: "ERR_STAX_TAG_INVALID", category: "usage" });
    }),
  );

  it("tags nothing that it does not hold", () =>
    withStore(async (store) => {
      await expect(store.tag(absent, "v1")).rejects.toMatchObject({ code: "ERR_STAX_BLOB_NOT_FOUND" });
      expect(await store.tags()).toEqual([]);
    }));

  it("resolves a manifest by digest, also one that only an index names", () =>
    withStore(async (store) => {
      const child = await pushArtifact(store, "child");
      const index = await pushIndex(store, [child]);
      await store.tag(index, "v1");
      expect(await store.resolve(index.digest)).toEqual(index);
      expect(await store.resolve(child.digest)).toEqual(child);
      await expect(store.resolve(absent.digest)).rejects.toMatchObject({ code: "ERR_STAX_REFERENCE_NOT_FOUND" });
    }));

  it("resolves a selection without tag and digest when there is only one manifest, else lists them", () =>
    withStore(async (store) => {
      await expect(resolveSelection(store, {})).rejects.toMatchObject({ code: "ERR_STAX_REFERENCE_NOT_FOUND" });
      const one = await pushArtifact(store, "one");
      await store.tag(one, "v1");
      await store.tag(one, "latest");
      expect(await resolveSelection(store, {})).toEqual(one);
      await store.tag(await pushArtifact(store, "two"), "v2");
      await expect(resolveSelection(store, {})).rejects.toMatchObject({
        code: "ERR_STAX_REFERENCE_AMBIGUOUS",
        hint: "it has v1, latest, v2",
      });
      expect(await resolveSelection(store, { tag: "v1" })).toEqual(one);
      expect(await resolveSelection(store, { digest: one.digest })).toEqual(one);
    }));

  it("finds referrers by subject, of manifests and of nested ones, with artifact type and annotations", () =>
    withStore(async (store) => {
      const subject = await pushArtifact(store, "subject");
      await store.tag(await pushIndex(store, [subject]), "v1");
      const signature = await pushArtifact(store, "signature", { subject, annotations: { by: "me" } });
      const legacy = {
        schemaVersion: 2,
        config: await pushBytes(store, text("{}"), "application/vnd.legacy.config"),
        layers: [],
        subject,
      };
      const old = await pushJson(store, legacy, mediaTypes.manifest);
      const found = await store.predecessors(subject);
      expect(found).toHaveLength(2);
      expect(found).toContainEqual({
        ...signature,
        artifactType: "application/vnd.test.signature",
        annotations: { by: "me" },
      });
      // Without an artifact type of its own a manifest has that of its config.
      expect(found).toContainEqual({ ...old, artifactType: "application/vnd.legacy.config" });
      expect(await store.predecessors(subject, { artifactType: "application/vnd.test.signature" })).toHaveLength(1);
      expect(await store.predecessors(signature)).toEqual([]);
    }));

  it("recognises the index under the fallback tag, and only those of its entries that name the subject", () =>
    withStore(async (store) => {
      const subject = await pushArtifact(store, "subject");
      const stranger = await pushArtifact(store, "stranger");
      const signature = await pushArtifact(store, "signature", { subject });
      await store.untag(signature.digest);
      expect(await store.predecessors(subject)).toEqual([]);
      const index = await pushIndex(store, [signature, stranger]);
      await store.tag(index, subject.digest.replace(":", "-"));
      expect((await store.predecessors(subject)).map(({ digest }) => digest)).toEqual([signature.digest]);
    }));

  it("refuses a malformed manifest and keeps nothing of it", () =>
    withStore(async (store) => {
      const bytes = text('{"schemaVersion":2,"manifests":[],"layers":[]}');
      const descriptor = describeBytes(bytes, mediaTypes.manifest);
      await expect(store.push(descriptor, bytesContent(bytes))).rejects.toMatchObject({
        code: "ERR_STAX_MANIFEST_INVALID",
      });
      expect(await store.exists(descriptor)).toBe(false);
    }));

  it("refuses a manifest of more than 4 MiB before it is read", () =>
    withStore(async (store) => {
      const descriptor = { ...absent, size: 4 * 1024 * 1024 + 1 };
      const open = () => {
        throw new Error("must not be opened");
      };
      await expect(store.push(descriptor, { open })).rejects.toMatchObject({ code: "ERR_STAX_MANIFEST_TOO_LARGE" });
    }));

  it("never fetches foreign urls: content that is not there is not found", () =>
    withStore(async (store) => {
      const foreign = { ...absent, mediaType: "text/plain", urls: ["http://127.0.0.1:9/never"] };
      await expect(store.fetch(foreign)).rejects.toMatchObject({ code: "ERR_STAX_BLOB_NOT_FOUND" });
    }));

  it("copies from itself to itself without doing anything", () =>
    withStore(async (store) => {
      const one = await pushArtifact(store, "one");
      await store.tag(one, "v1");
      await copy(store, "v1", store, "v2");
      expect(await store.resolve("v2")).toEqual(one);
      expect(await store.exists(emptyDescriptor)).toBe(true);
    }));

  it("X-03 never makes a path of a digest that is none", () =>
    withStore(async (store) => {
      const hostile = { ...absent, digest: "sha256:../../../../PWNED" as typeof absent.digest };
      for (const attempt of [
        () => store.fetch(hostile),
        () => store.push({ ...hostile, mediaType: "text/plain" }, bytesContent(text("abc"))),
        () => store.tag(hostile, "v1"),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: "ERR_STAX_DIGEST_INVALID" });
      }
    }));
});
