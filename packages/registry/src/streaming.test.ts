import { createHash } from "node:crypto";
import { request } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Digest } from "@stax/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Served, serve } from "./client.fixture.ts";

const piece = Buffer.alloc(64 * 1024, "stax");
const count = 2048;

describe("a blob of 128 MiB in a directory", () => {
  let served: Served;
  let digest: Digest;
  beforeAll(async () => {
    served = await serve("a directory");
    const hash = createHash("sha256");
    for (let at = 0; at < count; at++) hash.update(piece);
    digest = `sha256:${hash.digest("hex")}`;
  });
  afterAll(() => served[Symbol.asyncDispose]());

  it("is taken and given in pieces, never whole in memory", async () => {
    const watch = watchBuffers();
    expect(await upload(`${served.client.url}/v2/big/blobs/uploads/?digest=${digest}`)).toBe(201);
    const response = await fetch(`${served.client.url}/v2/big/blobs/${digest}`);
    const hash = createHash("sha256");
    for await (const chunk of response.body ?? []) hash.update(chunk);
    expect(`sha256:${hash.digest("hex")}`).toBe(digest);
    // What is garbage counts too; the whole blob would be 128 MiB at least.
    expect(watch.stop()).toBeLessThan(100 * 1024 * 1024);
  });

  it("waits for a client that reads slowly", async () => {
    const watch = watchBuffers();
    const response = await new Promise<NodeJS.ReadableStream>((resolve) =>
      request(`${served.client.url}/v2/big/blobs/${digest}`, resolve).end(),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(watch.stop()).toBeLessThan(32 * 1024 * 1024);
    response.resume();
    await new Promise((resolve) => response.once("end", resolve));
  });
});

async function upload(url: string): Promise<number> {
  const outgoing = request(url, { method: "POST" });
  const answered = new Promise<number>((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
  });
  await pipeline(async function* () {
    for (let at = 0; at < count; at++) yield piece;
  }, outgoing);
  return answered;
}

/** The most memory in buffers above what there was, in bytes: client and server together. */
function watchBuffers(): { stop(): number } {
  const before = process.memoryUsage().arrayBuffers;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().arrayBuffers);
  }, 5);
  return {
    stop() {
      clearInterval(timer);
      return peak - before;
    },
  };
}
