import { mediaTypes } from "@stax/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
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

const name = "team/agent";

describe.each(backends)("blobs and manifests over %s", (backend) => {
  let served: Served;
  let client: Client;
  const config = blobOf('{"author":"test"}');
  const layer = blobOf(2048);

  beforeAll(async () => {
    served = await serve(backend);
    client = served.client;
    await pushBlob(client, name, config);
    await pushBlob(client, name, layer);
  });
  afterAll(() => served[Symbol.asyncDispose]());

  const blobPath = `/v2/${name}/blobs/${layer.digest}`;

  describe("a blob", () => {
    it.each([
      ["bytes=500-1499", 500, 1500],
      ["bytes=500-", 500, 2048],
      ["bytes=-500", 1548, 2048],
      ["bytes=2000-5000", 2000, 2048],
      ["bytes=0-0", 0, 1],
      ["bytes=-5000", 0, 2048],
    ])("answers the range %s with 206", async (range, start, end) => {
      const answer = await client("GET", blobPath, { headers: { Range: range } });
      expect(answer.status).toBe(206);
      expect(answer.headers["content-range"]).toBe(`bytes ${start}-${end - 1}/2048`);
      expect(answer.headers["content-length"]).toBe(String(end - start));
      expect(answer.body).toEqual(layer.bytes.subarray(start, end));
    });

    it.each(["bytes=500-0", "bytes=5000-10000", "bytes=2048-", "bytes=-0"])(
      "answers the range %s with 416",
      async (range) => {
        const answer = await client("GET", blobPath, { headers: { Range: range } });
        expect(answer).toMatchObject({ status: 416, headers: { "content-range": "bytes */2048" } });
      },
    );

    it.each(["bytes=0-1,5-6", "lines=1-2", "bytes=-"])("ignores the range %s", async (range) => {
      expect((await client("GET", blobPath, { headers: { Range: range } })).status).toBe(200);
    });

    it("continues a download only of the same blob (If-Range)", async () => {
      const ask = (tag: string) => client("GET", blobPath, { headers: { Range: "bytes=1-2", "If-Range": tag } });
      expect((await ask(`"${layer.digest}"`)).status).toBe(206);
      expect((await ask('"other"')).status).toBe(200);
    });

    it("is described by HEAD", async () => {
      const answer = await client("HEAD", blobPath);
      expect(answer).toMatchObject({
        status: 200,
        headers: { "content-length": "2048", "docker-content-digest": layer.digest, "accept-ranges": "bytes" },
      });
      expect(answer.body.byteLength).toBe(0);
    });

    it("is not sent again to who has it", async () => {
      const answer = await client("GET", blobPath, { headers: { "If-None-Match": `"${layer.digest}"` } });
      expect(answer).toMatchObject({ status: 304, body: Buffer.alloc(0) });
    });

    it("is unknown when it was not pushed", async () => {
      const answer = await client("GET", `/v2/${name}/blobs/${blobOf(1).digest}`);
      expect(answer.status).toBe(404);
      expect(codesOf(answer)).toEqual(["BLOB_UNKNOWN"]);
      expect((await client("GET", `/v2/no/such/blobs/${layer.digest}`)).status).toBe(404);
    });

    it.skipIf(backend === "a shared layout")("is gone once deleted (repositories that own their blobs)", async () => {
      const blob = blobOf(10);
      await pushBlob(client, name, blob);
      const path = `/v2/${name}/blobs/${blob.digest}`;
      expect((await client("DELETE", path)).status).toBe(202);
      expect((await client("HEAD", path)).status).toBe(404);
      expect((await client("DELETE", path)).status).toBe(404);
    });

    it("is not deleted while it is a manifest", async () => {
      const manifest = await pushImage(client, name, "kept");
      expect((await client("DELETE", `/v2/${name}/blobs/${manifest.digest}`)).status).toBe(405);
      expect((await client("GET", `/v2/${name}/manifests/kept`)).status).toBe(200);
    });
  });

  describe("a manifest", () => {
    it.each(["sha256", "sha512"] as const)("X-17 comes back byte for byte by %s digest", async (algorithm) => {
      const text = `${manifestOf({ config, layers: [layer] }).bytes.toString()}  \n`;
      const manifest = blobOf(text, algorithm);
      const pushed = await pushManifest(client, name, manifest);
      expect(pushed).toMatchObject({
        status: 201,
        headers: { location: `/v2/${name}/manifests/${manifest.digest}`, "docker-content-digest": manifest.digest },
      });
      for (const method of ["GET", "HEAD"]) {
        const answer = await client(method, `/v2/${name}/manifests/${manifest.digest}`);
        expect(answer.headers).toMatchObject({
          "content-type": mediaTypes.manifest,
          "content-length": String(manifest.bytes.byteLength),
          "docker-content-digest": manifest.digest,
          etag: `"${manifest.digest}"`,
        });
        expect(answer.body).toEqual(method === "GET" ? manifest.bytes : Buffer.alloc(0));
      }
    });

    it("is found by its tag and its digest, and by the digest when the tag has moved on", async () => {
      const first = await pushImage(client, name, "moving", "first");
      const second = await pushImage(client, name, "moving", "second");
      expect((await client("GET", `/v2/${name}/manifests/moving`)).body).toEqual(second.bytes);
      expect((await client("GET", `/v2/${name}/manifests/${first.digest}`)).body).toEqual(first.bytes);
    });

    it("takes tags along with a push by digest", async () => {
      const manifest = manifestOf({ config, extra: { annotations: { a: "tags" } }, algorithm: "sha512" });
      const answer = await pushManifest(client, name, manifest, `${manifest.digest}?tag=one&tag=two`);
      expect(answer).toMatchObject({ status: 201, headers: { "oci-tag": "one, two" } });
      const byTag = await client("GET", `/v2/${name}/manifests/two`);
      expect(byTag).toMatchObject({ body: manifest.bytes, headers: { "docker-content-digest": manifest.digest } });
    });

    it("is refused under another digest", async () => {
      const manifest = manifestOf({ config });
      const answer = await client("PUT", `/v2/${name}/manifests/${manifest.digest}`, {
        body: `${manifest.bytes.toString()}  `,
        headers: { "Content-Type": mediaTypes.manifest },
      });
      expect(answer.status).toBe(400);
      expect(codesOf(answer)).toEqual(["DIGEST_INVALID"]);
    });

    it.each([
      ["another media type than announced", { "Content-Type": mediaTypes.index }, {}],
      ["a media type of no manifest", { "Content-Type": "text/plain" }, {}],
      ["layers and manifests (CVE-2021-41190)", {}, { manifests: [] }],
      ["a schema version of the past", {}, { schemaVersion: 1 }],
      [
        "a layer with a digest that leads elsewhere",
        {},
        { layers: [{ ...descriptorOf(layer), digest: "sha256:../../x" }] },
      ],
      ["a layer of another size than is stored", {}, { layers: [{ ...descriptorOf(layer), size: 7 }] }],
    ])("is refused with %s", async (_what, headers, extra) => {
      const answer = await pushManifest(client, name, manifestOf({ config, extra }), "refused", headers);
      expect(answer.status).toBe(400);
      expect(codesOf(answer)).toEqual(["MANIFEST_INVALID"]);
      expect((await client("GET", `/v2/${name}/manifests/refused`)).status).toBe(404);
    });

    it("may come without a Content-Type, or with parameters", async () => {
      const manifest = manifestOf({ config, extra: { annotations: { a: "type" } } });
      const put = (headers: Record<string, string>) =>
        client("PUT", `/v2/${name}/manifests/typed`, { body: manifest.bytes, headers });
      expect((await put({})).status).toBe(201);
      expect((await put({ "Content-Type": `${mediaTypes.manifest}; charset=utf-8` })).status).toBe(201);
      expect((await client("HEAD", `/v2/${name}/manifests/typed`)).headers["content-type"]).toBe(mediaTypes.manifest);
    });

    it("is refused while what it names is missing, each digest once", async () => {
      const [one, two] = [blobOf(5), blobOf(6)];
      const answer = await pushManifest(client, name, manifestOf({ config, layers: [layer, one, two, one] }), "sparse");
      expect(answer.status).toBe(400);
      expect(json(answer)).toMatchObject({
        errors: [
          { code: "MANIFEST_BLOB_UNKNOWN", detail: { digest: one.digest } },
          { code: "MANIFEST_BLOB_UNKNOWN", detail: { digest: two.digest } },
        ],
      });
    });

    it("may name foreign layers, custom fields, embedded data and no layers", async () => {
      const foreign = {
        ...descriptorOf(blobOf(9), "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
        urls: ["https://store.example.com/x"],
      };
      const data = { ...descriptorOf(layer), data: layer.bytes.toString("base64") };
      for (const extra of [
        { layers: [foreign] },
        { "org.example": { deep: [1] } },
        { layers: [data] },
        { layers: [] },
      ]) {
        expect((await pushManifest(client, name, manifestOf({ config, extra }), "odd")).status).toBe(201);
      }
    });

    it("may have 4 MiB, and no byte more", async () => {
      const sized = (size: number) => {
        const empty = manifestOf({ config, extra: { annotations: { a: "" } } });
        return manifestOf({ config, extra: { annotations: { a: "x".repeat(size - empty.bytes.byteLength) } } });
      };
      expect((await pushManifest(client, name, sized(4 * 1024 * 1024), "large")).status).toBe(201);
      const answer = await pushManifest(client, name, sized(4 * 1024 * 1024 + 1), "larger");
      expect(answer.status).toBe(413);
      expect(codesOf(answer)).toEqual(["SIZE_INVALID"]);
      const streamed = { body: [Buffer.alloc(3_000_000, " "), Buffer.alloc(3_000_000, " ")] };
      expect((await client("PUT", `/v2/${name}/manifests/larger`, streamed)).status).toBe(413);
    });

    it("may be an index, nested or empty", async () => {
      const child = manifestOf({ config, layers: [layer] });
      await pushManifest(client, name, child);
      const index = indexOf([child]);
      const nested = indexOf([], { manifests: [descriptorOf(index, mediaTypes.index)] });
      for (const [at, one] of [index, nested, indexOf([])].entries()) {
        expect((await pushManifest(client, name, one, `index-${at}`)).status).toBe(201);
        expect((await client("GET", `/v2/${name}/manifests/index-${at}`)).body).toEqual(one.bytes);
      }
    });

    it("is pushed on a condition only when it holds", async () => {
      const first = await pushImage(client, name, "conditional", "first");
      const next = manifestOf({ config, extra: { annotations: { a: "next" } } });
      const put = (headers: Record<string, string>, tag = "conditional") =>
        pushManifest(client, name, next, tag, headers);
      expect((await put({ "If-None-Match": "*" })).status).toBe(412);
      expect((await put({ "If-Match": `"${next.digest}"` })).status).toBe(412);
      expect((await put({ "If-Match": "*" }, "nothing-there")).status).toBe(412);
      expect((await client("GET", `/v2/${name}/manifests/conditional`)).body).toEqual(first.bytes);
      expect((await put({ "If-Match": `"${first.digest}"` })).status).toBe(201);
      expect((await put({ "If-None-Match": "*" }, "new-there")).status).toBe(201);
    });

    it("lets one of ten win who create the same tag at once", async () => {
      const manifests = Array.from({ length: 10 }, (_, at) =>
        manifestOf({ config, extra: { annotations: { a: `${at}` } } }),
      );
      const answers = await Promise.all(
        manifests.map((manifest) => pushManifest(client, name, manifest, "raced", { "If-None-Match": "*" })),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 201)).toHaveLength(1);
      expect(statuses.filter((status) => status === 412)).toHaveLength(9);
    });

    it("is not sent again to who has it", async () => {
      const { digest } = await pushImage(client, name, "cached");
      const headers = { "If-None-Match": `"sha256:other", W/"${digest}"` };
      expect((await client("GET", `/v2/${name}/manifests/cached`, { headers })).status).toBe(304);
    });

    it("loses one tag and stays, or is deleted with all of them", async () => {
      const manifest = await pushImage(client, name, "gone-1", "gone");
      await pushImage(client, name, "gone-2", "gone");
      const path = (reference: string) => `/v2/${name}/manifests/${reference}`;
      expect((await client("DELETE", path("gone-1"))).status).toBe(202);
      expect((await client("GET", path("gone-1"))).status).toBe(404);
      expect((await client("GET", path(manifest.digest))).status).toBe(200);
      expect((await client("DELETE", path(manifest.digest))).status).toBe(202);
      for (const reference of ["gone-2", manifest.digest])
        expect((await client("GET", path(reference))).status).toBe(404);
      expect((await client("DELETE", path(manifest.digest))).status).toBe(404);
      expect((await client("DELETE", path("gone-1"))).status).toBe(404);
    });

    it("stays in one repository when it is deleted from another", async () => {
      const manifest = await pushImage(client, "two/a", "v1", "both");
      await pushImage(client, "two/b", "v1", "both");
      expect((await client("DELETE", `/v2/two/a/manifests/${manifest.digest}`)).status).toBe(202);
      expect((await client("GET", `/v2/two/a/manifests/${manifest.digest}`)).status).toBe(404);
      expect((await client("GET", `/v2/two/b/manifests/v1`)).body).toEqual(manifest.bytes);
      expect((await client("GET", `/v2/two/b/manifests/${manifest.digest}`)).body).toEqual(manifest.bytes);
    });

    it("is unknown to a repository that it was not pushed to", async () => {
      const manifest = await pushImage(client, "three/a", "v1", "three");
      await pushImage(client, "three/b", "v1", "other");
      const answer = await client("GET", `/v2/three/b/manifests/${manifest.digest}`);
      expect(answer.status).toBe(404);
      expect(codesOf(answer)).toEqual(["MANIFEST_UNKNOWN"]);
    });

    it("is not what a blob is, even by its digest", async () => {
      expect((await client("GET", `/v2/${name}/manifests/${config.digest}`)).status).toBe(404);
    });
  });
});

describe("sparse", () => {
  const config = blobOf("{}");
  const missing = blobOf(5);
  const push = async (sparse: "none" | "indexes" | "all") => {
    await using served = await serve("memory", { sparse });
    await pushBlob(served.client, name, config);
    const image = await pushManifest(served.client, name, manifestOf({ config, layers: [missing] }), "image");
    const index = await pushManifest(served.client, name, indexOf([missing]), "index");
    return [image.status, index.status];
  };

  it.each([
    ["none", [400, 400]],
    ["indexes", [400, 201]],
    ["all", [201, 201]],
  ] as const)("%s: an image without a layer and an index without a manifest get %j", async (sparse, statuses) => {
    expect(await push(sparse)).toEqual(statuses);
  });
});
