import { setTimeout as sleep } from "node:timers/promises";
import { type Descriptor, parseDescriptor } from "../../descriptor.ts";
import type { Digest } from "../../digest.ts";
import { OciError } from "../../error.ts";
import { linksOf } from "../../graph.ts";
import { annotationsOf, artifactTypeOf, type ParsedManifest, parseManifest } from "../../manifest.ts";
import { isManifestType, mediaTypes } from "../../media-type.ts";
import type { PredecessorOptions, StorageOptions } from "../../storage.ts";
import type { ApiClient, ApiRequest } from "../http/api-client.ts";
import { discard, type WireResponse } from "../http/exchange.ts";
import { listPages } from "../list-pages.ts";
import { isImageIndex, type Manifests } from "../manifests.ts";
import type { Place } from "../place.ts";
import { encodeIndex, fallbackTagOf } from "./fallback-index.ts";
import { type Change, MergeQueue } from "./merge-queue.ts";

/** ReferrersOptions are what the referrers of a repository are found with. */
export interface ReferrersOptions {
  readonly api: ApiClient;
  readonly place: Place;
  readonly manifests: Manifests;
  readonly fallbackTag: boolean;
}

/** The most referrers of one manifest that are listed. */
const maxReferrers = 100_000;

/** Referrers finds and keeps the referrers of manifests: by the API, or else by the tag schema (distribution specification). */
export class Referrers {
  readonly #options: ReferrersOptions;
  readonly #queues = new Map<Digest, MergeQueue>();
  #hasApi: boolean | undefined;

  constructor(options: ReferrersOptions) {
    this.#options = options;
  }

