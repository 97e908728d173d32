import type { Readable } from "node:stream";
import type { Descriptor } from "../descriptor.ts";
import { algorithmOf, type Digest, digestOf, isDigest } from "../digest.ts";
import { OciError } from "../error.ts";
import { assertManifestSize, maxManifestSize, parseManifest } from "../manifest.ts";
import { mediaTypes } from "../media-type.ts";
import { isTag } from "../reference.ts";
import { bytesContent, type StorageOptions } from "../storage.ts";
import { download } from "./download.ts";
import type { ApiClient, ApiRequest } from "./http/api-client.ts";
import { contentLengthOf, discard, headerOf, type WireResponse } from "./http/exchange.ts";
import { readBody } from "./http/read-body.ts";
import { settlingDelay } from "./http/retry.ts";
import { acceptManifests, announcedDigest, assertAnnounced, manifestTypeOf } from "./manifest-headers.ts";
import type { Place } from "./place.ts";

/** FoundManifest is a manifest read by its reference, with its exact bytes. */
export interface FoundManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** Manifests is the manifests of one repository, over the wire. */
export class Manifests {
  readonly #api: ApiClient;
  readonly #place: Place;

  constructor(api: ApiClient, place: Place) {
    this.#api = api;
    this.#place = place;
  }

  /** head describes the manifest of a tag or digest with one HEAD where the answer says enough; undefined where there is none. */
  async head(reference: string, options: StorageOptions): Promise<Descriptor | undefined> {
    const request = this.#read(reference, "HEAD", options);
    const response = await this.#api.request({ ...request, expect: [200, 404, 405] });
    discard(response);
    if (response.status === 404) return undefined;
    const mediaType = manifestTypeOf(response);
    const size = contentLengthOf(response);
    const digest = digestFor(reference, announcedDigest(response, request.action));
    if (response.status === 200 && isDigest(reference)) assertAnnounced(response, reference, request.action);
    if (
      response.status !== 200 ||
      mediaType === undefined ||
      size === undefined ||
      size === 0 ||
      digest === undefined
    ) {
      return (await this.get(reference, options))?.descriptor;
    }
    return { mediaType, digest, size };
  }

