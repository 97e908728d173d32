import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesContent, digestOf, encodedOf, LayoutStore, mediaTypes } from "@stax/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  blobOf,
  clientOf,
  codesOf,
  descriptorOf,
  json,
  manifestOf,
  pushBlob,
  pushImage,
  pushManifest,
} from "../client.fixture.ts";
import { createRegistry } from "../registry.ts";
import { openDirectory } from "./open-directory.ts";

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "stax-registry-"));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

async function serveDirectory(path: string) {
  const running = await createRegistry({ storage: await openDirectory(path) }).listen({ closeTimeout: 100 });
  return Object.assign(clientOf(running.url), { [Symbol.asyncDispose]: () => running.close() });
}

const blobPath = (digest: string) => join("blobs", digest.replace(":", "/"));

describe("openDirectory", () => {
  it.skipIf(!existsSync("/proc/self"))("fails at once below /proc, where a recursive mkdir never ends", async () => {
    await expect(openDirectory("/proc/stax-none/registry", { create: true })).rejects.toMatchObject({
      code: "ERR_STAX_STORAGE_INVALID",
    });
  });
  it("makes the directory only when told to", async () => {
    const path = join(scratch, "new/registry");
    await expect(openDirectory(path)).rejects.toMatchObject({ code: "ERR_STAX_STORAGE_INVALID" });
    await openDirectory(path, { create: true });
    expect((await stat(path)).isDirectory()).toBe(true);
    await writeFile(join(scratch, "file"), "");
    await expect(openDirectory(join(scratch, "file"))).rejects.toMatchObject({ code: "ERR_STAX_STORAGE_INVALID" });
  });

  describe("of an empty directory", () => {
    it("keeps one layout a repository, which other tools and the next server read", async () => {
      const config = blobOf("{}");
      const manifest = manifestOf({ config });
      {
        await using client = await serveDirectory(scratch);
        await pushBlob(client, "team/agent", config);
        await pushManifest(client, "team/agent", manifest, "1.0.0");
        await pushImage(client, "team", "v1");
        await pushImage(client, "team/agent/deep", "v1");
      }
      const store = await LayoutStore.open(join(scratch, "team/agent"));
      expect(await store.list()).toEqual([
        { reference: "1.0.0", descriptor: descriptorOf(manifest, mediaTypes.manifest) },
      ]);
      await using client = await serveDirectory(scratch);
      expect((await client("GET", "/v2/team/agent/manifests/1.0.0")).body).toEqual(manifest.bytes);
      expect(json(await client("GET", "/v2/_catalog"))).toEqual({
        repositories: ["team", "team/agent", "team/agent/deep"],
      });
    });

    it.each(["blobs/x", "x/blobs", "x/index.json", "x/oci-layout", "x/index.json.lock"])(
      "refuses the repository %s, which would lie among the files of a layout",
      async (name) => {
        await using client = await serveDirectory(scratch);
        const answer = await client("POST", `/v2/${name}/blobs/uploads/`);
        expect(answer.status).toBe(400);
        expect(codesOf(answer)).toEqual(["NAME_INVALID"]);
        expect((await client("GET", `/v2/${name}/tags/list`)).status).toBe(404);
        expect(await readdir(scratch)).toEqual([]);
      },
    );

    it("leaves nothing behind of uploads that failed, were cancelled or were open at the end", async () => {
      {
        await using client = await serveDirectory(scratch);
        const { digest } = blobOf(10);
        await client("POST", `/v2/a/blobs/uploads/?digest=${digest}`, { body: "wrong" });
        const { headers } = await client("POST", "/v2/a/blobs/uploads/");
        await client("DELETE", headers.location ?? "");
        const open = await client("POST", "/v2/a/blobs/uploads/");
        await client("PATCH", open.headers.location ?? "", { body: "some bytes" });
        expect(await readdir(join(scratch, "a/.tmp"))).toHaveLength(1);
      }
      expect(await readdir(join(scratch, "a/.tmp"))).toEqual([]);
      expect(await readdir(join(scratch, "a/blobs"))).toEqual([]);
    });

    it("keeps what a tag has left when the layout is pruned", async () => {
      await using client = await serveDirectory(scratch);
      const moved = await pushImage(client, "a", "moved", "first");
      await pushImage(client, "a", "moved", "second");
      const untagged = await pushImage(client, "a", "untagged");
      await client("DELETE", "/v2/a/manifests/untagged");
      await (await LayoutStore.open(join(scratch, "a"))).prune({ minAge: -1000 });
      for (const { digest, bytes } of [moved, untagged]) {
        expect((await client("GET", `/v2/a/manifests/${digest}`)).body).toEqual(bytes);
      }
    });

    it("shares the file of a blob that is mounted", async () => {
      await using client = await serveDirectory(scratch);
      const blob = blobOf(100);
      await pushBlob(client, "one", blob);
      await client("POST", `/v2/two/blobs/uploads/?mount=${blob.digest}&from=one`);
      const [one, two] = await Promise.all(
        ["one", "two"].map((name) => stat(join(scratch, name, blobPath(blob.digest)))),
      );
      expect(two?.ino).toBe(one?.ino);
      expect((await client("DELETE", `/v2/one/blobs/${blob.digest}`)).status).toBe(202);
      expect((await client("GET", `/v2/two/blobs/${blob.digest}`)).body).toEqual(blob.bytes);
    });
  });

  describe("with links that lead out", () => {
    it.each(["team", "team/agent", "team/agent/blobs", "team/agent/blobs/sha256", "team/agent/.tmp"])(
      "neither reads nor writes through %s",
      async (link) => {
        const outside = join(scratch, "outside");
        const secret = blobOf("secret");
        const target = await LayoutStore.open(outside, { create: true });
        const manifest = await target.ingest(bytesContent(manifestOf({ config: secret }).bytes), mediaTypes.manifest);
        await target.ingest(bytesContent(secret.bytes), mediaTypes.octetStream);
        await target.tag(manifest, "v1");
        const before = await listing(outside);
        const root = join(scratch, "root");
        await mkdir(join(root, link, ".."), { recursive: true });
        if (link.includes("agent/")) await makeLayout(join(root, "team/agent"), link.endsWith(".tmp"));
        const inside = { "team/agent/blobs": "blobs", "team/agent/blobs/sha256": "blobs/sha256" }[link] ?? "";
        await rm(join(root, link), { recursive: true, force: true });
        await symlink(join(outside, inside), join(root, link));
        await using client = await serveDirectory(root);
        for (const name of ["team", "team/agent"]) {
          expect((await client("GET", `/v2/${name}/blobs/${secret.digest}`)).body.toString()).not.toBe("secret");
          expect((await client("GET", `/v2/${name}/manifests/v1`)).status).not.toBe(200);
          await pushBlob(client, name, blobOf(20)).catch(() => undefined);
        }
        expect(await listing(outside)).toEqual(before);
      },
    );

    it("does not serve a blob that is a link", async () => {
      await using client = await serveDirectory(scratch);
      const blob = blobOf("real");
      await pushBlob(client, "a", blob);
      const path = join(scratch, "a", blobPath(blob.digest));
      await rm(path);
      await symlink("/etc/hostname", path);
      for (const method of ["GET", "HEAD"])
        expect((await client(method, `/v2/a/blobs/${blob.digest}`)).status).toBe(500);
    });
  });

  describe("of an image layout", () => {
    const config = blobOf("{}");
    const build = async (tag: string, text: string) => {
      const store = await LayoutStore.open(scratch, { create: true });
      await store.ingest(bytesContent(config.bytes), mediaTypes.config);
      const { bytes } = manifestOf({ config, extra: { annotations: { text } } });
      const descriptor = await store.ingest(bytesContent(bytes), mediaTypes.manifest);
      await store.tag(descriptor, tag);
      return { bytes, digest: descriptor.digest };
    };

    it("serves what was built, and what is built later", async () => {
      const first = await build("backend-engineer:1.0.0", "first");
      await using client = await serveDirectory(scratch);
      expect((await client("GET", "/v2/backend-engineer/manifests/1.0.0")).body).toEqual(first.bytes);
      const second = await build("backend-engineer:1.1.0", "second");
      expect(json(await client("GET", "/v2/backend-engineer/tags/list"))).toEqual({
        name: "backend-engineer",
        tags: ["1.0.0", "1.1.0"],
      });
      expect((await client("GET", `/v2/backend-engineer/manifests/${second.digest}`)).body).toEqual(second.bytes);
      expect((await client("GET", `/v2/backend-engineer/blobs/${config.digest}`)).body).toEqual(config.bytes);
    });

    it("stores what is pushed as an entry of its own, and leaves the others as they are", async () => {
      const built = await build("reviewer:1.0.0", "built");
      await using client = await serveDirectory(scratch);
      const pushed = await pushImage(client, "team/agent", "1.0.0");
      const store = await LayoutStore.open(scratch);
      expect((await store.resolve("team/agent:1.0.0")).digest).toBe(pushed.digest);
      expect((await store.resolve("reviewer:1.0.0")).digest).toBe(built.digest);
      expect(json(await client("GET", "/v2/_catalog"))).toEqual({ repositories: ["reviewer", "team/agent"] });
      expect(await readdir(scratch)).not.toContain("team");
    });

    it("keeps what a tag has left for its own repository", async () => {
      await LayoutStore.open(scratch, { create: true });
      await using client = await serveDirectory(scratch);
      const left = await pushImage(client, "a", "v1", "first");
      await pushImage(client, "a", "v1", "second");
      await pushImage(client, "b", "v1", "other");
      expect((await client("GET", `/v2/a/manifests/${left.digest}`)).body).toEqual(left.bytes);
      expect((await client("GET", `/v2/b/manifests/${left.digest}`)).status).toBe(404);
    });

    it("serves a tag without a name under the name of the directory", async () => {
      const inner = join(scratch, "my-layout");
      const store = await LayoutStore.open(inner, { create: true });
      await store.ingest(bytesContent(config.bytes), mediaTypes.config);
      const { bytes } = manifestOf({ config });
      await store.tag(await store.ingest(bytesContent(bytes), mediaTypes.manifest), "v1");
      await using client = await serveDirectory(inner);
      expect((await client("GET", "/v2/my-layout/manifests/v1")).body).toEqual(bytes);
      expect((await client("DELETE", "/v2/my-layout/manifests/v1")).status).toBe(202);
      expect((await client("GET", "/v2/my-layout/manifests/v1")).status).toBe(404);
    });

    it("keeps blobs, which other repositories may use, until the layout is pruned", async () => {
      await build("reviewer:1.0.0", "built");
      await using client = await serveDirectory(scratch);
      const answer = await client("DELETE", `/v2/reviewer/blobs/${config.digest}`);
      expect(answer.status).toBe(405);
      expect((await stat(join(scratch, "blobs/sha256", encodedOf(config.digest)))).size).toBe(2);
    });

    it("keeps a manifest that an index is made of", async () => {
      const child = await build("child:1", "child");
      const store = await LayoutStore.open(scratch);
      await store.untag("child:1");
      const index = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: mediaTypes.index,
          manifests: [{ mediaType: mediaTypes.manifest, digest: child.digest, size: child.bytes.byteLength }],
        }),
      );
      await store.tag(await store.ingest(bytesContent(index), mediaTypes.index), "family:1");
      await using client = await serveDirectory(scratch);
      expect((await client("GET", `/v2/family/manifests/${child.digest}`)).body).toEqual(child.bytes);
      expect((await client("DELETE", `/v2/family/manifests/${child.digest}`)).status).toBe(405);
    });

    it("names a damaged layout", async () => {
      await build("a:1", "x");
      await writeFile(join(scratch, "oci-layout"), "{}");
      await expect(openDirectory(scratch)).rejects.toMatchObject({ code: "ERR_STAX_LAYOUT_INVALID" });
    });
  });
});

async function makeLayout(path: string, withTemp: boolean): Promise<void> {
  const store = await LayoutStore.open(path, { create: true });
  if (withTemp) await store.ingest(bytesContent(Buffer.from("x")), mediaTypes.octetStream);
}

async function listing(path: string): Promise<readonly string[]> {
  const names = await readdir(path, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.sort().map(async (file) => `${file} ${digestOf(await readFile(file))}`));
}
