import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bytesContent,
  type Descriptor,
  digestOf,
  emptyBytes,
  emptyDescriptor,
  type Manifest,
  mediaTypes,
  type Pusher,
  parseDigest,
} from "./index.ts";

/** withDirectory runs work in a fresh directory that is removed afterwards. */
export async function withDirectory<T>(work: (path: string) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), "oci-"));
  try {
    return await work(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export const describeBytes = (bytes: Uint8Array, mediaType = "text/plain"): Descriptor => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.byteLength,
});

export async function pushBytes(store: Pusher, bytes: Uint8Array, mediaType?: string): Promise<Descriptor> {
  const descriptor = describeBytes(bytes, mediaType);
  await store.push(descriptor, bytesContent(bytes));
  return descriptor;
}

export async function pushJson(store: Pusher, value: unknown, mediaType: string): Promise<Descriptor> {
  return pushBytes(store, text(JSON.stringify(value)), mediaType);
}

export interface SampleOptions extends Partial<Pick<Manifest, "subject" | "artifactType" | "annotations">> {
  readonly layers?: readonly string[];
}

/** pushArtifact stores a manifest with text layers and returns its descriptor. */
export async function pushArtifact(store: Pusher, name: string, options: SampleOptions = {}): Promise<Descriptor> {
  const { layers: texts = [`layer of ${name}`], ...rest } = options;
  const layers: Descriptor[] = [];
  for (const layer of texts) layers.push(await pushBytes(store, text(layer)));
  await store.push(emptyDescriptor, bytesContent(emptyBytes));
  const artifactType = `application/vnd.test.${name.replaceAll(/[^a-z]/g, "")}`;
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: emptyDescriptor,
    layers,
    ...rest,
  };
  return { ...(await pushJson(store, manifest, mediaTypes.manifest)), artifactType };
}

export async function pushIndex(store: Pusher, manifests: readonly Descriptor[]): Promise<Descriptor> {
  return pushJson(store, { schemaVersion: 2, mediaType: mediaTypes.index, manifests }, mediaTypes.index);
}

/** absent is a well-formed descriptor of content that nobody has. */
export const absent: Descriptor = {
  mediaType: mediaTypes.manifest,
  digest: parseDigest(`sha256:${"0".repeat(64)}`),
  size: 3,
};
