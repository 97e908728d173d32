import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, withoutReferrers } from "@stax/registry/faults";
import { describe, expect, it } from "vitest";
import { absent, describeBytes, pushArtifact, pushBytes, pushJson, text } from "../artifact.fixture.ts";
import { bytesContent, type Content, emptyDescriptor, fetchBytes, mediaTypes } from "../index.ts";
import { createClient, requestsOf, type Served, serve } from "./registry.fixture.ts";

const bytes = text("what many push at once");
const target = describeBytes(bytes);

/** How often a blob was uploaded. */
const uploadsOf = (served: Served, digest: string): number =>
  requestsOf(served, "PUT", "upload").filter(({ url }) => decodeURIComponent(url).includes(digest)).length;

/** Content that waits to be let go; `opened` says that it is being read. */
function held(): { readonly content: Content; readonly opened: Promise<void>; readonly letGo: () => void } {
  let open = () => {};
  let letGo = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  async function* read() {
    open();
    await gate;
    yield bytes;
  }
  return { content: { open: read }, opened, letGo: () => letGo() };
}

describe("pushes of one blob at once", () => {
  it("X-15 upload it once: distribution 2.8 refuses manifests while a blob that they name is stored again", async () => {
    await using served = await serve({ faults: withoutReferrers() });
    const subject = await pushArtifact(served.repository(), "subject", { layers: [] });
    await served.repository().delete(emptyDescriptor);
    served.registry.reset();
    const many = Array.from({ length: 10 }, (_, at) =>
      pushArtifact(served.repository(), "signature", { subject, annotations: { at: `${at}` } }),
    );
    await Promise.all(many);
    expect(uploadsOf(served, emptyDescriptor.digest)).toBe(1);
  });

  it("wait for the first one, which decides for all", async () => {
    await using served = await serve();
    const { content, opened, letGo } = held();
    const first = served.repository().push(target, content);
    await opened;
    const second = served.repository().push(target, bytesContent(bytes));
    await expect(Promise.race([second, sleep(30, "waits")])).resolves.toBe("waits");
    letGo();
    await Promise.all([first, second]);
    expect(uploadsOf(served, target.digest)).toBe(1);
  });

  it("try themselves where the first one fails", async () => {
    await using served = await serve();
    const gone = new Error("the disk is gone");
    const { content, opened, letGo } = held();
    const breaking: Content = {
      async *open() {
        yield* content.open() as AsyncIterable<Uint8Array>; // held() opens an async generator
        throw gone;
      },
    };
    const first = served.repository().push(target, breaking);
    await opened;
    const others = [1, 2, 3].map(() => served.repository().push(target, bytesContent(bytes)));
    letGo();
    await expect(first).rejects.toThrow(gone);
    await Promise.all(others);
    expect(Buffer.from(await fetchBytes(served.repository(), target))).toEqual(Buffer.from(bytes));
  });

  it("try themselves where the first one is aborted, whose signal ends nobody else", async () => {
    await using served = await serve();
    const { content, opened } = held();
    const mine = new AbortController();
    const first = served.repository().push(target, content, { signal: mine.signal });
    await opened;
    const other = new AbortController();
    const second = served.repository().push(target, bytesContent(bytes), { signal: other.signal });
    mine.abort(new Error("mine"));
    await expect(first).rejects.toThrow("mine");
    await second;
    expect(await served.repository().exists(target)).toBe(true);
    expect(getEventListeners(other.signal, "abort")).toEqual([]);
  });

  it("give up at their own signal while the first one goes on", async () => {
    await using served = await serve();
    const { content, opened, letGo } = held();
    const first = served.repository().push(target, content);
    await opened;
    const other = new AbortController();
    const second = served.repository().push(target, bytesContent(bytes), { signal: other.signal });
    await sleep(5);
    other.abort(new Error("other"));
    await expect(second).rejects.toThrow("other");
    letGo();
    await first;
    expect(await served.repository().exists(target)).toBe(true);
  });

  it("X-14 with a lie about its size are told, not taken for the other one", async () => {
    await using served = await serve();
    const lying = served.repository().push({ ...target, size: 3 }, bytesContent(bytes));
    await Promise.all([
      served.repository().push(target, bytesContent(bytes)),
      expect(lying).rejects.toMatchObject({ code: "ERR_STAX_SIZE_MISMATCH" }),
    ]);
  });

  it("X-15 know what another one of the client stored since it was not there", async () => {
    await using served = await serve();
    const [one, two] = [served.repository(), served.repository()];
    expect(await two.exists(target)).toBe(false);
    await one.push(target, bytesContent(bytes));
    await two.push(target, bytesContent(bytes));
    expect(uploadsOf(served, target.digest)).toBe(1);
  });
});

