import type { Chunks } from "../storage.ts";
import { blockSize, formatPax, formatTarHeader, needsPax, type TarHeader } from "./tar-header.ts";

/** ArchiveFile is a file to be written into an archive. */
export interface ArchiveFile {
  readonly name: string;
  readonly size: number;
  open(): Chunks | Promise<Chunks>;
}

/**
 * archiveChunks is the tar of some files, in their order, with the directories they need; nothing in it depends on time, user or
 * machine. A file whose content is not as long as it says throws a plain Error: stores verify sizes.
 */
export async function* archiveChunks(files: readonly ArchiveFile[]): AsyncGenerator<Uint8Array, void, undefined> {
  const made = new Set<string>();
  for (const file of files) {
    for (const directory of directoriesOf(file.name)) {
      if (made.has(directory)) continue;
      made.add(directory);
      yield* headerOf({ name: directory, size: 0, type: "5" });
    }
    yield* headerOf({ name: file.name, size: file.size, type: "0" });
    let written = 0;
    for await (const chunk of await file.open()) {
      written += chunk.byteLength;
      yield chunk;
    }
    if (written !== file.size) throw new Error(`${file.name} has ${written} bytes instead of ${file.size}`);
    yield paddingOf(file.size);
  }
  yield Buffer.alloc(2 * blockSize);
}

function* headerOf(header: TarHeader): Generator<Uint8Array, void, undefined> {
  if (needsPax(header)) {
    const body = formatPax({ path: header.name, size: String(header.size) });
    const base = header.name.slice(header.name.lastIndexOf("/") + 1);
    yield formatTarHeader({ name: `PaxHeader/${base.slice(0, 80)}`, size: body.length, type: "x" });
    yield body;
    yield paddingOf(body.length);
  }
  yield formatTarHeader(header);
}

function directoriesOf(name: string): readonly string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, at) => `${parts.slice(0, at + 1).join("/")}/`);
}

const paddingOf = (size: number): Uint8Array => Buffer.alloc((blockSize - (size % blockSize)) % blockSize);
