import { randomBytes } from "node:crypto";
import {
  append,
  behindProxy,
  corrupt,
  fail,
  lie,
  likeGhcr,
  randomFaults,
  reset,
  resetDownload,
  resetUpload,
  truncate,
  withAbsoluteLocations,
  withUploadState,
} from "@stax/registry/faults";
import { describe, expect, it } from "vitest";
import { describeBytes, pushArtifact } from "../artifact.fixture.ts";
import {
  bytesContent,
  type Content,
  copy,
  type Descriptor,
  digestOf,
  fetchBytes,
  MemoryStore,
  type OciError,
} from "../index.ts";
import { requestsOf, type Served, serve } from "./registry.fixture.ts";

const mebibyte = 1024 * 1024;
const large = randomBytes(9 * mebibyte);
const target = describeBytes(large, "application/octet-stream");
const content: Content = {
  open: () =>
    Array.from({ length: 90 }, (_, at) => large.subarray(at * (large.length / 90), (at + 1) * (large.length / 90))),
};

async function pulled(served: Served): Promise<Buffer> {
  return Buffer.from(await fetchBytes(served.repository(), target, { limit: target.size }));
}

async function pushed(served: Served): Promise<void> {
  await served.repository().push(target, content);
  served.registry.reset();
  expect((await pulled(served)).equals(large)).toBe(true);
}