describe("a manifest whose blobs the registry does not see yet", () => {
  const manifest = (served: Served, layers: readonly object[] = []) =>
    pushJson(
      served.repository(),
      { schemaVersion: 2, mediaType: mediaTypes.manifest, config: emptyDescriptor, layers },
      mediaTypes.manifest,
    );
  const puts = (served: Served) => requestsOf(served, "PUT", "manifest").length;

  it.each([
    [400, "MANIFEST_BLOB_UNKNOWN"],
    [404, "MANIFEST_BLOB_UNKNOWN"],
    [404, "BLOB_UNKNOWN"],
  ])("X-12 is pushed again: others store the same blob, or the registry agrees late (%i %s)", async (status, code) => {
    await using served = await serve();
    await pushBytes(served.repository(), text("{}"), mediaTypes.empty);
    served.registry.inject({ when: { method: "PUT", kind: "manifest" }, times: 3, action: fail(status, code) });
    const pushed = await manifest(served);
    expect(await served.repository().exists(pushed)).toBe(true);
    expect(puts(served)).toBe(4);
    expect(served.events.filter(({ type }) => type === "retry")).toHaveLength(3);
  });

  it("ends within about a second where a blob is truly missing, with what the registry says", async () => {
    await using served = await serve();
    await pushBytes(served.repository(), text("{}"), mediaTypes.empty);
    using patient = createClient({ retry: undefined });
    const repository = patient.repository({ registry: served.registry.host, repository: "team/agent" });
    const layers = [{ ...absent, mediaType: "text/plain" }];
    const value = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: emptyDescriptor, layers };
    const started = performance.now();
    await expect(pushJson(repository, value, mediaTypes.manifest)).rejects.toMatchObject({
      code: "ERR_STAX_REQUEST_REJECTED",
      message: expect.stringContaining("does not hold what the manifest names"),
      details: { status: 400, registryCodes: ["MANIFEST_BLOB_UNKNOWN"] },
    });
    expect(puts(served)).toBe(4);
    // Three waits of 50, 150 and 450 ms, a quarter more at most.
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it("is not pushed again for any other reason, nor by who wants one attempt", async () => {
    await using served = await serve();
    await pushBytes(served.repository(), text("{}"), mediaTypes.empty);
    const invalid = served.registry.inject({ when: { kind: "manifest" }, action: fail(400, "MANIFEST_INVALID") });
    await expect(manifest(served)).rejects.toMatchObject({ code: "ERR_STAX_REQUEST_REJECTED" });
    expect(puts(served)).toBe(1);
    invalid();
    served.registry.inject({ when: { kind: "manifest" }, action: fail(400, "MANIFEST_BLOB_UNKNOWN") });
    using once = createClient({ retry: { attempts: 1 } });
    const repository = once.repository({ registry: served.registry.host, repository: "team/agent" });
    await expect(pushArtifact(repository, "agent")).rejects.toMatchObject({ code: "ERR_STAX_REQUEST_REJECTED" });
    expect(puts(served)).toBe(2);
  });

  it("waits no longer than its signal lets it", async () => {
    await using served = await serve({}, { retry: { minDelay: 60_000, maxDelay: 60_000 } });
    await pushBytes(served.repository(), text("{}"), mediaTypes.empty);
    const own = new AbortController();
    served.registry.inject({
      when: { method: "PUT", kind: "manifest" },
      action: fail(400, "MANIFEST_BLOB_UNKNOWN"),
    });
    const bytesOf = text(
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.manifest, config: emptyDescriptor, layers: [] }),
    );
    const pushing = served
      .repository()
      .push(describeBytes(bytesOf, mediaTypes.manifest), bytesContent(bytesOf), { signal: own.signal });
    setTimeout(() => own.abort(new Error("enough")), 100);
    await expect(pushing).rejects.toThrow("enough");
  });
});
