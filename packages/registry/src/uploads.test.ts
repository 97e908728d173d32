import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends, blobOf, type Client, codesOf, pushBlob, type Served, serve } from "./client.fixture.ts";

const name = "team/agent";

describe.each(backends)("uploads over %s", (backend) => {
  let served: Served;
  let client: Client;

  beforeAll(async () => {
    served = await serve(backend);
    client = served.client;
  });
  afterAll(() => served[Symbol.asyncDispose]());

  const start = async (query = ""): Promise<string> => {
    const { status, headers } = await client("POST", `/v2/${name}/blobs/uploads/${query}`);
    expect(status).toBe(202);
    return headers.location ?? "";
  };
  const pulled = async (digest: string) => client("GET", `/v2/${name}/blobs/${digest}`);

  describe.each(["sha256", "sha512"] as const)("with %s", (algorithm) => {
    it("stores a blob sent with the first POST", async () => {
      const { bytes, digest } = blobOf(512, algorithm);
      const answer = await client("POST", `/v2/${name}/blobs/uploads/?digest=${digest}`, { body: bytes });
      expect(answer).toMatchObject({
        status: 201,
        headers: { location: `/v2/${name}/blobs/${digest}`, "docker-content-digest": digest },
      });
      expect((await pulled(digest)).body).toEqual(bytes);
    });

    it("stores a blob sent with POST and PUT", async () => {
      const blob = blobOf(3_000_000, algorithm);
      expect((await pushBlob(client, name, blob)).status).toBe(201);
      const answer = await pulled(blob.digest);
      expect(answer.body.equals(blob.bytes)).toBe(true);
      expect(answer.headers["docker-content-digest"]).toBe(blob.digest);
    });

    it("stores a blob streamed with one PATCH", async () => {
      const { bytes, digest } = blobOf(200_000, algorithm);
      const location = await start();
      const parts = [bytes.subarray(0, 70_000), bytes.subarray(70_000)];
      const patched = await client("PATCH", location, { body: parts });
      expect(patched).toMatchObject({ status: 202, headers: { range: "0-199999" } });
      const finished = await client("PUT", `${patched.headers.location}?digest=${digest}`, { body: "" });
      expect(finished.status).toBe(201);
      expect((await pulled(digest)).body.equals(bytes)).toBe(true);
    });

    it.each([true, false])(
      "stores chunks in order and refuses others with 416 (last one by PUT: %s)",
      async (byPut) => {
        const { bytes, digest } = blobOf(3067, algorithm);
        let location = await start(`?digest-algorithm=${algorithm}`);
        for (const first of [0, 1024, 2048]) {
          const end = Math.min(first + 1024, bytes.byteLength);
          const range = (from: number, to: number) => ({ "Content-Range": `${from}-${to - 1}` });
          const skipped = await client("PATCH", location, {
            body: bytes.subarray(0, 7),
            headers: range(first + 7, first + 14),
          });
          expect(skipped).toMatchObject({ status: 416, headers: { location, range: `0-${Math.max(0, first - 1)}` } });
          const status = await client("GET", location);
          expect(status).toMatchObject({ status: 204, headers: { range: `0-${Math.max(0, first - 1)}` } });
          const isLast = byPut && end === bytes.byteLength;
          const path = isLast ? `${location}?digest=${digest}` : location;
          const sent = await client(isLast ? "PUT" : "PATCH", path, {
            body: bytes.subarray(first, end),
            headers: range(first, end),
          });
          expect(sent.status).toBe(isLast ? 201 : 202);
          location = isLast ? location : (sent.headers.location ?? "");
        }
        if (!byPut) expect((await client("PUT", `${location}?digest=${digest}`)).status).toBe(201);
        expect((await pulled(digest)).body).toEqual(bytes);
      },
    );

    it("refuses a chunk that was sent before", async () => {
      const location = await start();
      const send = () => client("PATCH", location, { body: "0123456789", headers: { "Content-Range": "0-9" } });
      expect((await send()).status).toBe(202);
      expect(await send()).toMatchObject({ status: 416, headers: { range: "0-9" } });
      expect((await client("GET", location)).headers.range).toBe("0-9");
    });

    it("refuses a PUT of a chunk out of order with 416 and keeps the session", async () => {
      const { bytes, digest } = blobOf(20, algorithm);
      const location = await start();
      const put = (from: number, to: number) =>
        client("PUT", `${location}?digest=${digest}`, {
          body: bytes.subarray(from, to),
          headers: { "Content-Range": `${from}-${to - 1}` },
        });
      expect((await put(10, 20)).status).toBe(416);
      expect((await put(0, 20)).status).toBe(201);
    });

    it.each(["POST", "PUT", "PATCH"])("refuses bytes of another digest (%s)", async (method) => {
      const { digest } = blobOf(512, algorithm);
      const body = "oh no";
      const location = await start();
      if (method === "PATCH") expect((await client("PATCH", location, { body })).status).toBe(202);
      const answer =
        method === "POST"
          ? await client("POST", `/v2/${name}/blobs/uploads/?digest=${digest}`, { body })
          : await client("PUT", `${location}?digest=${digest}`, { body: method === "PUT" ? body : "" });
      expect(answer.status).toBe(400);
      expect(codesOf(answer)).toEqual(["DIGEST_INVALID"]);
      expect((await pulled(digest)).status).toBe(404);
    });

    it("stores a blob without bytes", async () => {
      const blob = blobOf("", algorithm);
      expect((await pushBlob(client, name, blob)).status).toBe(201);
      const answer = await pulled(blob.digest);
      expect(answer).toMatchObject({ status: 200, headers: { "content-length": "0" } });
      expect((await client("HEAD", `/v2/${name}/blobs/${blob.digest}`)).headers["content-length"]).toBe("0");
    });
  });

  it("X-15 mounts a blob of another repository, named or not", async () => {
    const blob = blobOf(700);
    await pushBlob(client, "source/one", blob);
    for (const [target, query] of [
      ["target/named", `?mount=${blob.digest}&from=source/one`],
      ["target/found", `?mount=${blob.digest}`],
    ]) {
      const answer = await client("POST", `/v2/${target}/blobs/uploads/${query}`);
      expect(answer).toMatchObject({ status: 201, headers: { location: `/v2/${target}/blobs/${blob.digest}` } });
      expect((await client("GET", `/v2/${target}/blobs/${blob.digest}`)).body).toEqual(blob.bytes);
    }
  });

  it("starts a session when the blob to mount is missing", async () => {
    const { bytes, digest } = blobOf(300);
    const answer = await client("POST", `/v2/${name}/blobs/uploads/?mount=${digest}&from=source/none`);
    expect(answer.status).toBe(202);
    expect((await client("PUT", `${answer.headers.location}?digest=${digest}`, { body: bytes })).status).toBe(201);
  });

  it("forgets a cancelled upload", async () => {
    const location = await start();
    expect((await client("DELETE", location)).status).toBe(204);
    const answer = await client("GET", location);
    expect(answer.status).toBe(404);
    expect(codesOf(answer)).toEqual(["BLOB_UPLOAD_UNKNOWN"]);
  });

  it("knows a session in its own repository only", async () => {
    const location = await start();
    expect((await client("GET", location.replace(name, "team/other"))).status).toBe(404);
  });

  it("refuses a chunk longer or shorter than its Content-Range, and the session goes on", async () => {
    const { bytes, digest } = blobOf(100);
    const location = await start();
    const headers = { "Content-Range": "0-49" };
    const wrong = await client("PATCH", location, { body: bytes.subarray(0, 60), headers });
    expect(codesOf(wrong)).toEqual(["SIZE_INVALID"]);
    const long = await client("PATCH", location, { body: [bytes.subarray(0, 40), bytes.subarray(40, 60)], headers });
    expect(codesOf(long)).toEqual(["SIZE_INVALID"]);
    expect((await client("PATCH", location, { body: bytes.subarray(0, 50), headers })).status).toBe(202);
    const rest = { body: bytes.subarray(50), headers: { "Content-Range": "50-99" } };
    expect((await client("PUT", `${location}?digest=${digest}`, rest)).status).toBe(201);
  });

  it.each(["5-4", "a-b", "0-", ""])("refuses the Content-Range %j", async (range) => {
    const location = await start();
    const answer = await client("PATCH", location, { body: "x", headers: { "Content-Range": range } });
    expect(answer.status).toBe(400);
  });

  it("keeps what arrived before the connection broke", async () => {
    const { bytes, digest } = blobOf(3_000_000);
    const location = await start();
    await new Promise<void>((resolve) => {
      const broken = request(`${client.url}${location}`, { method: "PATCH" });
      broken.on("error", () => undefined);
      broken.on("close", resolve);
      broken.write(bytes.subarray(0, 2_000_000), () => setTimeout(() => broken.destroy(), 50));
    });
    const received = await settled(location);
    expect(received).toBeGreaterThan(0);
    expect(received).toBeLessThanOrEqual(2_000_000);
    const answer = await client("PUT", `${location}?digest=${digest}`, {
      body: bytes.subarray(received),
      headers: { "Content-Range": `${received}-${bytes.byteLength - 1}` },
    });
    expect(answer.status).toBe(201);
    expect((await pulled(digest)).body.equals(bytes)).toBe(true);
  });

  const settled = async (location: string): Promise<number> => {
    for (let before = -1; ; await delay(20)) {
      const { headers } = await client("GET", location);
      const size = Number(String(headers.range).slice(2)) + 1;
      if (size === before && size > 1) return size;
      before = size;
    }
  };

  it("takes forty blobs of twenty clients at once, and the same blob twenty times", async () => {
    const same = blobOf(50_000);
    const blobs = Array.from({ length: 20 }, () => [blobOf(50_000), same]).flat();
    const answers = await Promise.all(blobs.map((blob) => pushBlob(client, name, blob)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    for (const { bytes, digest } of blobs) expect((await pulled(digest)).body.equals(bytes)).toBe(true);
  });
});

describe("limits of uploads", () => {
  it("forgets a session that nobody comes back to", async () => {
    await using served = await serve("a directory", { uploadTtl: 40 });
    const { headers } = await served.client("POST", `/v2/${name}/blobs/uploads/`);
    await delay(150);
    expect((await served.client("GET", headers.location ?? "")).status).toBe(404);
  });

  it("lets only so many sessions be open", async () => {
    await using served = await serve("memory", { maxUploads: 2 });
    const statuses = [];
    for (let at = 0; at < 3; at++) statuses.push(await served.client("POST", `/v2/${name}/blobs/uploads/`));
    expect(statuses.map(({ status }) => status)).toEqual([202, 202, 429]);
    expect(statuses[2]?.headers["retry-after"]).toBe("10");
  });

  it("announces the least size of a chunk and holds clients to it", async () => {
    await using served = await serve("memory", { minChunkSize: 10 });
    const { client } = served;
    const { headers } = await client("POST", `/v2/${name}/blobs/uploads/`);
    expect(headers["oci-chunk-min-length"]).toBe("10");
    const location = headers.location ?? "";
    const chunk = (first: number, body: string) =>
      client("PATCH", location, { body, headers: { "Content-Range": `${first}-${first + body.length - 1}` } });
    expect((await chunk(0, "0123456789")).status).toBe(202);
    expect((await chunk(10, "short")).status).toBe(202);
    expect(codesOf(await chunk(15, "0123456789"))).toEqual(["SIZE_INVALID"]);
    const { digest } = blobOf("0123456789short");
    expect((await client("PUT", `${location}?digest=${digest}`)).status).toBe(201);
  });

  it("refuses an algorithm that it does not know", async () => {
    await using served = await serve("memory");
    expect((await served.client("POST", `/v2/${name}/blobs/uploads/?digest-algorithm=md5`)).status).toBe(400);
  });
});