  /** get reads a manifest whole; undefined where there is none. Its digest is that of its bytes. Throws `DIGEST_MISMATCH`, `MANIFEST_TOO_LARGE`, `RESPONSE_INVALID`. */
  async get(reference: string, options: StorageOptions): Promise<FoundManifest | undefined> {
    const request = this.#read(reference, "GET", options);
    const response = await this.#api.request({ ...request, expect: [200, 404] });
    if (response.status === 404) {
      discard(response);
      return undefined;
    }
    const bytes = await this.#readWhole(response, request);
    const announced = announcedDigest(response, request.action);
    const wanted = isDigest(reference) ? reference : announced;
    const digest = digestOf(bytes, wanted === undefined ? "sha256" : algorithmOf(wanted));
    if (wanted !== undefined && wanted !== digest) throw otherBytes(request.action, wanted, digest);
    const mediaType =
      manifestTypeOf(response) ?? parseManifest(bytes, undefined, { name: `the manifest ${reference}` }).mediaType;
    return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes };
  }

  /** fetch opens a manifest by its descriptor, verified. Throws `BLOB_NOT_FOUND`, `MANIFEST_INVALID` when it is announced as something else. */
  async fetch(target: Descriptor, options: StorageOptions): Promise<Readable> {
    assertManifestSize(target);
    const request = { ...this.#read(target.digest, "GET", options), expect: [200, 404] };
    const response = await this.#api.request(request);
    if (response.status === 404) {
      discard(response);
      throw this.#place.notFound(target.digest);
    }
    const type = manifestTypeOf(response);
    if (type !== undefined && type !== target.mediaType) {
      discard(response);
      throw new OciError(
        "MANIFEST_INVALID",
        `${target.digest} is ${target.mediaType} to whoever names it, and ${type} to ${this.#place.registry}`,
        { category: "registry" },
      );
    }
    assertAnnounced(response, target.digest, request.action);
    return download(this.#api, { expected: target, request, signal: options.signal }, response);
  }

  /** put stores a manifest under its digest or a tag. Throws as `ApiClient.request`. */
  async put(
    target: Descriptor,
    bytes: Uint8Array,
    reference: string,
    options: StorageOptions & {
      readonly headers?: Readonly<Record<string, string>>;
      readonly expect?: readonly number[];
    },
  ): Promise<WireResponse> {
    const request: ApiRequest = {
      method: "PUT",
      url: this.#place.manifest(reference),
      headers: { "content-type": target.mediaType, ...options.headers },
      body: { size: bytes.byteLength, ...bytesContent(bytes) },
      scopes: this.#place.pushScopes,
      action: `push the manifest ${this.#place.name(reference)}`,
      expect: [200, 201, 202, ...(options.expect ?? [])],
      signal: options.signal,
    };
    const response = await this.#putPatiently(request);
    discard(response);
    if (response.status < 300) assertAnnounced(response, target.digest, request.action);
    return response;
  }

  /** What a manifest names was pushed before it: a registry that does not see it yet gets a moment. */
  async #putPatiently(request: ApiRequest): Promise<WireResponse> {
    const { retry } = this.#api.host;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#api.request(request);
      } catch (error) {
        const delay = attempt < retry.attempts && missesBlob(error) ? settlingDelay(attempt, retry) : undefined;
        if (delay === undefined) throw error;
        await this.#api.pause(request, delay, "a blob is not visible yet");
      }
    }
  }

  /** remove deletes a manifest by its digest, or a tag; false where there was none. Throws `REGISTRY_READ_ONLY` where it is not allowed. */
  async remove(reference: string, options: StorageOptions): Promise<boolean> {
    const response = await this.#api.request({
      method: "DELETE",
      url: this.#place.manifest(reference),
      scopes: this.#place.deleteScopes,
      action: `delete ${this.#place.name(reference)}`,
      expect: [200, 202, 204, 404],
      ...options,
    });
    discard(response);
    return response.status !== 404;
  }

  #read(reference: string, method: "GET" | "HEAD", { signal }: StorageOptions): Omit<ApiRequest, "expect"> {
    if (!isTag(reference) && !isDigest(reference)) {
      throw new OciError("TAG_INVALID", `"${reference.slice(0, 150)}" is neither a tag nor a digest`);
    }
    return {
      method,
      url: this.#place.manifest(reference),
      headers: { accept: acceptManifests },
      scopes: this.#place.pullScopes,
      action: `read the manifest ${this.#place.name(reference)}`,
      signal,
    };
  }

  async #readWhole(response: WireResponse, { action, url }: Omit<ApiRequest, "expect">): Promise<Uint8Array> {
    const bytes = await readBody(response.body, maxManifestSize, this.#api.host.idle).catch((error: unknown) => {
      throw this.#api.networkError(error, action, url);
    });
    if (bytes !== undefined) return bytes;
    throw new OciError("MANIFEST_TOO_LARGE", `cannot ${action}: it has more than ${maxManifestSize} bytes`, {
      category: "registry",
    });
  }
}

/** isImageIndex tells whether an answer is an OCI index by its Content-Type. */
export function isImageIndex(response: WireResponse): boolean {
  return headerOf(response, "content-type")?.split(";")[0]?.trim().toLowerCase() === mediaTypes.index;
}

const unseenCodes: readonly unknown[] = ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"];

/** Others may be storing the same blob (distribution 2.8 writes its links in place), or the registry's parts agree late. */
function missesBlob(error: unknown): boolean {
  if (!(error instanceof OciError)) return false;
  const { status, registryCodes } = error.details ?? {};
  return (
    (status === 400 || status === 404) &&
    Array.isArray(registryCodes) &&
    registryCodes.some((code) => unseenCodes.includes(code))
  );
}

const digestFor = (reference: string, announced: Digest | undefined): Digest | undefined =>
  isDigest(reference) ? reference : announced;

const otherBytes = (action: string, wanted: Digest, actual: Digest): OciError =>
  new OciError("DIGEST_MISMATCH", `cannot ${action}: the bytes have the digest ${actual} instead of ${wanted}`, {
    category: "registry",
    hint: "the registry, or something in between, serves other content than was asked for; nothing was used",
  });
