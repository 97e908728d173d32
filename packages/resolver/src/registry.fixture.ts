import { packArtifact, type StoredLayer } from "@stax/artifact";
import { canonicalJson, packTree } from "@stax/layers";
import {
  bytesContent,
  type Descriptor,
  type Digest,
  digestOf,
  formatRepositoryName,
  MemoryStore,
  OciError,
  parseReference,
  type RepositoryName,
  type StorageOptions,
} from "@stax/oci";
import { annotations, type Config, fileEntry, kindOf, type LayerName, sortTree, specVersion } from "@stax/schema";
import type { PackageDeclaration, PackageSource } from "./index.ts";

type Files = Readonly<Record<string, string>>;

/** Content of a published package: documents by layer, trees as files. */
export interface Content {
  readonly name?: string;
  readonly version?: string;
  readonly packages?: readonly string[];
  readonly layers?: { readonly [Name in LayerName]?: object };
  readonly config?: object;
  readonly manifest?: Readonly<Record<string, string>>;
}

const trees: ReadonlySet<string> = new Set(["rules", "skills", "knowledge", "surfaces", "instructionTree", "memory"]);

/** storeArtifact stores an artifact with these layers and returns its descriptor. */
export async function storeArtifact(
  store: MemoryStore,
  config: object,
  layers: Content["layers"] = {},
): Promise<Descriptor> {
  const stored = Object.entries(layers).map(([name, value]) => storeLayer(store, name as LayerName, value));
  return packArtifact(store, {
    config: { specVersion, ...config } as Config, // tests also make configs that no type allows
    layers: await Promise.all(stored),
    created: "1970-01-01T00:00:00Z",
  });
}

async function storeLayer(store: MemoryStore, name: LayerName, value: object): Promise<StoredLayer> {
  const { mediaType } = kindOf(name);
  const push = async (bytes: Uint8Array, extra: Readonly<Record<string, string>> = {}): Promise<StoredLayer> => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    await store.push(descriptor, bytesContent(bytes));
    return { name, descriptor: { ...descriptor, annotations: extra } };
  };
  if (!trees.has(name)) return push(canonicalJson({ specVersion, ...value }));
  const chunks: Uint8Array[] = [];
  const tree = sortTree(Object.entries(value as Files).map(([path, text]) => fileEntry(path, text)));
  const { diffId } = await packTree(tree, (chunk) => void chunks.push(chunk.slice()));
  return push(Buffer.concat(chunks), { [annotations.diffId]: diffId });
}

/** TestRegistry is repositories in memory that count what is asked of them. */
export class TestRegistry {
  readonly stores = new Map<string, MemoryStore>();
  /** `manifest <repository> <selector>`, `blob <repository> <digest>`, `tags <repository>`, `resolve <repository> <tag>`. */
  readonly requests: string[] = [];
  /** Runs before each request is answered. */
  before: (request: string) => Promise<void> | void = () => undefined;

  readonly open = (name: RepositoryName): PackageSource => {
    const text = formatRepositoryName(name);
    const ask = async (request: string): Promise<MemoryStore> => {
      this.requests.push(request);
      await this.before(request);
      const store = this.stores.get(text);
      if (store === undefined)
        throw new OciError("REPOSITORY_NOT_FOUND", `there is no ${text}`, { category: "registry" });
      return store;
    };
    return {
      fetch: async (target, options) => (await ask(`blob ${text} ${target.digest}`)).fetch(target, options),
      exists: async (target) => (await ask(`blob ${text} ${target.digest}`)).exists(target),
      resolve: async (reference, options) => (await ask(`resolve ${text} ${reference}`)).resolve(reference, options),
      tags: async () => (await ask(`tags ${text}`)).tags(),
      fetchReference: async (reference: string, options?: StorageOptions) => {
        const store = await ask(`manifest ${text} ${reference}`);
        const descriptor = await store.resolve(reference, options);
        return { descriptor, content: await store.fetch(descriptor, options) };
      },
    };
  };

  store(repository: string): MemoryStore {
    const store = this.stores.get(repository) ?? new MemoryStore();
    this.stores.set(repository, store);
    return store;
  }

  /** publish stores a package under `registry/repository:tag` and moves the tag there. */
  async publish(reference: string, content: Content = {}): Promise<Digest> {
    const { tag = "", ...name } = parseReference(reference);
    const store = this.store(formatRepositoryName(name));
    const {
      name: own = name.repository.split("/").at(-1) ?? "",
      version = /^\d+\.\d+\.\d+/.test(tag) ? tag.replace("_", "+") : "1.0.0",
      packages,
      layers = {},
      config = {},
    } = content;
    const descriptor = await storeArtifact(
      store,
      { kind: "package", name: own, version, ...(packages === undefined ? {} : { packages }), ...config },
      layers,
    );
    await store.tag(descriptor, tag);
    return descriptor.digest;
  }
}

/** declared makes the entries of a `packages` list of a definition. */
export const declared = (...references: readonly string[]): readonly PackageDeclaration[] =>
  references.map((reference) =>
    reference.startsWith(".") ? { declared: reference, path: reference } : { declared: reference },
  );
