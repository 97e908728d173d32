import type { Readable } from "node:stream";
import type { Chunks, Descriptor, Digest } from "@stax/oci";

/** ByteRange is a part of a blob; both ends inclusive, in bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** BlobUpload is a blob on its way: bytes are appended, then it is committed under its digest or discarded. */
export interface BlobUpload {
  /** Bytes received so far. */
  readonly size: number;
  /** Appends chunks, which are kept until they are written; those that arrived before a failure stay. Throws `UploadTooLong` once more than `limit` bytes came, and forgets all of this call. */
  append(chunks: Chunks, options?: { readonly limit?: number | undefined; readonly digest?: Digest }): Promise<void>;
  /** Makes the bytes visible under their digest; false, and nothing is stored, when they have another one. */
  commit(digest: Digest): Promise<boolean>;
  /** Forgets everything. */
  discard(): Promise<void>;
}

/** BlobStorage is the blobs of one repository. Whatever is visible is complete. */
export interface BlobStorage {
  /** Size in bytes; undefined where there is no such blob. */
  sizeOf(digest: Digest): Promise<number | undefined>;
  /** Opens a blob or a part of it; undefined where there is none. The bytes are as stored: whoever pulls them holds them against the digest. */
  read(digest: Digest, range?: ByteRange): Promise<Readable | undefined>;
  /** Starts an upload; the algorithm is that of the digest it is expected to have. */
  upload(algorithm?: "sha256" | "sha512"): Promise<BlobUpload>;
  /** Takes a blob over from another repository of the same storage; false when it is not there. */
  adopt(digest: Digest, from: BlobStorage): Promise<boolean>;
  /** False when there was none. */
  remove(digest: Digest): Promise<boolean>;
}

/** Condition judges what a tag points to before it is moved; it throws to stop. */
export type Condition = (current: Descriptor | undefined) => void;

/** StoredManifest is a manifest to be stored: its exact bytes, and where to find it. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly tags: readonly string[];
}

/** RepositoryStorage is one repository: blobs, manifests by tag and digest, referrers. */
export interface RepositoryStorage {
  readonly blobs: BlobStorage;
  /** False where blobs belong to several repositories at once and are removed by pruning only. */
  readonly ownsBlobs: boolean;
  /** Descriptor of the manifest of a tag or digest; undefined where there is none. */
  resolve(reference: string): Promise<Descriptor | undefined>;
  /** Stores a manifest and moves its tags to it; without tags it is found by its digest. The condition is judged for its first tag, or its digest. */
  put(manifest: StoredManifest, condition?: Condition): Promise<void>;
  /** The manifest stays and is found by its digest. False when there was no such tag. */
  removeTag(tag: string): Promise<boolean>;
  /** Removes a manifest with its tags. False when there was none, `shared` when other manifests are made of it. */
  removeManifest(digest: Digest): Promise<boolean | "shared">;
  /** Every tag, in no order. */
  tags(): Promise<readonly string[]>;
  /** Manifests whose subject is `subject`, sorted by digest. */
  referrers(subject: Digest): Promise<readonly Descriptor[]>;
}

/** Storage is what a registry stands on: repositories by name. Names have been checked against the specification's grammar. */
export interface Storage {
  /** The repository of this name; undefined where there is none. */
  find(name: string): Promise<RepositoryStorage | undefined>;
  /** The repository of this name, made if need be. Throws `NameReserved`. */
  open(name: string): Promise<RepositoryStorage>;
  /** The name of every repository, in no order. */
  names(): Promise<readonly string[]>;
}

/** UploadTooLong says that a chunk had more bytes than announced. */
export class UploadTooLong extends Error {}

/** NameReserved says that a storage cannot hold a repository of this name. */
export class NameReserved extends Error {}
