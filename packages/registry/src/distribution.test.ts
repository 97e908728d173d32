// Every kind of content through every endpoint of the distribution specification 1.1, over every storage.
import { type Descriptor, type Digest, mediaTypes } from "@stax/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Answer,
  type Backend,
  type Blob,
  backends,
  blobOf,
  type Client,
  codesOf,
  json,
  pushBlob,
  type Served,
  serve,
} from "./client.fixture.ts";
import { type Sample, type SampleManifest, samples } from "./sample.fixture.ts";

/** Steps are what a sample goes through in a repository. */
class Steps {
  readonly #client: Client;
  readonly #path: string;
  readonly #sample: Sample;

  constructor(client: Client, name: string, sample: Sample) {
    this.#client = client;
    this.#path = `/v2/${name}`;
    this.#sample = sample;
  }

  async push(name: string): Promise<void> {
    for (const blob of this.#sample.blobs) expect((await pushBlob(this.#client, name, blob)).status).toBe(201);
    for (const manifest of this.#sample.manifests) {
      const { digest } = manifest.content;
      const subject = subjectOf(manifest)?.digest;
      const tags = this.#sample.byParameter === true ? manifest.tags : [];
      const query = tags.map((tag) => `tag=${tag}`).join("&");
      const pushed = await this.#put(manifest, `${digest}?${query}`);
      expect(pushed).toMatchObject({
        status: 201,
        headers: { location: `${this.#path}/manifests/${digest}`, "docker-content-digest": digest },
      });
      expect(pushed.headers["oci-subject"]).toBe(subject);
      expect(pushed.headers["oci-tag"]).toBe(tags.length === 0 ? undefined : tags.join(", "));
      for (const tag of tags.length === 0 ? manifest.tags : []) {
        const tagged = await this.#put(manifest, tag);
        expect(tagged).toMatchObject({ status: 201, headers: { "docker-content-digest": digest } });
        expect(tagged.headers["oci-subject"]).toBe(subject);
      }
    }
  }

  #put({ content, mediaType }: SampleManifest, reference: string): Promise<Answer> {
    const headers = { "Content-Type": mediaType };
    return this.#client("PUT", `${this.#path}/manifests/${reference}`, { body: content.bytes, headers });
  }

