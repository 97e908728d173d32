import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "@stax/errors";
import { compareBytes, type Digest, type FileTree } from "@stax/schema";
import type { ByteSource } from "./archive/gunzip.ts";
import { Budget } from "./archive/limits.ts";
import { type ReadOptions, scanLayer } from "./archive/read-archive.ts";
import type { ScannedFile } from "./archive/scan-archive.ts";
import { type CachedTar, cachedEntry } from "./cached-entry.ts";
import { temporaryIn, writeAtomically } from "./checked-file.ts";
import { hexOf } from "./digest.ts";
import { LayersError } from "./error.ts";
import { digestOfFile, formatIndex, type IndexEntry, type LayerIndex, parseIndex, sealOf } from "./layer-index.ts";
import { makeDirectories } from "./make-directories.ts";

/** LayerBlob is a layer as a store holds it; the descriptor's digest and size, the annotated diff-id, and its bytes. */
export interface LayerBlob {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** `dev.stax.layer.diff-id`, where the descriptor has it: checked, never trusted. */
  readonly diffId?: string | undefined;
  open(): ByteSource | Promise<ByteSource>;
}

/** OpenedLayer is a layer unpacked into the cache. */
export interface OpenedLayer {
  readonly diffId: Digest;
  /** Of the archive, bytes. */
  readonly uncompressedSize: number;
  /** Entries have digests and open with one read. */
  readonly tree: FileTree;
  /** Whether it was there already: no byte of the blob was read. */
  readonly cached: boolean;
}

/**
 * openLayer gives the files of a layer, from the cache or by unpacking the blob into it: one uncompressed tar, named by its diff-id, and
 * an index beside it. No name from the archive meets the file system. The blob's digest and size and the diff-id are verified; a cached
 * layer that changed on disk is unpacked again. Several processes may share the directory.
 * Throws the LAYER_… errors; entries throw LAYER_CACHE_CORRUPT where the cache changes under them.
 */
export async function openLayer(blob: LayerBlob, directory: string, options: ReadOptions = {}): Promise<OpenedLayer> {
  const store = new LayerStore(directory);
  const known = await store.find(blob);
  const { index, cached } =
    known === undefined ? { index: await store.add(blob, options), cached: false } : { index: known, cached: true };
  if (cached) checkSizes(index, options);
  if (blob.diffId !== undefined && blob.diffId !== index.diffId) throw diffIdMismatch(blob.diffId, index.diffId);
  const tar = store.tarOf(index);
  return {
    diffId: index.diffId,
    uncompressedSize: index.size,
    tree: index.entries.map((entry) => cachedEntry(tar, entry)),
    cached,
  };
}

// It may have been unpacked under other limits.
function checkSizes({ entries }: LayerIndex, limits: ReadOptions): void {
  const budget = new Budget(limits);
  for (const { size } of entries) budget.takeEntry(size);
}

class LayerStore {
  readonly #root: string;

  constructor(directory: string) {
    this.#root = join(directory, "sha256");
  }

  tarOf(index: LayerIndex): CachedTar {
    const hex = hexOf(index.diffId);
    return { diffId: index.diffId, file: this.#file(hex, "tar"), index: this.#file(hex, "json") };
  }

  #file(hex: string, extension: "tar" | "json" | "blob"): string {
    return join(this.#root, `${hex}.${extension}`);
  }

  /** find gives the index of a cached layer, `undefined` where there is none that can be trusted. */
  async find(blob: LayerBlob): Promise<LayerIndex | undefined> {
    const blobFile = this.#file(hexOf(blob.digest), "blob");
    try {
      // Which archive a blob holds is what we saw when we unpacked it, not what its descriptor says.
      const diffHex = hexOf((await readFile(blobFile, "utf8")).trim());
      const index = parseIndex(await readFile(this.#file(diffHex, "json")));
      if (hexOf(index.diffId) !== diffHex) return undefined;
      const tar = this.#file(diffHex, "tar");
      const seal = await sealOf(tar);
      if (seal === index.seal) return index;
      // Copied, restored or touched: the name proves the content, so ask the content.
      if ((await digestOfFile(tar)) !== diffHex) return undefined;
      const resealed = { ...index, seal };
      await writeAtomically(this.#file(diffHex, "json"), formatIndex(resealed));
      return resealed;
    } catch {
      // Missing, torn or foreign files: unpacking again is the answer to all of them.
      return undefined;
    }
  }

  /** add unpacks a blob into the cache. */
  async add(blob: LayerBlob, options: ReadOptions): Promise<LayerIndex> {
    const blobHex = hexOf(blob.digest);
    await makeDirectories(this.#root);
    const temporary = temporaryIn(this.#root);
    try {
      const unpacked = await unpackTo(temporary, blob, options);
      const tar = this.#file(hexOf(unpacked.diffId), "tar");
      await rename(temporary, tar);
      const index = { ...unpacked, seal: await sealOf(tar) };
      await writeAtomically(this.#file(hexOf(index.diffId), "json"), formatIndex(index));
      await writeAtomically(this.#file(blobHex, "blob"), `${index.diffId}\n`);
      return index;
    } finally {
      await rm(temporary, { force: true });
    }
  }
}

async function unpackTo(file: string, blob: LayerBlob, options: ReadOptions): Promise<Omit<LayerIndex, "seal">> {
  const handle = await open(file, "wx");
  try {
    const plain = createHash("sha256");
    const collector = new IndexCollector();
    const size = await scanLayer(verified(await blob.open(), blob), collector, options, async (piece) => {
      plain.update(piece);
      await writeAll(handle, piece);
    });
    const entries = collector.entries.sort((a, b) => compareBytes(a.path, b.path));
    return { diffId: `sha256:${plain.digest("hex")}`, size, entries };
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at)).bytesWritten;
}

class IndexCollector {
  readonly entries: IndexEntry[] = [];
  #file: ScannedFile | undefined;
  #hash: Hash = createHash("sha256");

  file(file: ScannedFile): void {
    this.#file = file;
    this.#hash = createHash("sha256");
  }

  data(piece: Uint8Array): void {
    this.#hash.update(piece);
  }

  end(): void {
    if (this.#file !== undefined) this.entries.push({ ...this.#file, digest: `sha256:${this.#hash.digest("hex")}` });
  }
}

// The digest covers the whole blob, so it can only be judged at its end; nothing is published before.
async function* verified(source: ByteSource, blob: LayerBlob): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of source) {
    size += piece.length;
    if (size > blob.size) throw mismatch(blob, `holds more than its ${blob.size} bytes`);
    hash.update(piece);
    yield piece;
  }
  if (size < blob.size) throw mismatch(blob, `holds ${size} bytes, not ${blob.size}`);
  if (`sha256:${hash.digest("hex")}` !== blob.digest) throw mismatch(blob, "has other content than its digest says");
}

const mismatch = (blob: LayerBlob, what: string): LayersError =>
  new LayersError("LAYER_DIGEST_MISMATCH", `the blob ${printable(blob.digest)} ${what}`, { hint: "fetch it again" });

const diffIdMismatch = (expected: string, found: Digest): LayersError =>
  new LayersError("LAYER_DIGEST_MISMATCH", `the layer's archive is ${found}, not ${printable(expected)} as annotated`, {
    hint: "do not trust it; ask its author to rebuild it",
  });
