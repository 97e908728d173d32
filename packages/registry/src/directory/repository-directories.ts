import { type Dirent, realpathSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRepositoryName, LayoutStore } from "@stax/oci";
import { IndexedRepository, plainNames } from "../repository.ts";
import { NameReserved, type RepositoryStorage, type Storage } from "../storage.ts";
import { BlobFiles } from "./blob-files.ts";
import { codeOf, isRealDirectory, makeDirectory, sizeOfFile, syncDirectory } from "./regular-file.ts";

/** The files of a layout; a repository below another one must not be called so. */
const reserved: ReadonlySet<string> = new Set(["blobs", "index.json", "index.json.lock", "oci-layout"]);

/** RepositoryDirectories keeps one image layout a repository: `team/agent` is the layout in `<root>/team/agent`. */
export class RepositoryDirectories implements Storage {
  readonly #root: string;
  readonly #open = new Map<string, Promise<RepositoryStorage>>();

  /** `root` exists. */
  constructor(root: string) {
    this.#root = realpathSync(root);
  }

  async find(name: string): Promise<RepositoryStorage | undefined> {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    return (await this.#isLayout(name)) ? this.#load(name) : undefined;
  }

  async open(name: string): Promise<RepositoryStorage> {
    const flaw = name.split("/").find((part) => reserved.has(part));
    if (flaw !== undefined) throw new NameReserved(`"${flaw}" is the name of a file of an image layout`);
    return this.#open.get(name) ?? this.#load(name);
  }

  async names(): Promise<readonly string[]> {
    const found: string[] = [];
    await this.#collect("", found);
    return found;
  }

  #load(name: string): Promise<RepositoryStorage> {
    const loading = this.#make(name);
    this.#open.set(name, loading);
    loading.catch(() => this.#open.delete(name));
    return loading;
  }

  async #make(name: string): Promise<RepositoryStorage> {
    const path = await this.#makeDirectories(name);
    await createLayout(path);
    const store = await LayoutStore.open(path);
    return new IndexedRepository({ store, blobs: new BlobFiles(path), names: plainNames, ownsBlobs: true });
  }

  /** One by one, so that none of them is a link that leads out. */
  async #makeDirectories(name: string): Promise<string> {
    let path = this.#root;
    for (const part of name.split("/")) {
      path = join(path, part);
      await makeDirectory(path);
    }
    return path;
  }

  async #isLayout(name: string): Promise<boolean> {
    const parts = name.split("/");
    if (parts.some((part) => reserved.has(part))) return false;
    let path = this.#root;
    for (const part of parts) {
      path = join(path, part);
      if (!(await isRealDirectory(path))) return false;
    }
    return (await sizeOfFile(join(path, "oci-layout"))) !== undefined;
  }

  async #collect(prefix: string, found: string[]): Promise<void> {
    for (const entry of await this.#list(prefix)) {
      const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
      if (!entry.isDirectory() || reserved.has(entry.name) || name.length > 255 || !isRepositoryName(name)) continue;
      if (await this.#isLayout(name)) found.push(name);
      await this.#collect(name, found);
    }
  }

  async #list(prefix: string): Promise<readonly Dirent[]> {
    return readdir(join(this.#root, prefix), { withFileTypes: true }).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return [];
      throw error;
    });
  }
}

/** Makes an empty layout where there is none; other repositories may already be below it. The marker comes last. */
async function createLayout(path: string): Promise<void> {
  if ((await sizeOfFile(join(path, "oci-layout"))) !== undefined) return;
  await makeDirectory(join(path, "blobs"));
  await writeNew(
    join(path, "index.json"),
    '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
  );
  await writeNew(join(path, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  await syncDirectory(path);
}

async function writeNew(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: "wx", flush: true }).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
}