describe("downloads", () => {
  it("X-12 go on where they broke off", async () => {
    await using served = await serve();
    await served.repository().push(target, content);
    served.registry.inject({ when: { method: "GET" }, action: resetDownload(3 * mebibyte), times: 2 });
    expect((await pulled(served)).equals(large)).toBe(true);
    const ranges = requestsOf(served, "GET", "blob").map(({ headers }) => headers.range);
    expect(ranges).toHaveLength(3);
    expect(ranges.slice(1)).toEqual([expect.stringMatching(/^bytes=\d+-$/), expect.stringMatching(/^bytes=\d+-$/)]);
  });

  it("X-12 go on where a registry answers a range with everything", async () => {
    await using served = await serve();
    await served.repository().push(target, content);
    served.registry.inject({ when: { method: "GET" }, action: resetDownload(2 * mebibyte), times: 1 });
    served.registry.inject({
      when: { method: "GET" },
      skip: 1,
      action: { name: "no ranges", answer: () => ({ status: 200, body: large }) },
    });
    expect((await pulled(served)).equals(large)).toBe(true);
  });

  it("X-01 X-12 take an end without a length for a broken connection", async () => {
    await using served = await serve();
    await served.repository().push(target, content);
    served.registry.inject({ when: { method: "GET" }, action: truncate(mebibyte, { clean: true }), times: 1 });
    expect((await pulled(served)).equals(large)).toBe(true);
  });

  it("refuse another part than was asked for", async () => {
    await using served = await serve();
    await served.repository().push(target, content);
    served.registry.inject({ when: { method: "GET" }, action: resetDownload(2 * mebibyte), times: 1 });
    served.registry.inject({
      when: { method: "GET" },
      skip: 1,
      action: {
        name: "wrong range",
        answer: () => ({
          status: 206,
          headers: { "Content-Range": `bytes ${8 * mebibyte}-${large.length - 1}/${large.length}` },
          body: large.subarray(8 * mebibyte),
        }),
      },
    });
    await expect(pulled(served)).rejects.toMatchObject({ code: "ERR_STAX_RESPONSE_INVALID" });
  });

  it.each([
    ["a flipped bit", corrupt(5 * mebibyte), "ERR_STAX_DIGEST_MISMATCH"],
    ["bytes after the end", append("x"), "ERR_STAX_SIZE_MISMATCH"],
    ["a wrong Content-Length", lie({ "Content-Length": "5" }), "ERR_STAX_SIZE_MISMATCH"],
  ])("X-01 refuse %s, and give out no last byte", async (_, action, code) => {
    await using served = await serve();
    await served.repository().push(target, content);
    served.registry.inject({ when: { method: "GET", kind: "blob" }, action });
    let seen = 0;
    const reading = async () => {
      for await (const chunk of await served.repository().fetch(target)) seen += chunk.length;
    };
    await expect(reading()).rejects.toMatchObject({ code, category: "registry" });
    if (code === "ERR_STAX_DIGEST_MISMATCH") expect(seen).toBeLessThan(large.length);
    const store = new MemoryStore();
    await expect(store.push(target, { open: () => served.repository().fetch(target) })).rejects.toMatchObject({ code });
    expect(await store.exists(target)).toBe(false);
  });

  it("end at the signal, and close their connection", async () => {
    await using served = await serve();
    await served.repository().push(target, content);
    const controller = new AbortController();
    const stream = await served.repository().fetch(target, { signal: controller.signal });
    const reading = (async () => {
      for await (const _ of stream) controller.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
  });

  it("that nobody reads hold up nobody", async () => {
    await using served = await serve({}, { concurrency: 1 });
    await served.repository().push(target, content);
    const unread = await served.repository().fetch(target);
    expect(await served.repository().exists(target)).toBe(true);
    unread.destroy();
  });
});

describe("uploads", () => {
  it("are one POST and one PUT", async () => {
    await using served = await serve();
    await served.repository().push(target, content);
    expect(served.log()).toEqual(["HEAD blob", "POST uploads", "PUT upload"]);
    expect((await pulled(served)).equals(large)).toBe(true);
  });

  it("X-12 use the Location of the last answer, relative or absolute, with its state", async () => {
    for (const faults of [withAbsoluteLocations(), withUploadState()]) {
      await using served = await serve({ faults: [...faults, ...behindProxy(5 * mebibyte)] });
      await pushed(served);
    }
  });

  it("X-12 go in chunks of at most 4 MiB where a PUT is too large (413), as behind proxies", async () => {
    await using served = await serve({ faults: behindProxy(4 * mebibyte) });
    await served.repository().push(target, content);
    const patches = requestsOf(served, "PATCH", "upload");
    expect(patches.map(({ headers }) => headers["content-range"])).toEqual([
      `0-${4 * mebibyte - 1}`,
      `${4 * mebibyte}-${8 * mebibyte - 1}`,
    ]);
    expect(requestsOf(served, "DELETE", "upload")).toHaveLength(1);
    expect((await pulled(served)).equals(large)).toBe(true);
  });

  it("stay whole at a registry that refuses chunks above 4 MiB (GHCR)", async () => {
    await using served = await serve({ faults: likeGhcr() });
    await pushed(served);
  });

  it("X-12 respect OCI-Chunk-Min-Length", async () => {
    await using served = await serve({
      registry: { minChunkSize: 5 * mebibyte },
      faults: [{ when: { method: "PUT", kind: "upload" }, action: fail(413), times: 1 }],
    });
    await served.repository().push(target, content);
    expect(requestsOf(served, "PATCH", "upload").map(({ headers }) => headers["content-length"])).toEqual([
      String(5 * mebibyte),
    ]);
    expect((await pulled(served)).equals(large)).toBe(true);
  });

  it("X-12 resume a PUT that broke off from where the registry says that it is", async () => {
    await using served = await serve({
      faults: [{ when: { method: "PUT", kind: "upload" }, action: resetUpload(6 * mebibyte), times: 1 }],
    });
    await pushed(served);
  });

  it("X-12 resume chunks that broke off", async () => {
    await using served = await serve({
      faults: [
        { when: { method: "PUT", kind: "upload" }, action: fail(413), times: 1 },
        { when: { method: "PATCH" }, action: resetUpload(mebibyte), times: 2 },
        { when: { method: "PATCH" }, skip: 3, action: fail(503), times: 1 },
      ],
    });
    await pushed(served);
  });

  it("start over when the registry has forgotten them", async () => {
    await using served = await serve({
      faults: [{ when: { method: "PUT", kind: "upload" }, action: fail(404, "BLOB_UPLOAD_UNKNOWN"), times: 1 }],
    });
    await served.repository().push(target, content);
    expect(requestsOf(served, "POST", "uploads")).toHaveLength(2);
    expect((await pulled(served)).equals(large)).toBe(true);
  });

  it("have succeeded when only the answer got lost", async () => {
    let lost = 0;
    const loseAnswer = {
      name: "lost answer",
      response: async function* drop() {
        lost++;
        yield* [];
        throw new Error("lost");
      },
    };
    await using served = await serve({
      faults: [{ when: { method: "PUT", kind: "upload" }, action: loseAnswer, times: 1 }],
    });
    await served.repository().push(target, content);
    expect((await pulled(served)).equals(large)).toBe(true);
    expect(lost).toBeLessThanOrEqual(1);
  });

  it.each([
    ["a reset", reset(), "ERR_STAX_CONNECTION_LOST"],
    ["500", fail(500), "ERR_STAX_REGISTRY_FAILED"],
    ["400", fail(400, "DIGEST_INVALID"), "ERR_STAX_REQUEST_REJECTED"],
  ])("that always end with %s fail with one clear error, and leave nothing visible", async (_, action, code) => {
    await using served = await serve({ faults: [{ when: { method: ["PUT", "PATCH"], kind: "upload" }, action }] });
    await expect(served.repository().push(target, content)).rejects.toMatchObject({ code, category: "registry" });
    served.registry.reset();
    expect(await served.repository().exists(target)).toBe(false);
  });
});

describe("pushes and pulls under random faults", () => {
  it("X-12 end complete and verified, or in one clear error, and show nothing partial", async () => {
    const seed = Number(process.env.STAX_SEED ?? Math.floor(Math.random() * 1e9));
    const rounds = Number(process.env.STAX_SOAK_ROUNDS ?? 30);
    await using served = await serve({ seed });
    let complete = 0;
    const ended = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      served.registry.reset();
      for (const fault of randomFaults(0.5, 4096)) served.registry.inject(fault);
      const repository = served.repository(`team/round-${round}`);
      const source = new MemoryStore();
      const root = await pushArtifact(source, "agent", { layers: [`${round}`, "x".repeat(10_000 + round)] });
      await source.tag(root, "v1");
      const destination = new MemoryStore();
      try {
        await copy(source, "v1", repository);
        await copy(repository, "v1", destination);
        expect(await fetchBytes(destination, root), `seed ${seed}`).toEqual(await fetchBytes(source, root));
        complete++;
      } catch (error) {
        expect(error, `seed ${seed}, round ${round}: ${String(error)}`).toMatchObject({
          code: expect.stringMatching(/^ERR_STAX_/),
          category: "registry",
        });
        const { code } = error as OciError; // the assertion above says so
        ended.set(code, (ended.get(code) ?? 0) + 1);
        expect(await destination.tags()).toEqual([]);
      }
      served.registry.reset();
      if (await isVisible(served, `team/round-${round}`))
        await copy(served.repository(`team/round-${round}`), "v1", new MemoryStore());
    }
    if (process.env.STAX_SOAK_ROUNDS !== undefined)
      console.info(
        `seed ${seed}: ${complete} of ${rounds} complete, others: ${JSON.stringify(Object.fromEntries(ended))}`,
      );
    expect(complete, `seed ${seed}`).toBeGreaterThan(rounds / 5);
  });
});

async function isVisible(served: Served, name: string): Promise<boolean> {
  return served
    .repository(name)
    .resolve("v1")
    .then(
      () => true,
      () => false,
    );
}

it("a blob is held against its digest even where it is pushed by sha512", async () => {
  await using served = await serve();
  const bytes = randomBytes(1000);
  const long: Descriptor = { mediaType: "a/b", digest: digestOf(bytes, "sha512"), size: 1000 };
  await expect(served.repository().push(long, bytesContent(randomBytes(1000)))).rejects.toMatchObject({
    code: "ERR_STAX_DIGEST_MISMATCH",
  });
});
