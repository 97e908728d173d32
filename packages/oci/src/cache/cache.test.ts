import { fork } from "node:child_process";
import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeBytes, pushArtifact, text, withDirectory } from "../artifact.fixture.ts";
import {
  bytesContent,
  ContentCache,
  copy,
  copyGraph,
  type Descriptor,
  encodedOf,
  fetchBytes,
  MemoryStore,
  withCache,
} from "../index.ts";
import { serve } from "../registry/registry.fixture.ts";

const blob = describeBytes(text("a blob"));
const content = bytesContent(text("a blob"));
const pathOf = (cache: ContentCache, { digest }: Descriptor) => join(cache.path, "blobs/sha256", encodedOf(digest));

async function withCacheDirectory(work: (cache: ContentCache, directory: string) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => work(await ContentCache.open(join(directory, "cache")), directory));
}

describe("ContentCache", () => {
  it("X-16 gives back what was put, to whoever opens the directory", async () => {
    await withCacheDirectory(async (cache) => {
      expect(await cache.exists(blob)).toBe(false);
      await cache.push(blob, content);
      const again = await ContentCache.open(cache.path);
      expect(await fetchBytes(again, blob)).toEqual(Buffer.from("a blob"));
      expect(await again.usage()).toEqual({ blobs: 1, size: blob.size });
    });
  });

  it("X-01 shows nothing that differs from its digest, and leaves no file", async () => {
    await withCacheDirectory(async (cache) => {
      for (const bytes of ["A blob", "a blo", "a blobs"]) {
        await expect(cache.push(blob, bytesContent(text(bytes)))).rejects.toMatchObject({
          code: expect.stringMatching(/_MISMATCH$/),
        });
      }
      expect(await cache.exists(blob)).toBe(false);
      expect(await readdir(join(cache.path, "tmp"))).toEqual([]);
    });
  });

  it("X-01 believes no source that says that it has verified, nor one that has verified something else", async () => {
    await withCacheDirectory(async (cache) => {
      const other = describeBytes(text("A blob"));
      const claiming = { open: () => [text("A blob")], verified: blob.digest };
      await expect(cache.push(blob, claiming)).rejects.toMatchObject({ code: "ERR_STAX_DIGEST_MISMATCH" });
      await cache.push(other, bytesContent(text("A blob")));
      const wrong = { open: () => cache.fetch(other), verified: blob.digest };
      await expect(cache.push(blob, wrong)).rejects.toMatchObject({ code: "ERR_STAX_DIGEST_MISMATCH" });
      expect(await cache.exists(blob)).toBe(false);
    });
  });

  it("X-01 finds damage when it reads, and deletes it, so that the next one fetches anew", async () => {
    await withCacheDirectory(async (cache) => {
      await cache.push(blob, content);
      await writeFile(pathOf(cache, blob), "A blob");
      await expect(fetchBytes(cache, blob)).rejects.toMatchObject({ code: "ERR_STAX_DIGEST_MISMATCH" });
      await expect.poll(() => cache.exists(blob)).toBe(false);
    });
  });

  it("fetches once for many who ask at once, and again for those whose first one failed", async () => {
    await withCacheDirectory(async (cache) => {
      let opened = 0;
      const slow = {
        open: async () => {
          opened++;
          await new Promise((resolve) => setTimeout(resolve, 10));
          if (opened === 1) throw new Error("network");
          return [text("a blob")];
        },
      };
      const all = await Promise.allSettled(Array.from({ length: 5 }, () => cache.push(blob, slow)));
      expect(all.filter(({ status }) => status === "rejected")).toHaveLength(1);
      expect(opened).toBe(2);
    });
  });

  it("lets who waits for another one go at his own signal", async () => {
    await withCacheDirectory(async (cache) => {
      let letGo = () => {};
      const gate = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      const first = cache.push(blob, { open: () => gate.then(() => [text("a blob")]) });
      const own = new AbortController();
      const second = cache.push(blob, content, { signal: own.signal });
      setTimeout(() => own.abort(new Error("enough")), 10);
      await expect(second).rejects.toThrow("enough");
      letGo();
      await first;
      expect(await cache.exists(blob)).toBe(true);
    });
  });

  it("prunes by age and by size, least recently used first, and cleans up after the dead", async () => {
    await withCacheDirectory(async (cache) => {
      const day = 24 * 60 * 60 * 1000;
      const blobs = await Promise.all(
        ["one", "two", "three"].map(async (word, at) => {
          const target = describeBytes(text(word));
          await cache.push(target, bytesContent(text(word)));
          const then = new Date(Date.now() - (3 - at) * day);
          await utimes(pathOf(cache, target), then, then);
          return target;
        }),
      );
      await writeFile(join(cache.path, "tmp/left"), "x");
      await utimes(join(cache.path, "tmp/left"), 0, 0);
      const there = async () =>
        Promise.all(blobs.map(async (target) => (await cache.sizeOf(target.digest)) !== undefined));
      expect(await cache.prune({ maxAge: 2.5 * day, dryRun: true })).toEqual({
        removed: { blobs: 1, size: 3 },
        left: { blobs: 2, size: 8 },
      });
      expect(await there()).toEqual([true, true, true]);
      await cache.prune({ maxAge: 2.5 * day });
      expect(await there()).toEqual([false, true, true]);
      expect(await readdir(join(cache.path, "tmp"))).toEqual([]);
      const [, two] = blobs;
      if (two !== undefined) expect(await cache.exists(two)).toBe(true);
      await cache.prune({ maxSize: 4 });
      expect(await there()).toEqual([false, true, false]);
      expect(await cache.prune()).toEqual({ removed: { blobs: 0, size: 0 }, left: { blobs: 1, size: 3 } });
    });
  });

  it("X-16 serves many processes that fill and prune it at once", async () => {
    await withCacheDirectory(async (cache) => {
      const script = join(import.meta.dirname, "cache-user.fixture.ts");
      const codes = await Promise.all(
        Array.from(
          { length: 4 },
          (_, at) =>
            new Promise((resolve) => {
              fork(script, [cache.path, `${at}`], {
                execArgv: ["--conditions=stax:source"],
                stdio: ["ignore", "ignore", "inherit", "ipc"],
              }).on("exit", resolve);
            }),
        ),
      );
      expect(codes).toEqual([0, 0, 0, 0]);
    });
  });

  it("is used by the next process after one was killed while filling it", async () => {
    await withCacheDirectory(async (cache) => {
      const child = fork(join(import.meta.dirname, "cache-user.fixture.ts"), [cache.path, "endless"], {
        execArgv: ["--conditions=stax:source"],
      });
      await new Promise((resolve) => child.once("message", resolve));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      expect((await cache.usage()).blobs).toBe(0);
      await cache.push(blob, content);
      expect(await fetchBytes(cache, blob)).toHaveLength(blob.size);
    });
  });
});

