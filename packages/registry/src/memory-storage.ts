import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  algorithmOf,
  assertBytes,
  type Chunks,
  type Content,
  type Descriptor,
  type Digest,
  digestOf,
  type Index,
  IndexedStore,
  mediaTypes,
  OciError,
} from "@stax/oci";
import { IndexedRepository, plainNames } from "./repository.ts";
import {
  type BlobStorage,
  type BlobUpload,
  type ByteRange,
  type RepositoryStorage,
  type Storage,
  UploadTooLong,
} from "./storage.ts";
import { createTurn } from "./turn.ts";

/** MemoryStorage keeps a registry in memory: for tests. */
export class MemoryStorage implements Storage {
  readonly #repositories = new Map<string, RepositoryStorage>();

  async find(name: string): Promise<RepositoryStorage | undefined> {
    return this.#repositories.get(name);
  }

  async open(name: string): Promise<RepositoryStorage> {
    const known = this.#repositories.get(name);
    if (known !== undefined) return known;
    const blobs = new MemoryBlobs();
    const store = new MemoryIndex(blobs);
    const repository = new IndexedRepository({ store, blobs, names: plainNames, ownsBlobs: true });
    this.#repositories.set(name, repository);
    return repository;
  }

  async names(): Promise<readonly string[]> {
    return [...this.#repositories.keys()];
  }
}

class MemoryBlobs implements BlobStorage {
  readonly bytes = new Map<Digest, Uint8Array>();

  async sizeOf(digest: Digest): Promise<number | undefined> {
    return this.bytes.get(digest)?.byteLength;
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable | undefined> {
    const bytes = this.bytes.get(digest);
    if (bytes === undefined) return undefined;
    const part = range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
    return Readable.from(piecesOf(part), { objectMode: false });
  }

  async upload(): Promise<BlobUpload> {
    return new MemoryUpload(this.bytes);
  }

  async adopt(digest: Digest, from: BlobStorage): Promise<boolean> {
    const bytes = from instanceof MemoryBlobs ? from.bytes.get(digest) : undefined;
    if (bytes !== undefined) this.bytes.set(digest, bytes);
    return bytes !== undefined;
  }

  async remove(digest: Digest): Promise<boolean> {
    return this.bytes.delete(digest);
  }
}

const pieceSize = 256 * 1024;

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
}

class MemoryUpload implements BlobUpload {
  readonly #blobs: Map<Digest, Uint8Array>;
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(blobs: Map<Digest, Uint8Array>) {
    this.#blobs = blobs;
  }

  get size(): number {
    return this.#size;
  }

  async append(chunks: Chunks, { limit = Number.POSITIVE_INFINITY }: { limit?: number } = {}): Promise<void> {
    const before = { size: this.#size, chunks: this.#chunks.length };
    for await (const chunk of chunks) {
      if (this.#size - before.size + chunk.byteLength > limit) {
        this.#chunks = this.#chunks.slice(0, before.chunks);
        this.#size = before.size;
        throw new UploadTooLong();
      }
      this.#chunks.push(Buffer.from(chunk));
      this.#size += chunk.byteLength;
    }
  }

  async commit(digest: Digest): Promise<boolean> {
    const hash = createHash(algorithmOf(digest));
    for (const chunk of this.#chunks) hash.update(chunk);
    const matches = `${algorithmOf(digest)}:${hash.digest("hex")}` === digest;
    if (matches) this.#blobs.set(digest, Buffer.concat(this.#chunks));
    await this.discard();
    return matches;
  }

  async discard(): Promise<void> {
    this.#chunks = [];
  }
}

/** The index of a repository in memory; its blobs are those that the registry stores. */
class MemoryIndex extends IndexedStore {
  readonly place: string = "the memory of the registry";
  readonly #blobs: MemoryBlobs;
  readonly #turn = createTurn();
  #index: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };

  constructor(blobs: MemoryBlobs) {
    super();
    this.#blobs = blobs;
  }

  async fetch(target: Descriptor): Promise<Readable> {
    const bytes = this.#blobs.bytes.get(target.digest);
    if (bytes === undefined) throw new OciError("BLOB_NOT_FOUND", `${this.place} does not hold ${target.digest}`);
    assertBytes(bytes, target, { origin: this.place });
    return Readable.from(piecesOf(bytes), { objectMode: false });
  }

  async ingest(content: Content, mediaType: string): Promise<Descriptor> {
    const upload = new MemoryUpload(this.#blobs.bytes);
    const chunks: Uint8Array[] = [];
    for await (const chunk of await content.open()) chunks.push(Buffer.from(chunk));
    const bytes = Buffer.concat(chunks);
    await upload.append([bytes]);
    await upload.commit(digestOf(bytes));
    return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
  }

  protected async store(expected: Descriptor, content: Content): Promise<void> {
    const upload = new MemoryUpload(this.#blobs.bytes);
    await upload.append(await content.open(), { limit: expected.size });
    if (await upload.commit(expected.digest)) return;
    throw new OciError("DIGEST_MISMATCH", `the bytes are not ${expected.digest}`);
  }

  protected async sizeOf(digest: Digest): Promise<number | undefined> {
    return this.#blobs.sizeOf(digest);
  }

  protected async loadIndex(): Promise<Index> {
    return this.#index;
  }

  protected changeIndex(change: (index: Index) => Promise<Index>): Promise<void> {
    return this.#turn(async () => {
      this.#index = await change(this.#index);
    });
  }
}
