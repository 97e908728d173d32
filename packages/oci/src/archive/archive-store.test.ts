import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { describeBytes, pushArtifact, pushBytes, pushIndex, text, withDirectory } from "../artifact.fixture.ts";
import { ArchiveStore, copy, digestOf, encodedOf, fetchBytes, LayoutStore, MemoryStore } from "../index.ts";
import { formatPax, formatTarHeader } from "./tar-header.ts";

/** A tar made by hand: hostile ones included. */
interface Entry {
  readonly name: string;
  readonly body?: string | Uint8Array;
  readonly type?: string;
  /** When the header lies. */
  readonly size?: number;
}

const pad = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);

function entry({ name, body = "", type = "0", size }: Entry): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([formatTarHeader({ name, size: size ?? bytes.length, type }), pad(bytes)]);
}

const tar = (...entries: readonly Entry[]): Buffer => Buffer.concat([...entries.map(entry), Buffer.alloc(1024)]);

const marker: Entry = { name: "oci-layout", body: '{"imageLayoutVersion":"1.0.0"}' };
const index: Entry = { name: "index.json", body: '{"schemaVersion":2,"manifests":[]}' };

async function withArchive<T>(bytes: Uint8Array, work: (path: string) => Promise<T>): Promise<T> {
  return withDirectory(async (directory) => {
    const path = join(directory, "a.tar");
    await writeFile(path, bytes);
    return work(path);
  });
}

