import { createHash, type Hash } from "node:crypto";
import { printable } from "@stax/errors";
import { compareBytes, type Digest, type FileEntry, type FileTree, sortTree } from "@stax/schema";
import { smallFile } from "../cached-entry.ts";
import { CredentialScan, type PlacedCredential } from "../credential-scan.ts";
import { LayersError } from "../error.ts";
import { openLent } from "../lending-entry.ts";
import { BlockPipe, type Sink } from "./block-pipe.ts";
import { checkPath, PathSet } from "./entry-path.ts";
import { type CompressorName, createCompressor } from "./gzip.ts";
import { blockSize, maxUstarSize, paxHeader, roundUp, writeHeader } from "./header.ts";
import { TextCheck } from "./text-check.ts";

/** PackedLayer is what packing a tree gives. */
export interface PackedLayer {
  /** Of the gzip bytes: the blob. */
  readonly digest: Digest;
  /** Of the blob, bytes. */
  readonly size: number;
  /** Of the uncompressed archive: the same for every compressor (decision A3). */
  readonly diffId: Digest;
  /** Of the uncompressed archive, bytes. */
  readonly uncompressedSize: number;
  /** Markdown and YAML files that are no valid UTF-8; their bytes are packed as they are. */
  readonly notUtf8: readonly string[];
  /** What looks like a credential in the first MiB of each file that is no binary one. */
  readonly credentials: readonly PlacedCredential[];
}

/** PackOptions tune how a tree is packed; none of them changes a byte. */
export interface PackOptions {
  readonly compressor?: CompressorName | undefined;
  /** Chooses the entries whose content digest is wanted. */
  readonly digestOf?: ((entry: FileEntry) => boolean) | undefined;
  readonly onDigest?: ((entry: FileEntry, digest: Digest) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * packTree writes a tree as a deterministic ustar archive in one gzip member (decisions A3–A6) to a sink, streaming. The order of the
 * entries does not matter. Throws LAYER_ENTRY_PATH, LAYER_ENTRY_DUPLICATE, SOURCE_CHANGED where content differs from its size.
 */
export async function packTree(tree: FileTree, sink: Sink, options: PackOptions = {}): Promise<PackedLayer> {
  const sorted = isSorted(tree) ? tree : sortTree(tree);
  checkTree(sorted);
  const compressor = await createCompressor(options.compressor);
  const pipe = new BlockPipe(compressor, sink);
  try {
    const writer = new TreeWriter(pipe, options);
    for (const entry of sorted) {
      options.signal?.throwIfAborted();
      await writer.writeEntry(entry);
    }
    await pipe.append(endOfArchive);
    const { plain, packed } = await pipe.finish();
    return {
      digest: `sha256:${packed}`,
      size: pipe.packedSize,
      diffId: `sha256:${plain}`,
      uncompressedSize: pipe.plainSize,
      notUtf8: writer.notUtf8,
      credentials: writer.credentials,
    };
  } catch (error) {
    await pipe.settle();
    throw error;
  } finally {
    compressor.destroy();
  }
}

const endOfArchive = new Uint8Array(2 * blockSize);
const padding = new Uint8Array(blockSize);

const isSorted = (tree: FileTree): boolean =>
  tree.every((entry, i) => i === 0 || compareBytes(tree[i - 1]?.path ?? "", entry.path) <= 0);

function checkTree(tree: FileTree): void {
  const paths = new PathSet();
  for (const { path } of tree) {
    checkPath(path);
    paths.addFile(path);
  }
}

class TreeWriter {
  readonly notUtf8: string[] = [];
  readonly credentials: PlacedCredential[] = [];
  readonly #pipe: BlockPipe;
  readonly #options: PackOptions;
  readonly #block = Buffer.alloc(blockSize);
  readonly #scratch = Buffer.allocUnsafe(smallFile);
  #directory = "";

  constructor(pipe: BlockPipe, options: PackOptions) {
    this.#pipe = pipe;
    this.#options = options;
  }

  /** writeEntry writes missing parent directories, the header, the content. Waits only when the pipe or a large file makes it. */
  async writeEntry(entry: FileEntry): Promise<void> {
    const { path, size, executable } = entry;
    for (const directory of this.#missingDirectories(path)) await this.#header("5", `${directory}/`, 0o755, 0);
    await this.#header("0", path, executable ? 0o755 : 0o644, size);
    const content = openLent(entry, this.#scratch);
    const watch = this.#watch(entry);
    let left = size;
    if (Symbol.iterator in content) {
      for (const piece of content) {
        left = this.#take(entry, piece, left, watch);
        const wait = this.#pipe.append(piece);
        if (wait !== undefined) await wait;
      }
    } else {
      for await (const piece of content) {
        this.#options.signal?.throwIfAborted();
        left = this.#take(entry, piece, left, watch);
        await this.#pipe.append(piece);
      }
    }
    if (left > 0) throw changed(entry, "is shorter than it was");
    await this.#pipe.append(padding.subarray(0, roundUp(size) - size));
    this.#finishWatch(entry, watch);
  }

  #take(entry: FileEntry, piece: Uint8Array, left: number, { hash, text, scan }: Watch): number {
    if (piece.length > left) throw changed(entry, "is longer than it was");
    hash?.update(piece);
    text?.push(piece);
    scan.push(piece);
    return left - piece.length;
  }

  #watch(entry: FileEntry): Watch {
    return {
      hash: this.#options.digestOf?.(entry) === true ? createHash("sha256") : undefined,
      text: TextCheck.for(entry.path),
      scan: new CredentialScan(entry),
    };
  }

  #finishWatch(entry: FileEntry, { hash, text, scan }: Watch): void {
    if (hash !== undefined) this.#options.onDigest?.(entry, `sha256:${hash.digest("hex")}`);
    if (text?.end() === false) this.notUtf8.push(entry.path);
    this.credentials.push(...scan.found);
  }

  // Paths come sorted, so the files of a directory come together and only the previous directory must be known.
  #missingDirectories(path: string): readonly string[] {
    const directory = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    if (directory === this.#directory) return [];
    const known = `${this.#directory}/`;
    this.#directory = directory;
    const missing: string[] = [];
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1))
      if (!known.startsWith(path.slice(0, end + 1))) missing.push(path.slice(0, end));
    return missing;
  }

  #header(type: "0" | "5", path: string, mode: number, size: number): Promise<void> | undefined {
    const bytes = Buffer.from(path);
    if (writeHeader(this.#block, { type, path: bytes, mode, size })) return this.#pipe.append(this.#block);
    return this.#longHeader(bytes, size);
  }

  async #longHeader(path: Buffer, size: number): Promise<void> {
    await this.#pipe.append(paxHeader(path, size > maxUstarSize ? size : undefined));
    await this.#pipe.append(this.#block);
  }
}

interface Watch {
  readonly hash: Hash | undefined;
  readonly text: TextCheck | undefined;
  readonly scan: CredentialScan;
}

const changed = (entry: FileEntry, how: string): LayersError =>
  new LayersError("SOURCE_CHANGED", `${printable(entry.path)} ${how} when the directory was read`, {
    hint: "run the command again when nothing writes to the file",
  });
