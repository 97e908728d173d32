import {
  copy,
  type Descriptor,
  emptyDescriptor,
  fetchBytes,
  fetchManifest,
  MemoryStore,
  packManifest,
} from "@stax/oci";
import { describe, expect, it } from "vitest";
import { attachSignature, bundleMediaType, findSignature, parseKey, signWithKey } from "./index.ts";
import { newKey } from "./keys.fixture.ts";

async function signed() {
  const store = new MemoryStore();
  const subject = await packManifest(store, { artifactType: "application/vnd.example.release" });
  await store.tag(subject, "1.0");
  const pair = newKey();
  const key = parseKey(pair.pem);
  const bundle = signWithKey(subject, key);
  return { store, subject, key, bundle, ...pair };
}

/** Attaches these bytes as if they were a bundle. */
async function attachBytes(store: MemoryStore, subject: Descriptor, text: string): Promise<Descriptor> {
  return await attachSignature(store, subject, Buffer.from(text));
}

describe("attachSignature", () => {
  it("S05-37 makes a referrer with the type and annotations of cosign, whose one layer is the bundle", async () => {
    const { store, subject, bundle } = await signed();
    const created = new Date("2026-05-04T03:02:01.999Z");
    const referrer = await attachSignature(store, subject, bundle, { created });
    const [listed] = await store.predecessors(subject, { artifactType: bundleMediaType });
    expect(listed?.digest).toBe(referrer.digest);
    const parsed = await fetchManifest(store, referrer);
    if (parsed.kind !== "manifest") throw new Error("a signature is no index");
    const { config, layers, annotations, subject: of } = parsed.manifest;
    expect({ config: config.digest, annotations, of }).toEqual({
      config: emptyDescriptor.digest,
      of: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
      annotations: {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1",
        "org.opencontainers.image.created": "2026-05-04T03:02:01Z",
      },
    });
    const [layer] = layers;
    if (layer === undefined) throw new Error("a signature has a layer");
    expect(layer.mediaType).toBe(bundleMediaType);
    expect(Buffer.from(await fetchBytes(store, layer))).toEqual(Buffer.from(bundle));
  });

  it("S05-37 attaches what copy takes along with its referrers", async () => {
    const { store, subject, bundle, publicKey } = await signed();
    const { digest } = await attachSignature(store, subject, bundle);
    const there = new MemoryStore();
    await copy(store, "1.0", there, "1.0", { referrers: true });
    expect((await findSignature(there, subject, publicKey))?.digest).toBe(digest);
  });
});

describe("findSignature", () => {
  it("finds the signature of a key, and none of another or of another manifest", async () => {
    const { store, subject, bundle, publicKey } = await signed();
    expect(await findSignature(store, subject, publicKey)).toBeUndefined();
    const { digest } = await attachSignature(store, subject, bundle);
    expect((await findSignature(store, subject, publicKey))?.digest).toBe(digest);
    expect(await findSignature(store, subject, newKey().publicKey)).toBeUndefined();
    const second = await packManifest(store, { artifactType: "application/vnd.example.second" });
    await attachSignature(store, second, bundle);
    expect(await findSignature(store, second, publicKey)).toBeUndefined();
  });

  it("passes over what others attached and nobody can read", async () => {
    const { store, subject, bundle, publicKey } = await signed();
    await attachBytes(store, subject, "no bundle");
    await attachBytes(store, subject, "x".repeat(1024 * 1024 + 1));
    await packManifest(store, { artifactType: bundleMediaType, subject });
    await packManifest(store, { artifactType: "application/vnd.example.note", subject });
    expect(await findSignature(store, subject, publicKey)).toBeUndefined();
    const { digest } = await attachSignature(store, subject, bundle);
    expect((await findSignature(store, subject, publicKey))?.digest).toBe(digest);
  });

  it("finds a bundle that is listed under the type of its empty config, as cosign 2.5 lists its own", async () => {
    const { store, subject, bundle, publicKey } = await signed();
    const { digest } = await attachSignature(store, subject, bundle);
    const listing = {
      fetch: store.fetch.bind(store),
      predecessors: async (node: Descriptor) =>
        (await store.predecessors(node)).map((found) => ({ ...found, artifactType: emptyDescriptor.mediaType })),
    };
    expect((await findSignature(listing, subject, publicKey))?.digest).toBe(digest);
  });
});
