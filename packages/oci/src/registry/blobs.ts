import type { Readable } from "node:stream";
import type { Descriptor } from "../descriptor.ts";
import { OciError } from "../error.ts";
import type { Content, StorageOptions } from "../storage.ts";
import { assertSize } from "../verify-content.ts";
import { mergeScopes, pullScope } from "./auth/scope.ts";
import { download } from "./download.ts";
import type { ApiClient } from "./http/api-client.ts";
import { contentLengthOf, discard } from "./http/exchange.ts";
import { assertAnnounced } from "./manifest-headers.ts";
import type { Place } from "./place.ts";
import type { BlobTurns } from "./upload/blob-turns.ts";
import { octets } from "./upload/blob-upload.ts";
import { sessionOf } from "./upload/session.ts";
import { uploadBlob } from "./upload/upload-blob.ts";

/** Blobs is the blobs of one repository, over the wire. */
export class Blobs {
  readonly #api: ApiClient;
  readonly #place: Place;
  readonly #turns: BlobTurns;

  constructor(api: ApiClient, place: Place, turns: BlobTurns) {
    this.#api = api;
    this.#place = place;
    this.#turns = turns;
  }

  async exists(target: Descriptor, options: StorageOptions): Promise<boolean> {
    const size = await this.#turns.look(target.digest, () => this.#sizeOf(target, options));
    return size !== undefined && (size === "untold" || size === target.size);
  }

  /** The size that the registry tells with one HEAD; undefined where it has no such blob. */
  async #sizeOf(target: Descriptor, { signal }: StorageOptions): Promise<number | "untold" | undefined> {
    const action = `look for ${target.digest} in ${this.#place.name()}`;
    const response = await this.#api.request({
      method: "HEAD",
      url: this.#place.blob(target.digest),
      scopes: this.#place.pullScopes,
      action,
      expect: [200, 404],
      signal,
    });
    discard(response);
    if (response.status === 404) return undefined;
    assertAnnounced(response, target.digest, action);
    return contentLengthOf(response) ?? "untold";
  }

  async fetch(target: Descriptor, { signal }: StorageOptions): Promise<Readable> {
    const request = {
      method: "GET",
      url: this.#place.blob(target.digest),
      scopes: this.#place.pullScopes,
      action: `read ${target.digest} from ${this.#place.name()}`,
      expect: [200, 404],
      signal,
    } as const;
    const response = await this.#api.request(request);
    if (response.status === 404) {
      discard(response);
      throw this.#place.notFound(target.digest);
    }
    try {
      assertAnnounced(response, target.digest, request.action);
      const size = contentLengthOf(response);
      if (size !== undefined) assertSize(size, target, { origin: this.#place.name(), category: "registry" });
    } catch (error) {
      response.body.destroy();
      throw error;
    }
    return download(this.#api, { expected: target, request, signal }, response);
  }

  async push(expected: Descriptor, content: Content, { signal }: StorageOptions): Promise<void> {
    await this.#turns.store(expected, () => this.#store(expected, content, { signal }), signal);
  }

  async #store(expected: Descriptor, content: Content, { signal }: StorageOptions): Promise<true> {
    const opened = this.#turns.takeOpened(expected.digest);
    const isKnownAbsent = this.#turns.takeAbsent(expected.digest) || opened !== undefined;
    if (!isKnownAbsent && (await this.exists(expected, { signal }))) return true;
    await uploadBlob(
      {
        api: this.#api,
        blobs: this.#place.blobs,
        scopes: this.#place.pushScopes,
        action: `push ${expected.digest} to ${this.#place.name()}`,
        expected,
        content,
        exists: () => this.exists(expected, { signal }),
        signal,
      },
      opened,
    );
    return true;
  }

  /** mount takes a blob over from another repository of the registry; without one, from wherever it has it. False when it must be uploaded. */
  async mount(target: Descriptor, from: string | undefined, { signal }: StorageOptions): Promise<boolean> {
    return this.#turns.store(target, () => this.#mount(target, from, { signal }), signal);
  }

  async #mount(target: Descriptor, from: string | undefined, { signal }: StorageOptions): Promise<boolean> {
    const url = new URL("uploads/", this.#place.blobs);
    url.searchParams.set("mount", target.digest);
    if (from !== undefined) url.searchParams.set("from", from);
    const scopes = mergeScopes([...this.#place.pushScopes, ...(from === undefined ? [] : [pullScope(from)])]);
    const action = `mount ${target.digest} in ${this.#place.name()}`;
    const response = await this.#api
      .request({ method: "POST", url, headers: octets, scopes, action, expect: [201, 202, 400, 403, 404, 405], signal })
      .catch((error: unknown) => {
        signal?.throwIfAborted();
        // A registry that fails to mount may well take an upload (Quay); who is not let in will hear it from that.
        if (error instanceof OciError) return undefined;
        throw error;
      });
    if (response === undefined) return false;
    discard(response);
    if (response.status === 201) return true;
    if (response.status === 202) {
      this.#turns.leaveOpen(target.digest, sessionOf(response, this.#api.host.endpoint.base));
    }
    return false;
  }

  async remove(target: Descriptor, { signal }: StorageOptions): Promise<boolean> {
    const response = await this.#api.request({
      method: "DELETE",
      url: this.#place.blob(target.digest),
      scopes: this.#place.deleteScopes,
      action: `delete ${target.digest} from ${this.#place.name()}`,
      expect: [200, 202, 204, 404],
      signal,
    });
    discard(response);
    return response.status !== 404;
  }
}
