import { randomBytes } from "node:crypto";
import { lie } from "@stax/registry/faults";
import { describe, expect, it } from "vitest";
import { absent, describeBytes, pushArtifact, pushBytes, pushIndex, text, withDirectory } from "../artifact.fixture.ts";
import {
  bytesContent,
  type CopyEvent,
  copy,
  type Descriptor,
  digestOf,
  emptyDescriptor,
  fetchBytes,
  fetchManifest,
  LayoutStore,
  MemoryStore,
  mediaTypes,
} from "../index.ts";
import { requestsOf, serve } from "./registry.fixture.ts";

/** An artifact under `v1`. */
async function source(layers: readonly string[] = ["one", "two"]): Promise<{ store: MemoryStore; root: Descriptor }> {
  const store = new MemoryStore();
  const root = await pushArtifact(store, "agent", { layers });
  await store.tag(root, "v1");
  return { store, root };
}

describe("Repository", () => {
  it("S13-19 S13-20 gives back what was copied to it, byte for byte", async () => {
    await using served = await serve();
    const { store, root } = await source();
    const index = await pushIndex(store, [root]);
    await store.tag(index, "all");
    await copy(store, "all", served.repository());
    const back = new MemoryStore();
    expect(await copy(served.repository(), "all", back)).toMatchObject({ digest: index.digest });
    expect(await fetchBytes(back, root)).toEqual(await fetchBytes(store, root));
    expect(await served.repository().tags()).toEqual(["all"]);
  });

  it("X-13 uploads only what the manifest reaches", async () => {
    await using served = await serve();
    const { store, root } = await source();
    const stray = await pushBytes(store, text("stray"));
    await copy(store, "v1", served.repository());
    expect(await served.repository().exists(root)).toBe(true);
    expect(await served.repository().exists(stray)).toBe(false);
    expect(requestsOf(served, "PUT", "upload")).toHaveLength(3);
  });

  it("X-15 asks one question when the registry has everything", async () => {
    await using served = await serve();
    const { store } = await source();
    await copy(store, "v1", served.repository());
    served.log();
    await copy(store, "v1", served.repository());
    expect(served.log()).toEqual(["HEAD manifest"]);
  });

  it("X-15 uploads no blob that is there already, and looks with HEAD", async () => {
    await using served = await serve();
    const { store } = await source(["shared", "one"]);
    await copy(store, "v1", served.repository());
    const second = await pushArtifact(store, "other", { layers: ["shared", "two"] });
    await store.tag(second, "v2");
    served.log();
    await copy(store, "v2", served.repository());
    const log = served.log();
    expect(log.filter((line) => line === "PUT upload")).toHaveLength(1);
    expect(log.filter((line) => line === "HEAD blob")).toHaveLength(3);
    expect(log.filter((line) => line.startsWith("GET"))).toEqual([]);
  });

  it("X-15 mounts blobs from another repository of the registry and moves no bytes", async () => {
    await using served = await serve();
    const { store } = await source();
    await copy(store, "v1", served.repository("a/one"));
    served.log();
    const events: CopyEvent[] = [];
    await copy(served.repository("a/one"), "v1", served.repository("b/two"), "v1", {
      onEvent: (event) => events.push(event),
    });
    const log = served.log();
    expect(log.filter((line) => line === "GET blob" || line === "PUT upload")).toEqual([]);
    expect(events.filter(({ type }) => type === "mounted")).toHaveLength(3);
    await copy(served.repository("b/two"), "v1", new MemoryStore());
  });

  it("uses the upload that a refused mount has opened", async () => {
    const refuseMounts = {
      when: { kind: "uploads", url: /mount=/ },
      action: { name: "no mount", rewrite: (url: string) => url.replace(/\?.*/, "") },
    } as const;
    await using served = await serve({ faults: [refuseMounts] });
    const { store } = await source(["only"]);
    await copy(store, "v1", served.repository("a/one"));
    served.log();
    await copy(served.repository("a/one"), "v1", served.repository("b/two"));
    const log = served.log();
    expect(log.filter((line) => line === "POST uploads")).toHaveLength(2);
    expect(log.filter((line) => line === "PUT upload")).toHaveLength(2);
  });

  it("uploads when mounting fails altogether (Quay)", async () => {
    const failMounts = {
      when: { kind: "uploads", url: /mount=/ },
      action: { name: "500", answer: () => ({ status: 400 }) },
    } as const;
    await using served = await serve({ faults: [failMounts] });
    const { store } = await source(["only"]);
    await copy(store, "v1", served.repository("a/one"));
    await copy(served.repository("a/one"), "v1", served.repository("b/two"));
    await copy(served.repository("b/two"), "v1", new MemoryStore());
  });

  it("X-02 believes bytes, not headers: another Docker-Content-Digest is refused", async () => {
    await using served = await serve();
    const { store, root } = await source();
    await copy(store, "v1", served.repository());
    served.registry.inject({ when: { method: "GET" }, action: lie({ "Docker-Content-Digest": absent.digest }) });
    for (const target of [root, emptyDescriptor]) {
      await expect(served.repository().fetch(target)).rejects.toMatchObject({
        code: "ERR_STAX_DIGEST_MISMATCH",
        category: "registry",
      });
    }
  });

  it("X-02 refuses another manifest under the digest that was asked for", async () => {
    await using served = await serve();
    const { store, root } = await source();
    await copy(store, "v1", served.repository());
    const other = await pushArtifact(store, "zzzzz", { layers: ["one", "two"] });
    await store.tag(other, "other");
    await copy(store, "other", served.repository());
    served.registry.inject({
      when: { kind: "manifest", method: "GET" },
      action: { name: "swap", rewrite: (url) => url.replace(root.digest, other.digest), head: (head) => head },
    });
    served.registry.inject({
      when: { kind: "manifest", method: "GET" },
      action: lie({ "Docker-Content-Digest": undefined }),
    });
    const reading = fetchManifest(served.repository(), root);
    await expect(reading).rejects.toMatchObject({
      category: "registry",
      code: expect.stringMatching(/DIGEST_MISMATCH|SIZE_MISMATCH/),
    });
  });

  it("refuses a manifest that is announced as another type (CVE-2021-41190)", async () => {
    await using served = await serve();
    const { store, root } = await source();
    await copy(store, "v1", served.repository());
    served.registry.inject({ when: { method: "GET" }, action: lie({ "Content-Type": mediaTypes.index }) });
    await expect(fetchManifest(served.repository(), root)).rejects.toMatchObject({ code: "ERR_STAX_MANIFEST_INVALID" });
  });

  it("ignores parameters of a Content-Type", async () => {
    await using served = await serve();
    const { store, root } = await source();
    await copy(store, "v1", served.repository());
    served.registry.inject({
      when: { kind: "manifest" },
      action: lie({ "Content-Type": `${mediaTypes.manifest}; charset=utf-8` }),
    });
    expect(await served.repository().resolve("v1")).toMatchObject({
      digest: root.digest,
      mediaType: mediaTypes.manifest,
    });
    expect((await fetchManifest(served.repository(), root)).kind).toBe("manifest");
  });

  it("resolves by GET where HEAD says too little", async () => {
    await using served = await serve();
    const { store, root } = await source();
    await copy(store, "v1", served.repository());
    served.registry.inject({
      when: { method: "HEAD" },
      action: lie({ "Docker-Content-Digest": undefined, "Content-Length": undefined }),
    });
    expect(await served.repository().resolve("v1")).toEqual({
      mediaType: mediaTypes.manifest,
      digest: root.digest,
      size: root.size,
    });
  });

  it("always says which manifests it takes, and sends octets only", async () => {
    await using served = await serve();
    const { store } = await source();
    await copy(store, "v1", served.repository());
    await copy(served.repository(), "v1", new MemoryStore());
    for (const { headers } of requestsOf(served, "GET", "manifest")) {
      for (const type of [mediaTypes.manifest, mediaTypes.index, mediaTypes.dockerManifest, mediaTypes.dockerIndex])
        expect(headers.accept).toContain(type);
    }
    const uploads = [...requestsOf(served, "PUT", "upload"), ...requestsOf(served, "POST", "uploads")];
    expect(uploads.map(({ headers }) => headers["content-type"])).toEqual(
      uploads.map(() => "application/octet-stream"),
    );
    expect(served.registry.requests.map(({ headers }) => headers["accept-encoding"])).toEqual(
      served.registry.requests.map(() => undefined),
    );
  });

  it("keeps a manifest of 4 MiB", async () => {
    await using served = await serve();
    const store = new MemoryStore();
    const base = await pushArtifact(store, "agent", { annotations: { filler: "" } });
    const root = await pushArtifact(store, "agent", {
      annotations: { filler: "x".repeat(4 * 1024 * 1024 - base.size) },
    });
    expect(root.size).toBe(4 * 1024 * 1024);
    await store.tag(root, "v1");
    await copy(store, "v1", served.repository());
    await copy(served.repository(), "v1", new MemoryStore());
  });

  it("moves blobs without a byte and blobs by sha512", async () => {
    await using served = await serve();
    const repository = served.repository();
    const bytes = randomBytes(70_000);
    const long: Descriptor = { mediaType: "a/b", digest: digestOf(bytes, "sha512"), size: bytes.length };
    const none = describeBytes(new Uint8Array());
    await repository.push(long, bytesContent(bytes));
    await repository.push(none, bytesContent(new Uint8Array()));
    expect(Buffer.from(await fetchBytes(repository, long)).equals(bytes)).toBe(true);
    expect(await fetchBytes(repository, none)).toHaveLength(0);
    expect(requestsOf(served, "POST", "uploads")[0]?.url).toContain("digest-algorithm=sha512");
  });

  it("X-14 refuses to push bytes that differ from their digest, and leaves nothing behind", async () => {
    await using served = await serve();
    const repository = served.repository();
    for (const bytes of [text("Precious"), text("precious and more"), text("prec")]) {
      const expected = describeBytes(text("precious"));
      await expect(repository.push(expected, bytesContent(bytes))).rejects.toMatchObject({
        code: expect.stringMatching(/_MISMATCH$/),
        category: "build",
      });
      expect(await repository.exists(expected)).toBe(false);
    }
    expect(requestsOf(served, "DELETE", "upload")).toHaveLength(3);
  });

  it("tells a missing tag, digest and blob, with a hint", async () => {
    await using served = await serve();
    const repository = served.repository();
    await expect(repository.resolve("nope")).rejects.toMatchObject({
      code: "ERR_STAX_REFERENCE_NOT_FOUND",
      category: "registry",
      hint: expect.stringContaining(`stax login ${served.registry.host}`),
    });
    await expect(repository.resolve(absent.digest)).rejects.toMatchObject({ code: "ERR_STAX_REFERENCE_NOT_FOUND" });
    await expect(repository.fetch(absent)).rejects.toMatchObject({
      code: "ERR_STAX_BLOB_NOT_FOUND",
      category: "registry",
    });
    await expect(repository.fetch(describeBytes(text("nope")))).rejects.toMatchObject({
      code: "ERR_STAX_BLOB_NOT_FOUND",
    });
    expect(await repository.exists(absent)).toBe(false);
  });

  it("deletes manifests, tags and blobs, and says when there was nothing", async () => {
    await using served = await serve();
    const { store, root } = await source();
    const repository = served.repository();
    await copy(store, "v1", repository);
    await repository.tag(root, "v2");
    expect(await repository.list()).toMatchObject([{ reference: "v1" }, { reference: "v2" }]);
    expect(await repository.untag("v2")).toBe(true);
    expect(await repository.tags()).toEqual(["v1"]);
    expect(await repository.delete(root)).toBe(true);
    expect(await repository.delete(root)).toBe(false);
    expect(await repository.delete(describeBytes(text("one")))).toBe(true);
    expect(await repository.delete(describeBytes(text("one")))).toBe(false);
  });

  it("sends what it reads through a mirror with the name of the registry that is meant", async () => {
    await using served = await serve();
    await copy((await source()).store, "v1", served.repository());
    served.registry.reset();
    await served.repository("team/agent", { mirrorOf: "ghcr.io" }).resolve("v1");
    expect(served.registry.requests.map(({ url }) => url)).toEqual(["/v2/team/agent/manifests/v1?ns=ghcr.io"]);
  });

  it("X-17 pulls into a layout that keeps the manifest's bytes", async () => {
    await using served = await serve();
    const { store, root } = await source();
    await copy(store, "v1", served.repository());
    await withDirectory(async (directory) => {
      const layout = await LayoutStore.open(directory, { create: true });
      await copy(served.repository(), "v1", layout);
      expect(await fetchBytes(layout, root)).toEqual(await fetchBytes(store, root));
    });
  });
});
