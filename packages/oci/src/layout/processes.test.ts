import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { pushArtifact, withDirectory } from "../artifact.fixture.ts";
import { copyGraph, LayoutStore, MemoryStore } from "../index.ts";

function start(fixture: string, ...args: readonly string[]): ChildProcessWithoutNullStreams {
  const script = join(import.meta.dirname, fixture);
  return spawn(process.execPath, ["--conditions=stax:source", script, ...args], { env: {} });
}

/** What a child printed, whole lines only, and how it ended. */
async function watch(
  child: ChildProcessWithoutNullStreams,
): Promise<{ lines: string[]; code: number | null; errors: string }> {
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
  });
  child.stderr.on("data", (chunk) => {
    errors += String(chunk);
  });
  const [code] = await once(child, "close");
  return { lines: output.split("\n").slice(0, -1), code: typeof code === "number" ? code : null, errors };
}

async function nextLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, "line");
  lines.close();
  return String(line);
}

describe("LayoutStore with several processes", () => {
  it("loses no tag when six write at once, and index.json is never torn", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "layout");
      const writers = Array.from({ length: 6 }, (_, at) => watch(start("writer.fixture.ts", path, `w${at}`, "8")));
      let running = true;
      const reading = readAllTheTime(join(path, "index.json"), () => running);
      const results = await Promise.all(writers);
      running = false;
      const reads = await reading;
      expect(results.map(({ code, errors }) => ({ code, errors }))).toEqual(
        results.map(() => ({ code: 0, errors: "" })),
      );
      expect(reads).toBeGreaterThan(0);
      const store = await LayoutStore.open(path);
      expect(await store.tags()).toHaveLength(6 * 8 + 1);
      for (const line of results.flatMap(({ lines }) => lines)) {
        const [tag = "", digest] = line.split(" ");
        expect(await store.resolve(tag)).toMatchObject({ digest });
      }
      expect((await readdir(path)).sort()).toEqual([".tmp", "blobs", "index.json", "oci-layout"]);
      expect(await readdir(join(path, ".tmp"))).toEqual([]);
    }));

  it("stays usable and whole when writers are killed at any moment", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "layout");
      const children = Array.from({ length: 6 }, (_, at) =>
        start("writer.fixture.ts", path, `k${at}`, at < 4 ? "1000" : "10"),
      );
      const results = children.map(watch);
      await once(children[0]?.stdout ?? process.stdout, "data");
      for (const child of children.slice(0, 4)) {
        await delay(Math.random() * 60);
        child.kill("SIGKILL");
      }
      const ended = await Promise.all(results);
      expect(ended.slice(4).map(({ code, errors }) => ({ code, errors }))).toEqual([
        { code: 0, errors: "" },
        { code: 0, errors: "" },
      ]);
      const store = await LayoutStore.open(path, { create: true });
      for (const line of ended.flatMap(({ lines }) => lines)) {
        const [tag = "", digest] = line.split(" ");
        expect(await store.resolve(tag)).toMatchObject({ digest });
      }
      // Whatever is tagged is complete and unharmed, said or not.
      for (const { descriptor } of await store.list()) await copyGraph(store, descriptor, new MemoryStore());
      await store.tag(await pushArtifact(store, "afterwards"), "afterwards");
      await store.prune({ now: () => Date.now() + 2 * 60 * 60 * 1000 });
      expect(await readdir(join(path, ".tmp"))).toEqual([]);
      for (const { descriptor } of await store.list()) await copyGraph(store, descriptor, new MemoryStore());
    }));

  it("takes the lock of a killed process at once", () =>
    withDirectory(async (directory) => {
      const store = await LayoutStore.open(directory, { create: true });
      const manifest = await pushArtifact(store, "one");
      const holder = start("lock-holder.fixture.ts", join(directory, "index.json.lock"), join(directory, ".tmp"));
      const ended = watch(holder);
      expect(await nextLine(holder)).toBe("held");
      holder.kill("SIGKILL");
      await ended;
      expect(await readdir(directory)).toContain("index.json.lock");
      const before = performance.now();
      await store.tag(manifest, "v1");
      expect(performance.now() - before).toBeLessThan(5000);
      expect(await readdir(directory)).not.toContain("index.json.lock");
    }));

  it("waits for a living process, and says who holds the lock when it takes too long", () =>
    withDirectory(async (directory) => {
      const store = await LayoutStore.open(directory, { create: true, staleAfter: 2500, lockTimeout: 4000 });
      const manifest = await pushArtifact(store, "one");
      const holder = start("lock-holder.fixture.ts", join(directory, "index.json.lock"), join(directory, ".tmp"));
      const ended = watch(holder);
      expect(await nextLine(holder)).toBe("held");
      await expect(store.tag(manifest, "v1")).rejects.toMatchObject({
        code: "ERR_STAX_LAYOUT_LOCKED",
        message: expect.stringContaining(`process ${holder.pid}`),
      });
      const controller = new AbortController();
      const waiting = store.tag(manifest, "v1", { signal: controller.signal });
      controller.abort();
      await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
      holder.stdin.write("check\n");
      expect((await ended).lines).toContain("still held");
      await store.tag(manifest, "v1");
      expect(await store.tags()).toEqual(["v1"]);
    }));

  it("takes over from a process that is suspended, which then writes nothing", () =>
    withDirectory(async (directory) => {
      const store = await LayoutStore.open(directory, { create: true, staleAfter: 300 });
      const manifest = await pushArtifact(store, "one");
      const holder = start("lock-holder.fixture.ts", join(directory, "index.json.lock"), join(directory, ".tmp"));
      const ended = watch(holder);
      expect(await nextLine(holder)).toBe("held");
      holder.kill("SIGSTOP");
      await store.tag(manifest, "v1");
      holder.kill("SIGCONT");
      holder.stdin.write("check\n");
      expect((await ended).lines).toContain("ERR_STAX_LAYOUT_LOCKED");
      expect(await store.tags()).toEqual(["v1"]);
    }));

  it("respects the lock of another machine while it shows signs of life, and breaks it afterwards", () =>
    withDirectory(async (directory) => {
      const store = await LayoutStore.open(directory, { create: true, staleAfter: 1500, lockTimeout: 2000 });
      const manifest = await pushArtifact(store, "one");
      const token = join(directory, "index.json.lock", "0123456789abcdef.1.there");
      await mkdir(join(directory, "index.json.lock"));
      await writeFile(token, "");
      let beat = 1;
      const beating = setInterval(() => void utimes(token, ++beat, beat).catch(() => undefined), 50);
      await expect(store.tag(manifest, "v1")).rejects.toMatchObject({ code: "ERR_STAX_LAYOUT_LOCKED" });
      clearInterval(beating);
      await store.tag(manifest, "v1");
      expect(await store.tags()).toEqual(["v1"]);
    }));
});

async function readAllTheTime(path: string, running: () => boolean): Promise<number> {
  let reads = 0;
  while (running()) {
    const bytes = await readFile(path, "utf8").catch(() => undefined);
    if (bytes !== undefined) {
      expect(JSON.parse(bytes)).toHaveProperty("manifests");
      reads++;
    }
    await delay(1);
  }
  return reads;
}
