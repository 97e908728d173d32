import { randomUUID } from "node:crypto";
import { copyFile, constants as fileConstants, link, rename, rm, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { algorithmOf, type Digest, type DigestAlgorithm, encodedOf, parseDigest } from "@stax/oci";
import type { BlobStorage, BlobUpload, ByteRange } from "../storage.ts";
import { codeOf, isRealDirectory, makeDirectory, openFile, sizeOfFile, syncDirectory } from "./regular-file.ts";
import { UploadFile } from "./upload-file.ts";

const readSize = 512 * 1024;

/** BlobFiles is the blobs of an image layout: one file a blob, named by its digest, complete from the moment it is visible. */
export class BlobFiles implements BlobStorage {
  readonly #root: string;
  readonly #temp: string;

  /** `root` is the directory of the layout. */
  constructor(root: string) {
    this.#root = root;
    this.#temp = join(root, ".tmp");
  }

  async sizeOf(digest: Digest): Promise<number | undefined> {
    return (await this.#isReady(digest)) ? sizeOfFile(this.#pathOf(digest)) : undefined;
  }

  async read(digest: Digest, range?: ByteRange): Promise<Readable | undefined> {
    const opened = (await this.#isReady(digest)) ? await openFile(this.#pathOf(digest)) : undefined;
    if (opened === undefined) return undefined;
    if (opened.size === 0) {
      await opened.handle.close();
      return Readable.from([], { objectMode: false });
    }
    return opened.handle.createReadStream({ ...(range ?? { start: 0 }), highWaterMark: readSize });
  }

  upload(algorithm: DigestAlgorithm = "sha256"): Promise<BlobUpload> {
    return UploadFile.create({ temp: this.#temp, prepare: (digest) => this.#prepare(digest) }, algorithm);
  }

  /** Blobs never change, so two repositories may share the file. */
  async adopt(digest: Digest, from: BlobStorage): Promise<boolean> {
    if (!(from instanceof BlobFiles) || (await from.sizeOf(digest)) === undefined) return false;
    if ((await this.sizeOf(digest)) !== undefined) return true;
    await makeDirectory(this.#temp);
    const temp = join(this.#temp, randomUUID());
    try {
      await linkOrCopy(from.#pathOf(digest), temp);
      const path = await this.#prepare(digest);
      await rename(temp, path);
      await syncDirectory(dirname(path));
      return true;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    } finally {
      // Renaming a link onto another link of the same file leaves it.
      await rm(temp, { force: true });
    }
  }

  async remove(digest: Digest): Promise<boolean> {
    if ((await this.sizeOf(digest)) === undefined) return false;
    return unlink(this.#pathOf(digest)).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) === "ENOENT") return false;
        throw error;
      },
    );
  }

  /** Only a well-formed digest ever becomes a path. */
  #pathOf(digest: Digest): string {
    return join(this.#directoryOf(digest), encodedOf(parseDigest(digest)));
  }

  #directoryOf(digest: Digest): string {
    return join(this.#root, "blobs", algorithmOf(parseDigest(digest)));
  }

  async #isReady(digest: Digest): Promise<boolean> {
    return (await isRealDirectory(join(this.#root, "blobs"))) && isRealDirectory(this.#directoryOf(digest));
  }

  async #prepare(digest: Digest): Promise<string> {
    await makeDirectory(join(this.#root, "blobs"));
    await makeDirectory(this.#directoryOf(digest));
    return this.#pathOf(digest);
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (error: unknown) => {
    if (codeOf(error) === "ENOENT") throw error;
    // Another file system, or one without hard links.
    await copyFile(from, to, fileConstants.COPYFILE_EXCL | fileConstants.COPYFILE_FICLONE);
  });
}
