/** Digest of content, `sha256:` and 64 lower-case hex digits (or `sha512:` and 128). */
export type Digest = `${"sha256" | "sha512"}:${string}`;

/**
 * FileEntry is one file of a layer, lazily: a layer may hold 500 MB and nothing may hold it in memory.
 * `path` is relative, `/`-separated, without `.` or `..` segments.
 */
export interface FileEntry {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly executable: boolean;
  /** Of the content, where it is known without reading it (entries of a decoded layer). */
  readonly digest?: Digest | undefined;
  /**
   * open reads the content from the start, each time it is called. Files of up to 256 KiB come whole and synchronously; larger ones
   * come in pieces that are lent until the next step: copy what you keep.
   */
  open(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** FileTree is the files of a layer, sorted by the UTF-8 bytes of `path`. Directories are implied. */
export type FileTree = readonly FileEntry[];

/** fileEntry makes an entry of content that is in memory. */
export function fileEntry(
  path: string,
  content: string | Uint8Array,
  options: { executable?: boolean } = {},
): FileEntry {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { path, size: bytes.byteLength, executable: options.executable ?? false, open: () => [bytes] };
}

/** readEntry reads a whole file. Throws a RangeError where it holds more than `limit` bytes: only small files may be read whole. */
export async function readEntry(entry: FileEntry, limit: number): Promise<Uint8Array> {
  if (entry.size > limit) throw new RangeError(`${entry.path} holds ${entry.size} bytes, more than ${limit}`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of entry.open()) {
    size += piece.byteLength;
    if (size > limit) throw new RangeError(`${entry.path} holds more than ${limit} bytes`);
    // A Buffer's slice would share the memory of a piece that is only lent.
    pieces.push(Uint8Array.from(piece));
  }
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : concatenate(pieces, size);
}

function concatenate(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.byteLength;
  }
  return whole;
}

/** compareBytes orders two strings by their UTF-8 bytes (JavaScript's own order is by UTF-16 code units and differs above U+FFFF). */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates (code points from U+10000) come after U+E000–U+FFFF in UTF-8, before them in UTF-16.
    return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

/** sortTree sorts entries by the UTF-8 bytes of their paths. */
export function sortTree(entries: Iterable<FileEntry>): FileTree {
  return [...entries].sort((a, b) => compareBytes(a.path, b.path));
}
