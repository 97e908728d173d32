import { mediaTypes } from "@stax/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Answer,
  backends,
  blobOf,
  type Client,
  codesOf,
  descriptorOf,
  indexOf,
  json,
  manifestOf,
  pushBlob,
  pushImage,
  pushManifest,
  type Served,
  serve,
} from "./client.fixture.ts";

const config = blobOf("{}");

describe.each(backends)("lists over %s", (backend) => {
  let served: Served;
  let client: Client;

  beforeAll(async () => {
    served = await serve(backend, { pageSize: 4 });
    client = served.client;
  });
  afterAll(() => served[Symbol.asyncDispose]());

  const nextOf = (answer: Answer): string | undefined =>
    /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link))?.[1];
  const pagesOf = async (path: string, field: string): Promise<unknown[][]> => {
    const pages: unknown[][] = [];
    for (let next: string | undefined = path; next !== undefined; ) {
      const answer: Answer = await client("GET", next);
      expect(answer.status).toBe(200);
      // The body is our own server's.
      pages.push((json(answer) as Record<string, unknown[]>)[field] ?? []);
      next = nextOf(answer);
    }
    return pages;
  };

  describe("tags", () => {
    const name = "listed/tags";
    const sorted = ["1.0.0", "1.0.0-rc.1", "A", "b", "latest", "Z"];
    beforeAll(async () => {
      for (const tag of [...sorted].reverse()) await pushImage(client, name, tag);
    });

    it("come in the order of the specification, in pages linked to each other", async () => {
      expect(await pagesOf(`/v2/${name}/tags/list`, "tags")).toEqual([sorted.slice(0, 4), sorted.slice(4)]);
      expect(await pagesOf(`/v2/${name}/tags/list?n=3`, "tags")).toEqual([sorted.slice(0, 3), sorted.slice(3)]);
    });

    it("start after `last`, whether there is such a tag or not", async () => {
      expect(await pagesOf(`/v2/${name}/tags/list?last=b`, "tags")).toEqual([["latest", "Z"]]);
      expect(await pagesOf(`/v2/${name}/tags/list?last=c&n=1`, "tags")).toEqual([["latest"], ["Z"]]);
    });

    it("are none for n=0, without a link", async () => {
      const answer = await client("GET", `/v2/${name}/tags/list?n=0`);
      expect(json(answer)).toEqual({ name, tags: [] });
      expect(answer.headers.link).toBeUndefined();
    });

    it.each(["-1", "x", "1e3"])("are refused for n=%s", async (n) => {
      expect((await client("GET", `/v2/${name}/tags/list?n=${n}`)).status).toBe(400);
    });

    it("are those of a known repository only", async () => {
      const answer = await client("GET", "/v2/no/such/tags/list");
      expect(answer.status).toBe(404);
      expect(codesOf(answer)).toEqual(["NAME_UNKNOWN"]);
    });
  });

  describe("referrers", () => {
    const name = "listed/referrers";
    const referrersOf = async (digest: string, query = "") => client("GET", `/v2/${name}/referrers/${digest}${query}`);
    const attach = async (subject: unknown, extra: Readonly<Record<string, unknown>>, reference?: string) => {
      await pushBlob(client, name, config);
      const manifest = manifestOf({ config, extra: { subject, ...extra } });
      const answer = await pushManifest(client, name, manifest, reference);
      return { manifest, answer };
    };

    it("S02-33 lists what names a subject, with artifact type and annotations, and says so on push", async () => {
      const subject = await pushImage(client, name, "subject");
      const target = descriptorOf(subject, mediaTypes.manifest);
      const annotations = { "org.example": "hello" };
      const plain = await attach(target, {});
      const typed = await attach(target, { artifactType: "application/vnd.example.one", annotations }, "tagged");
      const index = indexOf([], { subject: target, annotations });
      await pushManifest(client, name, index);
      expect(plain.answer.headers["oci-subject"]).toBe(subject.digest);
      const answer = await referrersOf(subject.digest);
      expect(answer.headers["content-type"]).toBe(mediaTypes.index);
      expect(json(answer)).toEqual({
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        manifests: [
          { ...descriptorOf(plain.manifest, mediaTypes.manifest), artifactType: mediaTypes.config },
          {
            ...descriptorOf(typed.manifest, mediaTypes.manifest),
            artifactType: "application/vnd.example.one",
            annotations,
          },
          { ...descriptorOf(index, mediaTypes.index), annotations },
        ].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
      });
      const filtered = await referrersOf(subject.digest, "?artifactType=application/vnd.example.one");
      expect(filtered.headers["oci-filters-applied"]).toBe("artifactType");
      expect(json(filtered)).toMatchObject({ manifests: [{ digest: typed.manifest.digest }] });
    });

    it("lists referrers of a subject that is missing, and none for an unknown one or repository", async () => {
      const missing = blobOf(4);
      const { manifest, answer } = await attach(descriptorOf(missing, mediaTypes.manifest), {});
      expect(answer.status).toBe(201);
      expect(json(await referrersOf(missing.digest))).toMatchObject({ manifests: [{ digest: manifest.digest }] });
      for (const path of [`/v2/${name}`, "/v2/no/such"]) {
        const none = await client("GET", `${path}/referrers/${blobOf(3).digest}`);
        expect(none).toMatchObject({ status: 200 });
        expect(json(none)).toMatchObject({ manifests: [] });
      }
      expect((await client("GET", `/v2/${name}/referrers/sha256:short`)).status).toBe(400);
    });

    it("loses those that are deleted, and keeps those whose tag moved", async () => {
      const subject = await pushImage(client, name, "changing");
      const target = descriptorOf(subject, mediaTypes.manifest);
      const kept = await attach(target, { annotations: { a: "kept" } }, "sig");
      await pushImage(client, name, "sig", "something else");
      const lost = await attach(target, { annotations: { a: "lost" } });
      await client("DELETE", `/v2/${name}/manifests/${lost.manifest.digest}`);
      expect(json(await referrersOf(subject.digest))).toMatchObject({ manifests: [{ digest: kept.manifest.digest }] });
    });

    it("X-18 lists those that an older client recorded under the fallback tag", async () => {
      const subject = blobOf(8);
      const older = manifestOf({ config, extra: { subject: descriptorOf(subject, mediaTypes.manifest) } });
      await pushManifest(client, name, older);
      await pushManifest(client, name, indexOf([older]), subject.digest.replace(":", "-"));
      expect(json(await referrersOf(subject.digest))).toMatchObject({ manifests: [{ digest: older.digest }] });
    });

    it("lists thirty that were attached at once, each once, page by page", async () => {
      const subject = blobOf(12);
      const target = descriptorOf(subject, mediaTypes.manifest);
      const attached = await Promise.all(
        Array.from({ length: 30 }, (_, at) =>
          attach(target, { annotations: { at: `${at}` }, artifactType: "application/x" }),
        ),
      );
      const pages = await pagesOf(`/v2/${name}/referrers/${subject.digest}?artifactType=application/x`, "manifests");
      expect(pages.map((page) => page.length)).toEqual([4, 4, 4, 4, 4, 4, 4, 2]);
      const digests = pages.flat().map((one) => (one as { digest: string }).digest);
      expect(digests).toEqual(attached.map(({ manifest }) => manifest.digest).sort());
    });

    it("ends a page before it is larger than a client reads", async () => {
      const subject = blobOf(13);
      const target = descriptorOf(subject, mediaTypes.manifest);
      for (const at of [1, 2, 3]) await attach(target, { annotations: { a: `${at}`.repeat(2_000_000) } });
      const pages = await pagesOf(`/v2/${name}/referrers/${subject.digest}`, "manifests");
      expect(pages.map((page) => page.length)).toEqual([1, 1, 1]);
    });
  });

  it("lists repositories", async () => {
    const pages = await pagesOf("/v2/_catalog?n=1", "repositories");
    expect(pages.flat()).toEqual(["listed/referrers", "listed/tags"]);
  });
});
