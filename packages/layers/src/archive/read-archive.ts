import { createHash } from "node:crypto";
import { type Digest, type FileEntry, type FileTree, sortTree } from "@stax/schema";
import { sha256Of } from "../digest.ts";
import { type ByteSource, gunzip } from "./gunzip.ts";
import { Budget, type ReadLimits } from "./limits.ts";
import { ArchiveScanner, type ScannedFile } from "./scan-archive.ts";

/** ReadOptions bound and stop the reading of a layer. */
export interface ReadOptions extends ReadLimits {
  readonly signal?: AbortSignal | undefined;
  /** Paths may start at `./`, as those of archives that others make do; those of layers may not. */
  readonly mayStartHere?: boolean | undefined;
}

/** ReadArchive is a layer unpacked into memory. */
export interface ReadArchive {
  /** With the digest of each entry. */
  readonly tree: FileTree;
  readonly diffId: Digest;
  /** Of the archive, bytes. */
  readonly uncompressedSize: number;
}

/** Largest layer that is unpacked into memory unless told, bytes. */
const memoryLimit = 64 * 1024 * 1024;

/**
 * readArchive unpacks a tar+gzip layer into memory: for small layers and for data at hand; {@link openLayer} holds nothing in memory.
 * Files may sum up to 64 MiB unless told. Throws the LAYER_… errors of malformed, hostile or too large content.
 */
export async function readArchive(source: ByteSource, options: ReadOptions = {}): Promise<ReadArchive> {
  const entries: FileEntry[] = [];
  const whole = createHash("sha256");
  let current: { readonly file: ScannedFile; readonly content: Buffer } | undefined;
  let filled = 0;
  const visitor = {
    file(file: ScannedFile) {
      current = { file, content: Buffer.alloc(file.size) };
      filled = 0;
    },
    data(piece: Uint8Array) {
      current?.content.set(piece, filled);
      filled += piece.length;
    },
    end() {
      if (current !== undefined) entries.push(entryOf(current.file, current.content));
    },
  };
  const size = await scanLayer(source, visitor, { maxSize: memoryLimit, ...options }, (piece) => {
    whole.update(piece);
  });
  return { tree: sortTree(entries), diffId: `sha256:${whole.digest("hex")}`, uncompressedSize: size };
}

function entryOf({ path, size, executable }: ScannedFile, content: Buffer): FileEntry {
  return { path, size, executable, digest: sha256Of(content), open: () => [content] };
}

/** scanLayer unpacks a layer piece by piece for a visitor and gives the size of the archive. `each` sees every piece first. */
export async function scanLayer(
  source: ByteSource,
  visitor: ConstructorParameters<typeof ArchiveScanner>[0],
  options: ReadOptions,
  each: (piece: Uint8Array) => void | Promise<void>,
): Promise<number> {
  const budget = new Budget(options);
  const scanner = new ArchiveScanner(visitor, budget, options.mayStartHere);
  let size = 0;
  for await (const piece of gunzip(source, budget)) {
    options.signal?.throwIfAborted();
    // Judged before it is stored.
    scanner.push(piece);
    const wait = each(piece);
    if (wait !== undefined) await wait;
    size += piece.length;
  }
  scanner.finish();
  return size;
}