describe("withCache", () => {
  async function pushed(served: Awaited<ReturnType<typeof serve>>): Promise<Descriptor> {
    const store = new MemoryStore();
    const root = await pushArtifact(store, "agent", { layers: ["one", "two"] });
    await store.tag(root, "v1");
    await pushArtifact(store, "signature", { subject: root });
    await copy(store, "v1", served.repository(), "v1", { referrers: true });
    served.log();
    return root;
  }

  it("X-16 asks for a tag only, the second time, and for nothing when a digest is cached", async () => {
    await withCacheDirectory(async (cache) => {
      await using served = await serve();
      const root = await pushed(served);
      await copy(withCache(served.repository(), cache), "v1", new MemoryStore());
      expect(served.log().filter((line) => line.startsWith("GET"))).toHaveLength(3);
      await copy(withCache(served.repository(), cache), "v1", new MemoryStore());
      expect(served.log()).toEqual(["HEAD manifest"]);
      await copy(withCache(served.repository(), cache), root.digest, new MemoryStore(), "v1");
      expect(served.log()).toEqual([]);
    });
  });

  it("X-16 is copied from into its own cache without waiting for itself, each blob fetched once", async () => {
    await withCacheDirectory(async (cache) => {
      await using served = await serve();
      const source = new MemoryStore();
      const root = await pushArtifact(source, "agent", { layers: ["one", "two"] });
      await source.tag(root, "v1");
      await copy(source, "v1", served.repository());
      served.log();
      const cached = withCache(served.repository(), cache);
      await copyGraph(cached, await cached.resolve("v1"), cache);
      const gets = served.log().filter((line) => line.startsWith("GET"));
      // The empty config lies in its descriptor.
      expect(gets.sort()).toEqual(["GET blob", "GET blob", "GET manifest"]);
      expect((await cache.usage()).blobs).toBe(4);
      expect(await fetchBytes(cache, root)).toEqual(await fetchBytes(source, root));
    });
  });

  it("works without the network from what it has seen: tags, content, referrers", async () => {
    await withCacheDirectory(async (cache) => {
      await using served = await serve();
      const root = await pushed(served);
      await copy(withCache(served.repository(), cache), "v1", new MemoryStore(), "v1", { referrers: true });
      served.log();
      const offline = withCache(served.repository(), cache, { offline: true });
      const store = new MemoryStore();
      await copy(offline, "v1", store, "v1", { referrers: true });
      expect(await store.predecessors(root)).toHaveLength(1);
      expect(served.log()).toEqual([]);
    });
  });

  it("says what it lacks without the network, and pushes nothing", async () => {
    await withCacheDirectory(async (cache) => {
      await using served = await serve();
      const root = await pushed(served);
      const offline = withCache(served.repository(), cache, { offline: true });
      const attempts = [
        () => offline.resolve("v1"),
        () => offline.resolve(root.digest),
        () => offline.fetch(root),
        () => offline.predecessors(root),
        () => offline.push(blob, content),
        () => offline.tag(root, "v2"),
      ];
      for (const attempt of attempts) {
        await expect(attempt()).rejects.toMatchObject({
          code: "ERR_STAX_OFFLINE_MISS",
          category: "registry",
          hint: expect.any(String),
        });
      }
      expect(served.log()).toEqual([]);
    });
  });
});
