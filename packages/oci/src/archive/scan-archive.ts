import type { FileHandle } from "node:fs/promises";
import { type Digest, isDigest } from "../digest.ts";
import { OciError } from "../error.ts";
import { blockSize, isZeroBlock, parsePax, parseTarHeader, type TarHeader } from "./tar-header.ts";

/** Member is where the content of a file starts in an archive, and its size, in bytes. */
export interface Member {
  readonly offset: number;
  readonly size: number;
}

/** ArchiveMembers are the files of a layout in an archive; other files in it are none of ours. */
export interface ArchiveMembers {
  readonly marker: Member | undefined;
  readonly index: Member | undefined;
  readonly blobs: ReadonlyMap<Digest, Member>;
}

const maxMembers = 500_000;
const maxMetadata = 1024 * 1024;
const windowSize = 64 * 1024;

/**
 * scanArchive finds the files of a layout in a tar by reading its headers only. What two readers could see differently is refused:
 * a name twice, links in the place of files, names with `..`, bad checksums, a cut-off end. Throws `ARCHIVE_INVALID`.
 */
export async function scanArchive(handle: FileHandle, size: number, path: string): Promise<ArchiveMembers> {
  try {
    return await new Scanner(handle, size).scan();
  } catch (cause) {
    if (cause instanceof OciError || !(cause instanceof Error) || "code" in cause) throw cause;
    throw new OciError("ARCHIVE_INVALID", `${path} is no archive of an OCI layout: ${cause.message}`, {
      hint: "an oci-archive is an uncompressed tar of an OCI image layout",
      cause,
    });
  }
}

class Scanner {
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #found = new Map<string, Member>();
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  async scan(): Promise<ArchiveMembers> {
    let pax: ReadonlyMap<string, string> = new Map();
    let longName: string | undefined;
    let count = 0;
    assertUncompressed(await readFully(this.#handle, 0, Math.min(4, this.#size)));
    for (let at = 0; ; ) {
      const block = await this.#blockAt(at);
      if (block === undefined || isZeroBlock(block)) {
        await this.#assertEnd(at, block);
        return this.#members();
      }
      if (++count > maxMembers) throw new Error(`it has more than ${maxMembers} files`);
      const header = withExtensions(parseTarHeader(block), pax, longName);
      const offset = at + blockSize;
      if (offset + header.size > this.#size) throw new Error(`it is cut off in ${header.name}`);
      if (header.type === "x") pax = parsePax(await this.#metadata(offset, header.size));
      else if (header.type === "g") assertHarmless(parsePax(await this.#metadata(offset, header.size)));
      else if (header.type === "L") longName = textOf(await this.#metadata(offset, header.size));
      else if (header.type !== "K") {
        this.#add(header, offset, pax);
        pax = new Map();
        longName = undefined;
      }
      at = offset + Math.ceil(header.size / blockSize) * blockSize;
    }
  }

  #add({ name, size, type }: TarHeader, offset: number, pax: ReadonlyMap<string, string>): void {
    const path = plainPath(name);
    if (!isLayoutPath(path)) return;
    if (type === "5" && isLayoutDirectory(path)) return;
    if (type !== "0" || isLayoutDirectory(path) || isSparse(pax)) throw new Error(`${path} is no plain file in it`);
    if (this.#found.has(path)) throw new Error(`it holds ${path} twice`);
    this.#found.set(path, { offset, size });
  }

  #members(): ArchiveMembers {
    const blobs = new Map<Digest, Member>();
    for (const [path, member] of this.#found) {
      const digest = path.startsWith("blobs/") ? path.slice("blobs/".length).replace("/", ":") : "";
      if (isDigest(digest)) blobs.set(digest, member);
    }
    return { marker: this.#found.get("oci-layout"), index: this.#found.get("index.json"), blobs };
  }

  async #blockAt(at: number): Promise<Buffer | undefined> {
    if (at + blockSize > this.#size) return undefined;
    if (at < this.#windowStart || at + blockSize > this.#windowStart + this.#window.length) {
      this.#window = await readFully(this.#handle, at, Math.min(windowSize, this.#size - at));
      this.#windowStart = at;
    }
    return this.#window.subarray(at - this.#windowStart, at - this.#windowStart + blockSize);
  }

  async #metadata(offset: number, size: number): Promise<Buffer> {
    if (size > maxMetadata) throw new Error(`it has ${size} bytes of metadata for one file`);
    return readFully(this.#handle, offset, size);
  }

  /** One zero block followed by something else is an end to some readers and not to others. */
  async #assertEnd(at: number, block: Buffer | undefined): Promise<void> {
    if (block === undefined && this.#size % blockSize !== 0) throw new Error("it is cut off");
    const next = block === undefined ? undefined : await this.#blockAt(at + blockSize);
    if (next !== undefined && !isZeroBlock(next)) throw new Error("it goes on after its end");
  }
}

/** A pax header sizes the next file, never a header in between (CVE-2026-53655). */
function withExtensions(header: TarHeader, pax: ReadonlyMap<string, string>, longName: string | undefined): TarHeader {
  const size = pax.get("size");
  if (size !== undefined && (!/^[0-9]{1,16}$/.test(size) || !Number.isSafeInteger(Number(size)))) {
    throw new Error("a pax header has an impossible size");
  }
  const path = pax.get("path");
  if (path !== undefined && longName !== undefined) throw new Error("a pax header and a GNU header name the same file");
  const name = path ?? longName ?? header.name;
  return { ...header, name, size: size === undefined || header.type !== "0" ? header.size : Number(size) };
}

/** A global header that renames or resizes every file would make this scan wrong. */
function assertHarmless(records: ReadonlyMap<string, string>): void {
  for (const key of records.keys()) {
    if (key === "path" || key === "size" || key.startsWith("GNU.sparse")) {
      throw new Error(`a global pax header sets ${key}`);
    }
  }
}

const isSparse = (pax: ReadonlyMap<string, string>): boolean =>
  [...pax.keys()].some((key) => key.startsWith("GNU.sparse"));

function plainPath(name: string): string {
  const parts = name.split("/");
  if (name.startsWith("/") || parts.includes("..")) throw new Error(`it holds the name ${name.slice(0, 200)}`);
  return parts.filter((part) => part !== "" && part !== ".").join("/");
}

const isLayoutDirectory = (path: string): boolean => /^blobs(?:\/[^/]+)?$/.test(path);

const isLayoutPath = (path: string): boolean => /^(?:oci-layout|index\.json|blobs(?:\/.*)?)$/s.test(path);

function textOf(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString("utf8", 0, end < 0 ? body.length : end);
}

function assertUncompressed(start: Buffer): void {
  const magic = start.toString("hex");
  const name = magic.startsWith("1f8b")
    ? "gzip"
    : magic === "28b52ffd"
      ? "zstd"
      : magic === "fd377a58"
        ? "xz"
        : undefined;
  if (name !== undefined) throw new Error(`it is compressed with ${name}`);
}

/** readFully reads exactly `length` bytes. Throws a plain Error when the file is shorter. */
async function readFully(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await handle.read(buffer, at, length - at, start + at);
    if (bytesRead === 0) throw new Error("it is cut off");
    at += bytesRead;
  }
  return buffer;
}

/** readMember reads a small file of an archive. Throws a plain Error above `limit` bytes. */
export async function readMember(handle: FileHandle, { offset, size }: Member, limit: number): Promise<Uint8Array> {
  if (size > limit) throw new Error(`a file in it has ${size} bytes; the limit is ${limit}`);
  return readFully(handle, offset, size);
}