  async list(): Promise<void> {
    const all = this.#sample.manifests.flatMap(({ tags }) => tags).sort();
    expect(await this.#tags()).toEqual(all);
    for (const [at, tag] of all.entries()) expect(await this.#tags(`?last=${tag}`)).toEqual(all.slice(at + 1));
  }

  async #tags(query = ""): Promise<unknown> {
    const answer = await this.#client("GET", `${this.#path}/tags/list${query}`);
    // The body is our own server's.
    return (json(answer) as { tags: unknown }).tags;
  }

  async read(): Promise<void> {
    for (const { content, mediaType, tags } of this.#sample.manifests) {
      for (const reference of [content.digest, ...tags])
        await this.#readOne(`manifests/${reference}`, content, mediaType);
    }
    for (const blob of this.#sample.blobs) await this.#readOne(`blobs/${blob.digest}`, blob);
  }

  async #readOne(path: string, { bytes, digest }: Blob, mediaType?: string): Promise<void> {
    for (const method of ["HEAD", "GET"]) {
      const answer = await this.#client(method, `${this.#path}/${path}`);
      expect(answer).toMatchObject({
        status: 200,
        headers: { "content-length": String(bytes.byteLength), "docker-content-digest": digest },
      });
      if (mediaType !== undefined) expect(answer.headers["content-type"]).toBe(mediaType);
      expect(answer.body.equals(method === "GET" ? bytes : Buffer.alloc(0)), `${method} ${path}`).toBe(true);
    }
  }

  async referrers(): Promise<void> {
    const attached = new Map<Digest, Descriptor[]>();
    for (const manifest of this.#sample.manifests) {
      const subject = subjectOf(manifest)?.digest;
      if (subject !== undefined) attached.set(subject, [...(attached.get(subject) ?? []), referrerOf(manifest)]);
    }
    for (const [subject, expected] of attached) {
      const all = await this.#client("GET", `${this.#path}/referrers/${subject}`);
      expect(all).toMatchObject({ status: 200, headers: { "content-type": mediaTypes.index } });
      expect(manifestsIn(all)).toEqual(byDigest(expected));
      for (const type of new Set(expected.map(({ artifactType }) => artifactType ?? ""))) {
        const query = `artifactType=${encodeURIComponent(type)}`;
        const some = await this.#client("GET", `${this.#path}/referrers/${subject}?${query}`);
        expect(some.headers["oci-filters-applied"]).toBe("artifactType");
        expect(manifestsIn(some)).toEqual(byDigest(expected.filter(({ artifactType }) => artifactType === type)));
      }
    }
  }

  async remove(sharesBlobs: boolean): Promise<void> {
    const { manifests, blobs } = this.#sample;
    const tags = manifests.flatMap((manifest) => manifest.tags);
    for (const tag of tags) await this.#delete(`manifests/${tag}`);
    for (const { content } of manifests) {
      expect((await this.#client("HEAD", `${this.#path}/manifests/${content.digest}`)).status).toBe(200);
    }
    for (const { content } of [...manifests].reverse()) await this.#delete(`manifests/${content.digest}`);
    for (const digest of new Set(blobs.map((blob) => blob.digest))) {
      if (sharesBlobs) expect((await this.#client("DELETE", `${this.#path}/blobs/${digest}`)).status).toBe(405);
      else await this.#delete(`blobs/${digest}`);
    }
  }

  /** What is deleted is gone at once, and cannot be deleted again. */
  async #delete(path: string): Promise<void> {
    expect((await this.#client("DELETE", `${this.#path}/${path}`)).status).toBe(202);
    expect((await this.#client("HEAD", `${this.#path}/${path}`)).status).toBe(404);
    expect((await this.#client("DELETE", `${this.#path}/${path}`)).status).toBe(404);
  }
}

/** What a test's manifest says of itself. */
interface Written {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly config?: Descriptor;
  readonly subject?: Descriptor;
}

const writtenIn = ({ content }: SampleManifest): Written => JSON.parse(content.bytes.toString());
const subjectOf = (manifest: SampleManifest): Descriptor | undefined => writtenIn(manifest).subject;

/** An artifact without a type has that of its config (specification, "Listing Referrers"). */
function referrerOf(manifest: SampleManifest): Descriptor {
  const { artifactType, annotations, config } = writtenIn(manifest);
  const type = artifactType ?? config?.mediaType;
  const { digest, bytes } = manifest.content;
  return {
    mediaType: manifest.mediaType,
    digest,
    size: bytes.byteLength,
    ...(type !== undefined && { artifactType: type }),
    ...(annotations !== undefined && { annotations }),
  };
}

const byDigest = (list: readonly Descriptor[]): Descriptor[] =>
  [...list].sort((a, b) => (a.digest < b.digest ? -1 : 1));

// The body is our own server's.
const manifestsIn = (answer: Answer): Descriptor[] => byDigest((json(answer) as { manifests: Descriptor[] }).manifests);

describe.each(backends)("over %s", (backend: Backend) => {
  let served: Served;
  let sparse: Served;

  beforeAll(async () => {
    served = await serve(backend);
    sparse = await serve(backend, { sparse: "all" });
  });
  afterAll(async () => {
    await served[Symbol.asyncDispose]();
    await sparse[Symbol.asyncDispose]();
  });

  it.each(samples())("$kind is pushed, listed, read, found by its subject and deleted", async (sample) => {
    const { client } = sample.isSparse === true ? sparse : served;
    const name = `every/${sample.kind.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
    const steps = new Steps(client, name, sample);
    await steps.push(name);
    await steps.list();
    await steps.read();
    await steps.referrers();
    await steps.remove(backend === "a shared layout");
  });

  describe("what is not there", () => {
    const name = "every/thing";
    beforeAll(() => pushBlob(served.client, name, blobOf("{}")));

    it.each(["GET", "HEAD"])("is unknown by tag and by digest (%s)", async (method) => {
      for (const [path, code] of [
        [`manifests/${blobOf(30).digest}`, "MANIFEST_UNKNOWN"],
        ["manifests/no-such-tag", "MANIFEST_UNKNOWN"],
        [`blobs/${blobOf(30).digest}`, "BLOB_UNKNOWN"],
        [`blobs/${blobOf(30, "sha512").digest}`, "BLOB_UNKNOWN"],
      ]) {
        const answer = await served.client(method, `/v2/${name}/${path}`);
        expect(answer.status).toBe(404);
        if (method === "GET") expect(codesOf(answer)).toEqual([code]);
      }
    });

    it("has no referrers", async () => {
      const answer = await served.client("GET", `/v2/${name}/referrers/${blobOf(31).digest}`);
      expect(answer).toMatchObject({ status: 200, headers: { "content-type": mediaTypes.index } });
      expect(json(answer)).toEqual({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] });
    });

    it.each(["sha256:baddigeststring", `sha256:${"A".repeat(64)}`, "sha999:00", `sha512:${"0".repeat(64)}`])(
      "is refused by the malformed digest %s, and nothing is stored under it",
      async (digest) => {
        const path = `/v2/${name}/manifests/${digest}`;
        const body = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] });
        const put = await served.client("PUT", path, { body, headers: { "Content-Type": mediaTypes.index } });
        expect(put.status).toBe(400);
        for (const method of ["GET", "HEAD", "DELETE"])
          expect([400, 404]).toContain((await served.client(method, path)).status);
        expect([400, 404]).toContain((await served.client("GET", `/v2/${name}/blobs/${digest}`)).status);
      },
    );
  });

  describe.each(["sha256", "sha512"] as const)("a blob by %s", (algorithm) => {
    const name = `ways/${algorithm}`;
    const uploads = `/v2/${name}/blobs/uploads/`;
    const start = async () => (await served.client("POST", uploads)).headers.location ?? "";

    /** Sends chunks, the last one with the PUT that ends the upload if so wished. */
    const inChunks = async ({ bytes, digest }: Blob, lastByPut: boolean): Promise<Answer> => {
      let location = await start();
      const third = Math.ceil(bytes.byteLength / 3);
      for (let from = 0; from < bytes.byteLength; from += third) {
        const to = Math.min(from + third, bytes.byteLength);
        const chunk = { body: bytes.subarray(from, to), headers: { "Content-Range": `${from}-${to - 1}` } };
        if (lastByPut && to === bytes.byteLength) return served.client("PUT", `${location}?digest=${digest}`, chunk);
        const answer = await served.client("PATCH", location, chunk);
        expect(answer).toMatchObject({ status: 202, headers: { range: `0-${to - 1}` } });
        location = answer.headers.location ?? "";
      }
      return served.client("PUT", `${location}?digest=${digest}`);
    };

    const ways: readonly [string, (blob: Blob) => Promise<Answer>][] = [
      ["one POST", ({ bytes, digest }) => served.client("POST", `${uploads}?digest=${digest}`, { body: bytes })],
      ["POST and PUT", (blob) => pushBlob(served.client, name, blob)],
      [
        "a stream",
        async ({ bytes, digest }) => {
          const half = bytes.byteLength >> 1;
          const body = [bytes.subarray(0, half), bytes.subarray(half)];
          const { headers } = await served.client("PATCH", await start(), { body });
          return served.client("PUT", `${headers.location}?digest=${digest}`);
        },
      ],
      ["chunks", (blob) => inChunks(blob, false)],
      ["chunks, the last one by PUT", (blob) => inChunks(blob, true)],
    ];

    it.each(ways)("sent by %s is there until it is deleted", async (_way, send) => {
      for (const blob of [blobOf(3067, algorithm), blobOf("{}", algorithm)]) {
        const path = `/v2/${name}/blobs/${blob.digest}`;
        expect(await send(blob)).toMatchObject({
          status: 201,
          headers: { location: path, "docker-content-digest": blob.digest },
        });
        expect(await served.client("HEAD", path)).toMatchObject({
          status: 200,
          headers: { "content-length": String(blob.bytes.byteLength), "docker-content-digest": blob.digest },
        });
        expect((await served.client("GET", path)).body).toEqual(blob.bytes);
        if (backend === "a shared layout") continue;
        expect((await served.client("DELETE", path)).status).toBe(202);
        expect((await served.client("HEAD", path)).status).toBe(404);
      }
    });

    it.each(ways)("sent by %s is refused with other bytes than its digest says, and not stored", async (_way, send) => {
      const { bytes, digest } = blobOf(3067, algorithm);
      const answer = await send({ bytes: Buffer.concat([bytes, Buffer.from("more")]), digest });
      expect(answer.status).toBe(400);
      expect(codesOf(answer)).toEqual(["DIGEST_INVALID"]);
      expect((await served.client("HEAD", `/v2/${name}/blobs/${digest}`)).status).toBe(404);
    });

    it("is mounted by its digest, and stays when it is deleted where it came from", async () => {
      const blob = blobOf(512, algorithm);
      await pushBlob(served.client, "ways/source", blob);
      const mounted = await served.client("POST", `${uploads}?mount=${blob.digest}&from=ways/source`);
      expect(mounted).toMatchObject({ status: 201, headers: { location: `/v2/${name}/blobs/${blob.digest}` } });
      expect((await served.client("GET", `/v2/${name}/blobs/${blob.digest}`)).body).toEqual(blob.bytes);
      if (backend === "a shared layout") return;
      expect((await served.client("DELETE", `/v2/ways/source/blobs/${blob.digest}`)).status).toBe(202);
      expect((await served.client("GET", `/v2/${name}/blobs/${blob.digest}`)).body).toEqual(blob.bytes);
    });

    it("that is cancelled ends its upload: nothing goes on there", async () => {
      const { bytes, digest } = blobOf(512, algorithm);
      const location = await start();
      expect((await served.client("PATCH", location, { body: bytes })).status).toBe(202);
      expect((await served.client("DELETE", location)).status).toBe(204);
      expect((await served.client("PUT", `${location}?digest=${digest}`)).status).toBe(404);
      expect((await served.client("HEAD", `/v2/${name}/blobs/${digest}`)).status).toBe(404);
    });
  });
});
