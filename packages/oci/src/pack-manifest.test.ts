import { describe, expect, it } from "vitest";
import { describeBytes, text } from "./artifact.fixture.ts";
import { bytesContent, describeContent, emptyDescriptor, fetchManifest, MemoryStore, packManifest } from "./index.ts";

describe("packManifest", () => {
  it("stores a manifest that is complete, the same for the same parts", async () => {
    const store = new MemoryStore();
    const content = bytesContent(text("hello"));
    const layer = await describeContent(content, "text/plain");
    expect(layer).toEqual(describeBytes(text("hello")));
    await store.push(layer, content);
    const parts = { artifactType: "application/vnd.test.a", layers: [layer], annotations: { b: "2", a: "1" } };
    const root = await packManifest(store, parts);
    expect(await packManifest(new MemoryStore(), { ...parts, annotations: { a: "1", b: "2" } })).toEqual(root);
    const found = await fetchManifest(store, root);
    expect(found.kind === "manifest" && found.manifest).toMatchObject({
      artifactType: "application/vnd.test.a",
      config: emptyDescriptor,
      layers: [layer],
    });
    expect(await store.exists(emptyDescriptor)).toBe(true);
  });

  it("makes a referrer of what has a subject, with an empty layer", async () => {
    const store = new MemoryStore();
    const subject = await packManifest(store, { artifactType: "application/vnd.test.a" });
    const referrer = await packManifest(store, { artifactType: "application/vnd.test.b", subject });
    expect(await store.predecessors(subject)).toMatchObject([
      { digest: referrer.digest, artifactType: "application/vnd.test.b" },
    ]);
  });

  it("refuses a manifest that is of no kind, and one that is too large", async () => {
    await expect(packManifest(new MemoryStore(), {})).rejects.toMatchObject({ code: "ERR_STAX_MANIFEST_INVALID" });
    const annotations = { large: "x".repeat(5 * 1024 * 1024) };
    await expect(packManifest(new MemoryStore(), { artifactType: "a/b", annotations })).rejects.toMatchObject({
      code: "ERR_STAX_MANIFEST_TOO_LARGE",
    });
  });
});