  /** list returns the referrers of a manifest, sorted by digest, filtered here whatever the registry does. */
  async list(subject: Descriptor, options: PredecessorOptions): Promise<readonly Descriptor[]> {
    const found = (await this.#fromApi(subject, options)) ?? (await this.#fromTag(subject, options));
    const { artifactType } = options;
    const typed = await Promise.all(found.map((entry) => this.#withType(entry, options)));
    const kept = artifactType === undefined ? typed : typed.filter((entry) => entry.artifactType === artifactType);
    return kept.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  }

  /** assertAllowed refuses a manifest with a subject before it is pushed, when nobody would find it. Throws `REFERRERS_UNSUPPORTED`. */
  async assertAllowed(subject: Descriptor, options: StorageOptions): Promise<void> {
    if (this.#options.fallbackTag || (await this.#supportsApi(subject, options))) return;
    throw new OciError(
      "REFERRERS_UNSUPPORTED",
      `${this.#options.place.registry} has no referrers API, and a fallback tag is not wanted`,
      { category: "registry" },
    );
  }

  /** attach makes a pushed manifest visible as a referrer where the registry does not do so itself. Throws `REFERRERS_CONFLICT`. */
  async attach(
    subject: Descriptor,
    manifest: Descriptor,
    parsed: ParsedManifest,
    options: StorageOptions,
  ): Promise<void> {
    // The header OCI-Subject decides nothing: ECR sent it without the API, go-containerregistry has the API without it.
    if (await this.#supportsApi(subject, options)) return;
    await this.#queue(subject).add({ add: linksOf(manifest, parsed).referrer });
  }

  /** detach takes a deleted manifest out of the list of its subject. */
  async detach(subject: Descriptor, manifest: Digest, options: StorageOptions): Promise<void> {
    if (await this.#supportsApi(subject, options)) return;
    await this.#queue(subject).add({ remove: manifest });
  }

  #queue(subject: Descriptor): MergeQueue {
    const known = this.#queues.get(subject.digest);
    if (known !== undefined) return known;
    const queue = new MergeQueue((changes) => this.#write(subject, changes));
    this.#queues.set(subject.digest, queue);
    return queue;
  }

  #request({ digest }: Descriptor, { signal }: StorageOptions): ApiRequest {
    const { place } = this.#options;
    return {
      method: "GET",
      url: place.referrers(digest),
      headers: { accept: mediaTypes.index },
      scopes: place.pullScopes,
      action: `list the referrers of ${place.name(digest)}`,
      // Those registries without the API are known to answer with.
      expect: [200, 400, 404, 405, 406, 501],
      signal,
    };
  }

  async #supportsApi(subject: Descriptor, options: StorageOptions): Promise<boolean> {
    if (this.#hasApi === undefined) {
      const response = await this.#options.api.request(this.#request(subject, options));
      this.#hasApi = isAnswer(response);
      response.body.destroy();
    }
    return this.#hasApi;
  }

  async #fromApi(subject: Descriptor, options: PredecessorOptions): Promise<Descriptor[] | undefined> {
    if (this.#hasApi === false) return undefined;
    const request = this.#request(subject, options);
    if (options.artifactType !== undefined) request.url.searchParams.set("artifactType", options.artifactType);
    const first = await this.#options.api.request(request);
    this.#hasApi = isAnswer(first);
    if (!this.#hasApi) {
      discard(first);
      return undefined;
    }
    const found = new Map<Digest, Descriptor>();
    for await (const { manifests } of listPages(this.#options.api, request, first)) {
      if (!Array.isArray(manifests)) throw invalid(`${request.action}: it has no list of manifests`);
      for (const entry of manifests) addEntry(found, entry, request.action);
    }
    found.delete(subject.digest);
    return [...found.values()];
  }

  async #fromTag(subject: Descriptor, options: StorageOptions): Promise<Descriptor[]> {
    return [...((await this.#readTag(subject, options)).entries?.values() ?? [])];
  }

  /**
   * What the tag holds; no entries when it is no index of referrers. Some registries answer to the tag with the subject itself
   * (GitLab takes `sha256-<hex>` for its digest), so that the parts of an index would pass for its referrers.
   */
  async #readTag(
    subject: Descriptor,
    options: StorageOptions,
  ): Promise<{ entries?: Map<Digest, Descriptor>; digest?: Digest }> {
    const found = await this.#options.manifests.get(fallbackTagOf(subject.digest), options);
    if (found === undefined) return { entries: new Map() };
    const { digest, mediaType } = found.descriptor;
    if (digest === subject.digest || mediaType !== mediaTypes.index) return { digest };
    const parsed = tryParse(found.bytes, mediaType);
    if (parsed?.kind !== "index") return { digest };
    const entries = new Map<Digest, Descriptor>();
    for (const entry of parsed.index.manifests) addEntry(entries, entry, `the list of referrers of ${subject.digest}`);
    return { entries, digest };
  }

  /** An empty type is what cosign 2.5 writes for an artifact without a config: the manifest says what it is. */
  async #withType(entry: Descriptor, options: StorageOptions): Promise<Descriptor> {
    const { artifactType } = entry;
    if (artifactType !== undefined && artifactType !== "" && artifactType !== mediaTypes.empty) return entry;
    if (!isManifestType(entry.mediaType)) return entry;
    const found = await this.#options.manifests.get(entry.digest, options);
    const parsed = found === undefined ? undefined : tryParse(found.bytes, found.descriptor.mediaType);
    if (parsed === undefined) return entry;
    const { artifactType: _, ...rest } = entry;
    const type = artifactTypeOf(parsed);
    const annotations = entry.annotations ?? annotationsOf(parsed);
    return {
      ...rest,
      ...(type !== undefined && { artifactType: type }),
      ...(annotations !== undefined && { annotations }),
    };
  }

  /** Reads, merges, writes and looks again: another process may have done the same meanwhile. */
  async #write(subject: Descriptor, changes: readonly Change[]): Promise<void> {
    for (let attempt = 1; attempt <= maxWrites; attempt++) {
      const { entries, digest } = await this.#readTag(subject, {});
      if (entries === undefined) throw this.#unusable(subject);
      if (isDone(entries, changes)) {
        if (attempt === 1) return;
        // Somebody may still be writing what he read before us.
        await sleep(settleTime * (0.5 + Math.random()));
        const later = await this.#readTag(subject, {});
        if (later.entries !== undefined && isDone(later.entries, changes)) return;
        continue;
      }
      apply(entries, changes);
      const index = encodeIndex(entries.values());
      const condition = digest === undefined ? { "if-none-match": "*" } : { "if-match": `"${digest}"` };
      const options = { headers: condition, expect: [412] };
      await this.#options.manifests.put(index.descriptor, index.bytes, fallbackTagOf(subject.digest), options);
      if (attempt > 1) await sleep(Math.random() * settleTime * Math.min(attempt, 8));
    }
    throw new OciError(
      "REFERRERS_CONFLICT",
      `others keep changing the referrers of ${this.#options.place.name(subject.digest)}: the list does not hold what was attached`,
      {
        category: "registry",
        hint: "attach it once more; a registry with the referrers API has no such conflicts",
      },
    );
  }

  #unusable(subject: Descriptor): OciError {
    const { place } = this.#options;
    return new OciError(
      "REFERRERS_UNSUPPORTED",
      `${place.registry} has no referrers API, and its tag ${fallbackTagOf(subject.digest)} holds something else than a list of referrers`,
      { category: "registry" },
    );
  }
}

const maxWrites = 40;
/** How long to wait before believing that a write has lasted, in milliseconds. */
const settleTime = 150;

const isAnswer = (response: WireResponse): boolean => response.status === 200 && isImageIndex(response);

function addEntry(found: Map<Digest, Descriptor>, entry: unknown, action: string): void {
  const descriptor = parseDescriptor(entry, `an entry of ${action}`);
  found.set(descriptor.digest, descriptor);
  if (found.size > maxReferrers) throw invalid(`${action}: there are more than ${maxReferrers}`);
}

function isDone(entries: ReadonlyMap<Digest, Descriptor>, changes: readonly Change[]): boolean {
  return changes.every((change) => ("add" in change ? entries.has(change.add.digest) : !entries.has(change.remove)));
}

function apply(entries: Map<Digest, Descriptor>, changes: readonly Change[]): void {
  for (const change of changes) {
    if ("add" in change) entries.set(change.add.digest, change.add);
    else entries.delete(change.remove);
  }
}

function tryParse(bytes: Uint8Array, mediaType: string): ParsedManifest | undefined {
  try {
    return parseManifest(bytes, mediaType);
  } catch {
    return undefined;
  }
}

const invalid = (what: string): OciError => new OciError("RESPONSE_INVALID", `cannot ${what}`);
