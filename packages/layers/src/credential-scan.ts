import { type FileEntry, findCredentials } from "@stax/schema";
import { openLent } from "./lending-entry.ts";

/** PlacedCredential is where a file holds what looks like a credential; never the value. */
export interface PlacedCredential {
  /** In the tree. */
  readonly path: string;
  readonly line: number;
  /** In characters, from 1. */
  readonly column: number;
  /** "a GitHub token". */
  readonly what: string;
}

/** What is searched of a file, bytes: nobody writes that much by hand, and a build must not wait for it. */
const searched = 1024 * 1024;
const notText =
  /\.(?:png|jpe?g|gif|webp|ico|pdf|zip|gz|tgz|xz|zst|woff2?|ttf|otf|mp[34]|mov|wasm|parquet|docx|xlsx|pptx)$/i;

/** CredentialScan searches the content of a file that goes by in pieces: its first MiB, unless it is binary. */
export class CredentialScan {
  readonly #entry: FileEntry;
  /** Only of files that come in several pieces. */
  #kept: Buffer[] = [];
  #left: number;
  #found: readonly PlacedCredential[] = [];

  constructor(entry: FileEntry) {
    this.#entry = entry;
    this.#left = notText.test(entry.path) ? 0 : Math.min(entry.size, searched);
  }

  /** wanted tells whether there is anything to search. */
  get wanted(): boolean {
    return this.#left > 0;
  }

  /** push takes the next piece, which may be lent, and tells whether more is wanted. */
  push(piece: Uint8Array): boolean {
    if (this.#left === 0) return false;
    const part = Buffer.from(piece.buffer, piece.byteOffset, Math.min(piece.length, this.#left));
    this.#left -= part.length;
    if (this.#kept.length === 0 && isBinary(part)) {
      this.#left = 0;
    } else if (this.#left > 0) {
      this.#kept.push(Buffer.from(part));
    } else {
      this.#found = credentialsOf(
        this.#entry.path,
        this.#kept.length === 0 ? part : Buffer.concat([...this.#kept, part]),
      );
      this.#kept = [];
    }
    return this.#left > 0;
  }

  /** found is known once push wants no more. */
  get found(): readonly PlacedCredential[] {
    return this.#found;
  }
}

const isBinary = (bytes: Buffer): boolean => bytes.subarray(0, 8192).includes(0);

/** credentialsOf is {@link credentialsIn} for the content of one file, all of it. */
export function credentialsOf(path: string, content: Uint8Array): readonly PlacedCredential[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  // One character for each byte: nothing to decode, and offsets are those of the bytes.
  return findCredentials(bytes.toString("latin1")).map(({ what, offset }) => {
    const start = bytes.lastIndexOf(10, offset) + 1;
    let line = 1;
    for (let at = bytes.indexOf(10); at >= 0 && at < offset; at = bytes.indexOf(10, at + 1)) line++;
    return { path, line, column: bytes.toString("utf8", start, offset).length + 1, what };
  });
}

/**
 * credentialsIn searches the files of a tree for what looks like a credential, each to its first MiB. Whoever packs the tree learns the same
 * from {@link packTree} without reading twice. Throws what the entries throw.
 */
export async function credentialsIn(
  tree: Iterable<FileEntry>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly PlacedCredential[]> {
  const found: PlacedCredential[] = [];
  const scratch = Buffer.allocUnsafe(searched);
  for (const entry of tree) {
    signal?.throwIfAborted();
    const scan = new CredentialScan(entry);
    if (!scan.wanted) continue;
    const content = openLent(entry, scratch);
    if (Symbol.iterator in content) {
      for (const piece of content) if (!scan.push(piece)) break;
    } else {
      for await (const piece of content) if (!scan.push(piece)) break;
    }
    found.push(...scan.found);
  }
  return found;
}