describe("ArchiveStore", () => {
  it("shows nothing before save, everything afterwards, and leaves no other file", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "a.tar");
      const store = await ArchiveStore.open(path, { create: true });
      const one = await pushArtifact(store, "one");
      await store.tag(one, "v1");
      await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
      await store.save();
      expect(await readdir(directory)).toEqual(["a.tar"]);
      const again = await ArchiveStore.open(path);
      expect(await again.resolve("v1")).toEqual(one);
      expect(await fetchBytes(again, one)).toEqual(await fetchBytes(store, one));
    }));

  it("writes equal bytes for equal content, whatever the order of work", () =>
    withDirectory(async (directory) => {
      const write = async (name: string, names: readonly string[]) => {
        const path = join(directory, name);
        await using store = await ArchiveStore.open(path, { create: true });
        for (const each of names) await store.tag(await pushArtifact(store, each), `${each}-1`);
        await store.save();
        return digestOf(await readFile(path));
      };
      const first = await write("a.tar", ["one", "two", "three"]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await write("b.tar", ["three", "one", "two"])).toBe(first);
    }));

  it("writes a golden archive: pinned names, modes, owners and times", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "a.tar");
      const store = await ArchiveStore.open(path, { create: true });
      await store.save();
      const bytes = await readFile(path);
      expect(bytes.length).toBe(512 * 6);
      expect(bytes.toString("latin1", 0, 10)).toBe("index.json");
      expect(bytes.toString("latin1", 100, 157)).toBe(
        "0000644\x000000000\x000000000\x0000000000130\x0000000000000\x00007741\0 0",
      );
      expect(bytes.toString("latin1", 257, 265)).toBe("ustar\x0000");
    }));

  it("keeps what is tagged, adds, and leaves out what no entry reaches any more", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "a.tar");
      const store = await ArchiveStore.open(path, { create: true });
      const old = await pushArtifact(store, "old");
      const kept = await pushArtifact(store, "kept");
      await store.tag(old, "latest");
      await store.tag(kept, "kept");
      await store.save();
      const again = await ArchiveStore.open(path);
      await again.tag(await pushArtifact(again, "new"), "latest");
      await again.save();
      const last = await ArchiveStore.open(path);
      expect(await last.tags()).toEqual(["kept", "latest"]);
      expect(await last.exists(kept)).toBe(true);
      expect(await last.exists(old)).toBe(false);
    }));

  it("forgets on close what was not saved", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "a.tar");
      {
        await using store = await ArchiveStore.open(path, { create: true });
        await store.tag(await pushArtifact(store, "one"), "v1");
      }
      expect(await readdir(directory)).toEqual([]);
    }));

  it("refuses to replace what another process saved meanwhile, and to read from it by old offsets", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "a.tar");
      const first = await ArchiveStore.open(path, { create: true });
      const second = await ArchiveStore.open(path, { create: true });
      const one = await pushArtifact(first, "one");
      await first.tag(one, "v1");
      await first.save();
      await second.tag(await pushArtifact(second, "two"), "v2");
      await expect(second.save()).rejects.toMatchObject({ code: "ERR_STAX_ARCHIVE_CHANGED", category: "build" });
      await second.close();
      expect(await (await ArchiveStore.open(path)).tags()).toEqual(["v1"]);
      await utimes(path, 1, 1);
      await expect(first.fetch(one)).rejects.toMatchObject({ code: "ERR_STAX_ARCHIVE_CHANGED" });
    }));

  it("keeps the old archive when a blob in it is corrupt and must be carried over", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "a.tar");
      const store = await ArchiveStore.open(path, { create: true });
      await store.tag(await pushArtifact(store, "one", { layers: ["precious"] }), "v1");
      await store.save();
      const bytes = await readFile(path);
      bytes.write("Precious", bytes.indexOf("precious"), "latin1");
      await writeFile(path, bytes);
      const again = await ArchiveStore.open(path);
      await again.tag(await pushArtifact(again, "two"), "v2");
      await expect(again.save()).rejects.toMatchObject({ code: "ERR_STAX_DIGEST_MISMATCH" });
      await again.close();
      expect(await readFile(path)).toEqual(bytes);
      expect(await readdir(directory)).toEqual(["a.tar"]);
    }));

  it("moves between memory, layout and archive without a change of digest, referrers included", () =>
    withDirectory(async (directory) => {
      const memory = new MemoryStore();
      const child = await pushArtifact(memory, "child");
      const root = await pushIndex(memory, [child]);
      await memory.tag(root, "v1");
      const signature = await pushArtifact(memory, "signature", { subject: root });
      const layout = await LayoutStore.open(join(directory, "layout"), { create: true });
      const archive = await ArchiveStore.open(join(directory, "a.tar"), { create: true });
      await copy(memory, "v1", archive, "v1", { referrers: true });
      await archive.save();
      const back = await ArchiveStore.open(join(directory, "a.tar"));
      expect((await copy(back, "v1", layout, "v2", { referrers: true })).digest).toBe(root.digest);
      expect((await layout.predecessors(root)).map(({ digest }) => digest)).toEqual([signature.digest]);
      expect(await layout.exists(child)).toBe(true);
    }));

  it("stores sha512 content under a pax name and finds it again", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "a.tar");
      const store = await ArchiveStore.open(path, { create: true });
      const bytes = text('{"schemaVersion":2,"manifests":[]}');
      const descriptor = {
        ...describeBytes(bytes, "application/vnd.oci.image.index.v1+json"),
        digest: digestOf(bytes, "sha512"),
      };
      await store.push(descriptor, { open: () => [bytes] });
      await store.tag(descriptor, "v1");
      await store.save();
      const again = await ArchiveStore.open(path);
      expect(Buffer.from(await fetchBytes(again, descriptor))).toEqual(Buffer.from(bytes));
    }));

  it("reads archives of other tools: ./ names, directories, GNU long names, pax, foreign files", () => {
    const blob = text("hello");
    const descriptor = describeBytes(blob);
    const name = `blobs/sha256/${encodedOf(descriptor.digest)}`;
    const other = describeBytes(text("world"));
    const bytes = tar(
      { name: "./", type: "5" },
      { name: "./blobs/", type: "5" },
      { name: "././@LongLink", type: "L", body: `./${name}\0` },
      { name: `./${name}`.slice(0, 99), body: blob },
      {
        name: "PaxHeader/x",
        type: "x",
        body: formatPax({ path: `blobs/sha256/${encodedOf(other.digest)}`, size: "5", mtime: "1.5" }),
      },
      { name: "cut", body: "world", size: 5 },
      { name: "manifest.json", body: "[]" },
      { name: "repositories", type: "2" },
      { name: "./index.json", body: '{"schemaVersion":2,"manifests":null}' },
      { ...marker, name: "./oci-layout" },
    );
    return withArchive(bytes, async (path) => {
      const store = await ArchiveStore.open(path);
      expect(await fetchBytes(store, descriptor)).toEqual(Buffer.from(blob));
      expect(await fetchBytes(store, other)).toEqual(Buffer.from("world"));
    });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["an empty file", new Uint8Array(), /lacks oci-layout/],
    ["text", text("hello"), /cut off/],
    ["a block of noise", Buffer.alloc(1024, 7), /octal|checksum/],
    [
      "gzip",
      gzipSync(tar(marker, index, { name: "x", body: Buffer.alloc(2000).map((_, at) => (at * 7919) % 256) })),
      /compressed with gzip/,
    ],
    ["no marker", tar(index), /lacks oci-layout/],
    ["no index", tar(marker), /lacks index.json/],
    ["another version", tar({ ...marker, body: '{"imageLayoutVersion":"2.0.0"}' }, index), /no version/],
    ["index.json twice", tar(marker, index, index), /index.json twice/],
    ["index.json twice, once as ./index.json", tar(marker, index, { ...index, name: "./index.json" }), /twice/],
    ["index.json through ..", tar(marker, index, { ...index, name: "x/../index.json" }), /holds the name/],
    ["an absolute name", tar(marker, index, { name: "/etc/passwd", body: "x" }), /holds the name/],
    ["index.json as a symbolic link", tar(marker, { name: "index.json", type: "2" }), /no plain file/],
    ["index.json as a hard link", tar(marker, { name: "index.json", type: "1" }), /no plain file/],
    ["blobs as a symbolic link", tar(marker, index, { name: "blobs", type: "2" }), /no plain file/],
    ["blobs/sha256 as a symbolic link", tar(marker, index, { name: "blobs/sha256", type: "2" }), /no plain file/],
    ["a blob as a device", tar(marker, index, { name: `blobs/sha256/${"0".repeat(64)}`, type: "3" }), /no plain file/],
    [
      "a sparse blob",
      tar(
        marker,
        index,
        { name: "p", type: "x", body: formatPax({ "GNU.sparse.major": "1" }) },
        { name: `blobs/sha256/${"0".repeat(64)}` },
      ),
      /no plain file/,
    ],
    ["a file longer than the archive", tar(marker, index, { name: "x", size: 1 << 30 }), /cut off in x/],
    ["a wrong checksum", Buffer.concat([Buffer.from(entry(marker)).fill(1, 0, 1), tar(index)]), /checksum/],
    [
      "a pax size that is no number",
      tar(marker, { name: "p", type: "x", body: formatPax({ size: "-1" }) }, index),
      /impossible size/,
    ],
    [
      "malformed pax records",
      tar(marker, { name: "p", type: "x", body: "99 path=x\n" }, index),
      /pax header is malformed/,
    ],
    [
      "a global pax path",
      tar({ name: "g", type: "g", body: formatPax({ path: "index.json" }) }, marker, index),
      /global pax header sets path/,
    ],
    ["2 MiB of metadata", tar(marker, { name: "p", type: "x", body: Buffer.alloc(2 << 20, 10) }, index), /metadata/],
    [
      "a file with two long names",
      tar(
        marker,
        { name: "p", type: "x", body: formatPax({ path: "a" }) },
        { name: "././@LongLink", type: "L", body: "index.json\0" },
        { name: "x", body: "{}" },
      ),
      /name the same file/,
    ],
    ["content after the end", Buffer.concat([tar(marker, index).subarray(0, -512), tar(index)]), /goes on/],
    [
      "a duplicate key in index.json",
      tar(marker, { ...index, body: '{"schemaVersion":2,"manifests":[],"manifests":[]}' }),
      /twice in one object/,
    ],
  ])("refuses %s", (_, bytes, message) =>
    withArchive(bytes, async (path) => {
      await expect(ArchiveStore.open(path)).rejects.toMatchObject({
        code: expect.stringMatching(/^ERR_STAX_(ARCHIVE|LAYOUT)_INVALID$/),
        category: "build",
        message: expect.stringMatching(message),
      });
    }),
  );

  it("CVE-2026-53655 does not apply a pax size to the long-name header in between", () => {
    const name = `blobs/sha256/${encodedOf(digestOf(text("hello")))}`;
    const bytes = tar(
      marker,
      { name: "p", type: "x", body: formatPax({ size: "5" }) },
      { name: "././@LongLink", type: "L", body: `${name}\0` },
      { name: "cut", body: "hello" },
      index,
    );
    return withArchive(bytes, async (path) => {
      expect(await fetchBytes(await ArchiveStore.open(path), describeBytes(text("hello")))).toEqual(
        Buffer.from("hello"),
      );
    });
  });

  it("refuses every archive that is cut off inside its content", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "a.tar");
      const store = await ArchiveStore.open(path, { create: true });
      await store.tag(await pushArtifact(store, "one"), "v1");
      await store.save();
      const whole = await readFile(path);
      for (let length = 1; length < whole.length - 1024; length += 511) {
        await writeFile(path, whole.subarray(0, length));
        await expect(ArchiveStore.open(path)).rejects.toMatchObject({ code: "ERR_STAX_ARCHIVE_INVALID" });
      }
    }));

  it("says so where there is no archive, or a directory or FIFO in its place", () =>
    withDirectory(async (directory) => {
      await expect(ArchiveStore.open(join(directory, "none.tar"))).rejects.toMatchObject({
        code: "ERR_STAX_ARCHIVE_NOT_FOUND",
      });
      await mkdir(join(directory, "dir.tar"));
      await expect(ArchiveStore.open(join(directory, "dir.tar"))).rejects.toMatchObject({
        code: "ERR_STAX_ARCHIVE_NOT_FOUND",
        hint: expect.stringMatching(/write oci:/),
      });
      execFileSync("mkfifo", [join(directory, "fifo.tar")]);
      await expect(ArchiveStore.open(join(directory, "fifo.tar"))).rejects.toMatchObject({
        code: "ERR_STAX_LAYOUT_UNSAFE",
      });
    }));

  it("follows a link to an archive and replaces what it points to", () =>
    withDirectory(async (directory) => {
      const first = await ArchiveStore.open(join(directory, "real.tar"), { create: true });
      await first.save();
      await symlink("real.tar", join(directory, "link.tar"));
      const store = await ArchiveStore.open(join(directory, "link.tar"));
      await store.tag(await pushArtifact(store, "one"), "v1");
      await store.save();
      expect(await (await ArchiveStore.open(join(directory, "real.tar"))).tags()).toEqual(["v1"]);
    }));

  it("takes many pushes at once", () =>
    withDirectory(async (directory) => {
      const path = join(directory, "a.tar");
      await using store = await ArchiveStore.open(path, { create: true });
      await Promise.all(Array.from({ length: 20 }, (_, at) => pushBytes(store, text(`blob ${at}`))));
      const root = await pushArtifact(store, "one", { layers: Array.from({ length: 20 }, (_, at) => `blob ${at}`) });
      await store.tag(root, "v1");
      await store.save();
      expect(await (await ArchiveStore.open(path)).tags()).toEqual(["v1"]);
    }));
});
