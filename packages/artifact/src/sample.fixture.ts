import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalJson, packTree } from "@stax/layers";
import { bytesContent, type Descriptor, digestOf, type MemoryStore } from "@stax/oci";
import {
  type AgentConfig,
  annotations,
  artifactTypes,
  configMediaTypes,
  type FileTree,
  fileEntry,
  kindOf,
  type LayerName,
  sortTree,
} from "@stax/schema";
import { onTestFinished } from "vitest";
import { packArtifact, type StoredLayer } from "./index.ts";

export const adapter = {
  type: "claude-code",
  runtime: "claude-code",
  adapterVersion: "1.0.0",
  config: {},
  features: {},
};

export const agentConfig = (extra: object = {}): AgentConfig =>
  ({
    specVersion: "1.0.0",
    kind: "agent",
    name: "sample",
    version: "1.0.0",
    description: "A sample",
    adapter,
    ...extra,
  }) as AgentConfig; // tests also make configs that no type allows

export const treeOf = (files: Readonly<Record<string, string | Uint8Array>>): FileTree =>
  sortTree(Object.entries(files).map(([path, content]) => fileEntry(path, content)));

/** cacheDir makes a directory for unpacked layers that goes with the test. */
export function cacheDir(): string {
  const directory = mkdtempSync(join(tmpdir(), "stax-artifact-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** storeBytes stores a layer of any media type. */
export async function storeBytes(
  store: MemoryStore,
  mediaType: string,
  bytes: Uint8Array,
  extra: Readonly<Record<string, string>> = {},
): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
  await store.push(descriptor, bytesContent(bytes));
  return { ...descriptor, annotations: extra };
}

export async function jsonLayer(store: MemoryStore, name: LayerName, value: object): Promise<StoredLayer> {
  return { name, descriptor: await storeBytes(store, kindOf(name).mediaType, canonicalJson(value)) };
}

export async function treeLayer(
  store: MemoryStore,
  name: LayerName,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<StoredLayer> {
  const chunks: Uint8Array[] = [];
  const { diffId } = await packTree(treeOf(files), (chunk) => void chunks.push(chunk.slice()));
  return {
    name,
    descriptor: await storeBytes(store, kindOf(name).mediaType, Buffer.concat(chunks), {
      [annotations.diffId]: diffId,
    }),
  };
}

/** packed stores an agent with these layers under the tag `sample:1.0.0`. */
export async function packed(
  store: MemoryStore,
  layers: readonly StoredLayer[] = [],
  config = agentConfig(),
  persona?: string,
): Promise<Descriptor> {
  const descriptor = await packArtifact(store, { config, layers, created: "1970-01-01T00:00:00Z", persona });
  await store.tag(descriptor, "sample:1.0.0");
  return descriptor;
}

/** craft stores a manifest that packArtifact would never write. */
export async function craft(
  store: MemoryStore,
  change: { readonly config?: unknown; readonly layers?: readonly Descriptor[]; readonly manifest?: object },
): Promise<Descriptor> {
  const config = await storeBytes(
    store,
    configMediaTypes.agent,
    new TextEncoder().encode(JSON.stringify(change.config ?? agentConfig())),
  );
  const { annotations: _, ...configDescriptor } = config;
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    artifactType: artifactTypes.agent,
    config: configDescriptor,
    layers: change.layers ?? [],
    ...change.manifest,
  };
  return storeBytes(store, manifest.mediaType, canonicalJson(manifest));
}
