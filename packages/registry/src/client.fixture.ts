import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Descriptor, type Digest, type DigestAlgorithm, digestOf, LayoutStore, mediaTypes } from "@stax/oci";
import { openDirectory } from "./directory/open-directory.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { createRegistry, type RegistryOptions } from "./registry.ts";
import type { Storage } from "./storage.ts";

/** Answer is what a request got. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sending says what a request carries. */
export interface Sending {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array | string | readonly Uint8Array[];
}

/** Client sends requests to one server, byte for byte as told. */
export interface Client {
  (method: string, path: string, sending?: Sending): Promise<Answer>;
  readonly url: string;
}

/** clientOf makes a {@link Client}. A body of several chunks goes without a length. */
export function clientOf(url: string): Client {
  const send = (method: string, path: string, { headers = {}, body }: Sending = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const whole = typeof body === "string" || body instanceof Uint8Array ? Buffer.from(body) : undefined;
      const length = whole === undefined ? {} : { "Content-Length": whole.byteLength };
      const { hostname, port } = new URL(url);
      const outgoing = request({ hostname, port, method, path, headers: { ...length, ...headers } }, (incoming) => {
        const chunks: Uint8Array[] = [];
        incoming.on("data", (chunk: Uint8Array) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks) }),
        );
      });
      outgoing.on("error", reject);
      if (whole === undefined && Array.isArray(body)) for (const chunk of body) outgoing.write(chunk);
      outgoing.end(whole);
    });
  return Object.assign(send, { url });
}

/** json reads an answer's body. */
export function json(answer: Answer): unknown {
  return JSON.parse(answer.body.toString());
}

/** codesOf lists the error codes of an answer. */
export function codesOf(answer: Answer): readonly string[] {
  // The body is our own server's; what it lacks fails the assertion.
  const { errors } = json(answer) as { errors: { code: string }[] };
  return errors.map(({ code }) => code);
}

/** Backends are the storages that every test of the protocol runs over. */
export type Backend = "memory" | "a directory" | "a shared layout";

/** backends lists them. */
export const backends: readonly Backend[] = ["memory", "a directory", "a shared layout"];

/** Served is a running registry of a test. */
export interface Served extends AsyncDisposable {
  readonly client: Client;
  readonly storage: Storage;
  /** The directory, unless it is in memory. */
  readonly root: string;
}

/** serve starts a registry over a new storage. */
export async function serve(backend: Backend, options: Partial<RegistryOptions> = {}): Promise<Served> {
  const root = await mkdtemp(join(tmpdir(), "stax-registry-"));
  if (backend === "a shared layout") await LayoutStore.open(root, { create: true });
  const storage = options.storage ?? (backend === "memory" ? new MemoryStorage() : await openDirectory(root));
  const running = await createRegistry({ ...options, storage }).listen({ closeTimeout: 200 });
  return {
    client: clientOf(running.url),
    storage,
    root,
    async [Symbol.asyncDispose]() {
      await running.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Blob is content with its digest. */
export interface Blob {
  readonly bytes: Buffer;
  readonly digest: Digest;
}

/** blobOf names bytes; random ones when given a size. */
export function blobOf(content: number | string, algorithm: DigestAlgorithm = "sha256"): Blob {
  const bytes = typeof content === "number" ? randomBytes(content) : Buffer.from(content);
  return { bytes, digest: digestOf(bytes, algorithm) };
}

/** pushBlob stores a blob by POST and PUT. */
export async function pushBlob(client: Client, name: string, { bytes, digest }: Blob): Promise<Answer> {
  const { headers } = await client("POST", `/v2/${name}/blobs/uploads/`);
  return client("PUT", `${headers.location}?digest=${digest}`, { body: bytes });
}

/** descriptorOf describes a blob. */
export function descriptorOf({ bytes, digest }: Blob, mediaType = "application/octet-stream"): Descriptor {
  return { mediaType, digest, size: bytes.byteLength };
}

/** ManifestContent is what a test's manifest is made of. */
export interface ManifestContent {
  readonly config: Blob;
  readonly layers?: readonly Blob[];
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly algorithm?: DigestAlgorithm;
}

/** manifestOf writes an image manifest. */
export function manifestOf({ config, layers = [], extra = {}, algorithm }: ManifestContent): Blob {
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptorOf(config, mediaTypes.config),
    layers: layers.map((layer) => descriptorOf(layer)),
    ...extra,
  };
  return blobOf(JSON.stringify(document), algorithm);
}

/** indexOf writes an index of manifests. */
export function indexOf(
  manifests: readonly Blob[],
  extra: Readonly<Record<string, unknown>> = {},
  algorithm?: DigestAlgorithm,
): Blob {
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: manifests.map((manifest) => descriptorOf(manifest, mediaTypes.manifest)),
    ...extra,
  };
  return blobOf(JSON.stringify(document), algorithm);
}

/** pushManifest stores a manifest or index under a tag or digest. */
export function pushManifest(
  client: Client,
  name: string,
  manifest: Blob,
  reference: string = manifest.digest,
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  const { mediaType } = JSON.parse(manifest.bytes.toString()) as { mediaType?: string };
  return client("PUT", `/v2/${name}/manifests/${reference}`, {
    body: manifest.bytes,
    headers: { ...(mediaType !== undefined && { "Content-Type": mediaType }), ...headers },
  });
}

/** pushImage stores a small image under a tag. */
export async function pushImage(client: Client, name: string, tag: string, text = tag): Promise<Blob> {
  const config = blobOf(JSON.stringify({ text }));
  await pushBlob(client, name, config);
  const manifest = manifestOf({ config });
  await pushManifest(client, name, manifest, tag);
  return manifest;
}
