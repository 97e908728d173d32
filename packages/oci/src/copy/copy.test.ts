import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { absent, describeBytes, pushArtifact, pushIndex, pushJson, text, withDirectory } from "../artifact.fixture.ts";
import {
  bytesContent,
  type CopyEvent,
  copy,
  copyGraph,
  type Descriptor,
  emptyDescriptor,
  encodedOf,
  fetchBytes,
  fetchManifest,
  LayoutStore,
  MemoryStore,
  mediaTypes,
} from "../index.ts";

describe("copy", () => {
  it("moves an index, its manifests and their blobs, and keeps every byte", async () => {
    const source = new MemoryStore();
    const index = await pushIndex(source, [await pushArtifact(source, "one"), await pushArtifact(source, "two")]);
    const outer = await pushIndex(source, [index]);
    await source.tag(outer, "v1");
    await withDirectory(async (directory) => {
      const destination = await LayoutStore.open(directory, { create: true });
      const root = await copy(source, "v1", destination);
      expect(root).toEqual(await destination.resolve("v1"));
      expect(await fetchBytes(destination, root)).toEqual(await fetchBytes(source, root));
      const inner = await fetchManifest(destination, index);
      expect(inner.kind === "index" && inner.index.manifests).toHaveLength(2);
    });
  });

  it("places children before parents and the tag last", async () => {
    const source = new MemoryStore();
    const manifest = await pushArtifact(source, "one", { layers: ["a", "b", "c"] });
    const index = await pushIndex(source, [manifest]);
    await source.tag(index, "v1");
    const events: CopyEvent[] = [];
    await copy(source, "v1", new MemoryStore(), "v2", { onEvent: (event) => events.push(event) });
    const copied = events.flatMap((event) => (event.type === "copied" ? [event.descriptor.digest] : []));
    expect(copied.slice(-2)).toEqual([manifest.digest, index.digest]);
    expect(events[0]).toMatchObject({ type: "planned", descriptors: 6 });
    expect(events.at(-1)).toMatchObject({ type: "tagged", reference: "v2" });
  });

  it("skips what is there, copies shared content once", async () => {
    const source = new MemoryStore();
    const one = await pushArtifact(source, "one", { layers: ["shared"] });
    const two = await pushArtifact(source, "two", { layers: ["shared"] });
    await source.tag(await pushIndex(source, [one, two]), "v1");
    const destination = new MemoryStore();
    const events: CopyEvent[] = [];
    await copy(source, "v1", destination, "v1", { onEvent: (event) => events.push(event) });
    expect(events.filter(({ type }) => type === "copied")).toHaveLength(5);
    events.length = 0;
    await copy(source, "v1", destination, "v1", { onEvent: (event) => events.push(event) });
    expect(events.filter(({ type }) => type === "copied")).toHaveLength(0);
    expect(events.filter(({ type }) => type === "skipped")).toHaveLength(5);
  });

  it("X-14 refuses a corrupt local blob with the category build and tags nothing", async () => {
    await withDirectory(async (directory) => {
      const source = await LayoutStore.open(join(directory, "a"), { create: true });
      const manifest = await pushArtifact(source, "one", { layers: ["precious"] });
      await source.tag(manifest, "v1");
      const blob = describeBytes(text("precious"));
      await writeFile(join(directory, "a/blobs/sha256", encodedOf(blob.digest)), "Precious");
      const destination = new MemoryStore();
      await expect(copy(source, "v1", destination)).rejects.toMatchObject({
        code: "ERR_STAX_DIGEST_MISMATCH",
        category: "build",
      });
      expect(await destination.tags()).toEqual([]);
      expect(await destination.exists(manifest)).toBe(false);
      expect(await destination.exists(blob)).toBe(false);
    });
  });

  it("S02-25 takes referrers of every manifest along when asked, unchanged, and only then", async () => {
    const source = new MemoryStore();
    const child = await pushArtifact(source, "child");
    const index = await pushIndex(source, [child]);
    await source.tag(index, "v1");
    const signature = await pushArtifact(source, "signature", { subject: child });
    const countersignature = await pushArtifact(source, "counter", { subject: signature });
    const without = new MemoryStore();
    await copy(source, "v1", without);
    expect(await without.exists(signature)).toBe(false);
    const destination = new MemoryStore();
    await copy(source, "v1", destination, "v1", { referrers: true });
    expect((await destination.predecessors(child)).map(({ digest }) => digest)).toEqual([signature.digest]);
    expect((await destination.predecessors(signature)).map(({ digest }) => digest)).toEqual([countersignature.digest]);
  });

  it("copies a referrer's subject with it, and does without a subject that the source lacks", async () => {
    const source = new MemoryStore();
    const subject = await pushArtifact(source, "subject");
    await source.tag(await pushArtifact(source, "signature", { subject }), "whole");
    await source.tag(await pushArtifact(source, "dangling", { subject: absent }), "dangling");
    const destination = new MemoryStore();
    await copy(source, "whole", destination);
    expect(await destination.exists(subject)).toBe(true);
    const events: CopyEvent[] = [];
    await copy(source, "dangling", destination, "dangling", { onEvent: (event) => events.push(event) });
    expect(events).toContainEqual({ type: "skipped", descriptor: absent, reason: "missing-subject" });
  });

  it("takes companions along from their own source and tags them", async () => {
    const source = new MemoryStore();
    const elsewhere = new MemoryStore();
    const root = await pushArtifact(source, "agent");
    await source.tag(root, "v1");
    const companion = await pushArtifact(elsewhere, "package");
    const destination = new MemoryStore();
    const asked: string[] = [];
    await copy(source, "v1", destination, "v1", {
      companions: async (manifest, descriptor) => {
        asked.push(descriptor.digest);
        expect(manifest.kind).toBe("manifest");
        if (descriptor.digest !== root.digest) return [];
        return [{ descriptor: companion, source: elsewhere, reference: `pkg-${encodedOf(companion.digest)}` }];
      },
    });
    expect(asked).toEqual([root.digest, companion.digest]);
    expect(await destination.resolve(`pkg-${encodedOf(companion.digest)}`)).toMatchObject({ digest: companion.digest });
  });

  it("refuses companions that go in a circle", async () => {
    const source = new MemoryStore();
    const a = await pushArtifact(source, "a");
    const b = await pushArtifact(source, "b");
    await source.tag(a, "v1");
    const companions = async (_: unknown, { digest }: Descriptor) => [{ descriptor: digest === a.digest ? b : a }];
    await expect(copy(source, "v1", new MemoryStore(), "v1", { companions })).rejects.toMatchObject({
      code: "ERR_STAX_GRAPH_CYCLE",
    });
  });

  it("refuses 65 nested indexes", async () => {
    const source = new MemoryStore();
    let root = await pushArtifact(source, "leaf");
    for (let depth = 0; depth < 65; depth++) root = await pushIndex(source, [root]);
    await expect(copyGraph(source, root, new MemoryStore())).rejects.toMatchObject({
      code: "ERR_STAX_GRAPH_TOO_DEEP",
    });
  });

  it("refuses an artifact of more than 100,000 parts", async () => {
    const source = new MemoryStore();
    const manifests: Descriptor[] = [];
    for (let part = 0; part < 4; part++) {
      const layers = Array.from({ length: 26_000 }, (_, at) => ({
        mediaType: "a/b",
        digest: `sha256:${String(part * 26_000 + at).padStart(64, "0")}`,
        size: 1,
      }));
      manifests.push(
        await pushJson(source, { schemaVersion: 2, config: emptyDescriptor, layers }, mediaTypes.manifest),
      );
    }
    const root = await pushIndex(source, manifests);
    await expect(copyGraph(source, root, new MemoryStore())).rejects.toMatchObject({
      code: "ERR_STAX_GRAPH_TOO_LARGE",
    });
  });

  it("refuses one digest described as a manifest and as a blob", async () => {
    const source = new MemoryStore();
    const manifest = await pushArtifact(source, "one");
    const root = await pushJson(
      source,
      {
        schemaVersion: 2,
        config: emptyDescriptor,
        layers: [manifest, { ...manifest, mediaType: "text/plain" }],
      },
      mediaTypes.manifest,
    );
    await expect(copyGraph(source, root, new MemoryStore())).rejects.toMatchObject({
      code: "ERR_STAX_MANIFEST_INVALID",
    });
  });

  it("asks a complete destination for nothing below a manifest that it has", async () => {
    const source = new MemoryStore();
    const root = await pushArtifact(source, "one", { layers: ["a", "b"] });
    class Complete extends MemoryStore {
      readonly complete = true;
      asked = 0;
      override async exists(target: Descriptor): Promise<boolean> {
        this.asked++;
        return super.exists(target);
      }
    }
    const destination = new Complete();
    await copyGraph(source, root, destination);
    destination.asked = 0;
    await copyGraph(source, root, destination);
    expect(destination.asked).toBe(1);
    const events: CopyEvent[] = [];
    await copyGraph(source, root, destination, {
      companions: async () => [],
      onEvent: (event) => events.push(event),
    });
    expect(destination.asked).toBe(2);
    expect(events.filter(({ type }) => type === "skipped")).toHaveLength(4);
  });

  it("stops at the signal, and nothing runs afterwards", async () => {
    const source = new MemoryStore();
    const layers = Array.from({ length: 20 }, (_, at) => `layer ${at}`);
    await source.tag(await pushArtifact(source, "one", { layers }), "v1");
    const controller = new AbortController();
    const destination = new MemoryStore();
    let copied = 0;
    const onEvent = ({ type }: CopyEvent) => {
      if (type === "copied" && ++copied === 3) controller.abort();
    };
    const copying = copy(source, "v1", destination, "v1", { signal: controller.signal, onEvent, concurrency: 2 });
    await expect(copying).rejects.toMatchObject({ name: "AbortError" });
    const after = copied;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(copied).toBe(after);
    expect(copied).toBeLessThan(10);
    expect(await destination.tags()).toEqual([]);
  });

  it("stops at the first failure: what has not begun is not begun", async () => {
    const source = new MemoryStore();
    const layers = Array.from({ length: 20 }, (_, at) => `layer ${at}`);
    const root = await pushArtifact(source, "one", { layers });
    let pushed = 0;
    class Full extends MemoryStore {
      override async push(...args: Parameters<MemoryStore["push"]>): Promise<void> {
        if (++pushed === 3) throw new Error("disk full");
        await super.push(...args);
      }
    }
    await expect(copyGraph(source, root, new Full(), { concurrency: 2 })).rejects.toThrow("disk full");
    expect(pushed).toBeLessThanOrEqual(4);
  });

  it("never has more transfers at once than asked for", async () => {
    const source = new MemoryStore();
    const root = await pushArtifact(source, "one", { layers: Array.from({ length: 12 }, (_, at) => `${at}`) });
    let running = 0;
    let most = 0;
    class Slow extends MemoryStore {
      override async push(...args: Parameters<MemoryStore["push"]>): Promise<void> {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 2));
        await super.push(...args);
        running--;
      }
    }
    await copyGraph(source, root, new Slow(), { concurrency: 3 });
    expect(most).toBe(3);
  });

  it("copies 2,000 referrers of one manifest, reading each twice at most", async () => {
    const source = new MemoryStore();
    const subject = await pushArtifact(source, "subject");
    await source.tag(subject, "v1");
    for (let at = 0; at < 2000; at++) await pushArtifact(source, "s", { subject, annotations: { at: `${at}` } });
    const destination = new MemoryStore();
    let fetched = 0;
    const fetch = source.fetch.bind(source);
    source.fetch = (...args) => {
      fetched++;
      return fetch(...args);
    };
    await copy(source, "v1", destination, "v1", { referrers: true });
    expect(await destination.predecessors(subject)).toHaveLength(2000);
    expect(fetched).toBeLessThanOrEqual(2 * 2003);
  });

  it("copies by digest and keeps the manifest without a tag", async () => {
    const source = new MemoryStore();
    const root = await pushArtifact(source, "one");
    await withDirectory(async (directory) => {
      const destination = await LayoutStore.open(directory, { create: true });
      await copy(source, root.digest, destination);
      expect(await destination.list()).toMatchObject([{ descriptor: { digest: root.digest } }]);
      expect(await readFile(join(directory, "index.json"), "utf8")).not.toContain("ref.name");
    });
  });

  it("refuses content that a lying source sends", async () => {
    const source = new MemoryStore();
    const root = await pushArtifact(source, "one", { layers: ["truth"] });
    class Liar extends MemoryStore {
      override async fetch(target: Descriptor) {
        if (target.size !== 5) return source.fetch(target);
        const lie = new MemoryStore();
        await lie.push(describeBytes(text("lying")), bytesContent(text("lying")));
        return lie.fetch(describeBytes(text("lying")));
      }
    }
    const destination = new MemoryStore();
    await expect(copyGraph(new Liar(), root, destination)).rejects.toMatchObject({
      code: "ERR_STAX_DIGEST_MISMATCH",
    });
    expect(await destination.exists(root)).toBe(false);
  });
});
