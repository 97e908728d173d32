import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { absent, text } from "./artifact.fixture.ts";
import {
  artifactTypeOf,
  assertBytes,
  type Descriptor,
  digestOf,
  emptyBytes,
  emptyDescriptor,
  mediaTypes,
  type ParsedManifest,
  parseDescriptor,
  parseManifest,
  subjectOf,
  successorsOf,
} from "./index.ts";

const layer: Descriptor = { mediaType: "text/plain", digest: digestOf(text("a")), size: 1 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: emptyDescriptor, layers: [layer] };
const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [{ ...absent }] };
const json = (value: unknown): Uint8Array => text(JSON.stringify(value));

const invalid = (code: string, message: RegExp) => ({
  code: `ERR_STAX_${code}`,
  category: "build",
  message: expect.stringMatching(message),
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("it did not throw");
}

describe("emptyDescriptor", () => {
  it("names the two bytes of an empty object", () => {
    assertBytes(emptyBytes, emptyDescriptor);
    expect(Buffer.from(emptyDescriptor.data, "base64").toString()).toBe("{}");
  });
});

describe("parseManifest", () => {
  it("X-17 keeps the exact bytes, and unknown fields and media types", () => {
    const bytes = text(
      `{ "schemaVersion": 2,\n "x-unknown": [1], "config": ${JSON.stringify({ ...emptyDescriptor, "x-more": true })},
         "layers": [{"mediaType":"application/vnd.nobody.knows+this","digest":"${layer.digest}","size":1}] }`,
    );
    const parsed = parseManifest(bytes, mediaTypes.manifest);
    expect(parsed.bytes).toBe(bytes);
    expect(parsed).toMatchObject({
      kind: "manifest",
      mediaType: mediaTypes.manifest,
      manifest: { "x-unknown": [1], config: { "x-more": true } },
    });
  });

  it("tells manifest and index by their fields where no media type is given, and knows Docker's", () => {
    const { mediaType: _m, ...plainManifest } = manifest;
    const { mediaType: _i, ...plainIndex } = index;
    expect(parseManifest(json(plainManifest)).mediaType).toBe(mediaTypes.manifest);
    expect(parseManifest(json(plainIndex)).mediaType).toBe(mediaTypes.index);
    expect(parseManifest(json({ ...index, mediaType: mediaTypes.dockerIndex })).kind).toBe("index");
    expect(parseManifest(json({ ...manifest, mediaType: mediaTypes.dockerManifest })).kind).toBe("manifest");
  });

  it("lists config, layers and subject, or manifests and subject, as successors", () => {
    const successors = (value: unknown) => successorsOf(parseManifest(json(value))).map(({ digest }) => digest);
    expect(successors({ ...manifest, subject: absent })).toEqual([emptyDescriptor.digest, layer.digest, absent.digest]);
    expect(successors({ ...index, subject: absent })).toEqual([absent.digest, absent.digest]);
    expect(subjectOf(parseManifest(json({ ...index, subject: absent })))).toEqual(absent);
  });

  it("takes the artifact type from the manifest, else from its config", () => {
    const typeOf = (value: unknown) => artifactTypeOf(parseManifest(json(value)));
    expect(typeOf({ ...manifest, artifactType: "a/b" })).toBe("a/b");
    expect(typeOf(manifest)).toBe(mediaTypes.empty);
    expect(typeOf({ ...manifest, artifactType: "" })).toBe(mediaTypes.empty);
    expect(typeOf({ ...index, artifactType: "a/b" })).toBe("a/b");
    expect(typeOf(index)).toBe(undefined);
  });

  it.each([
    ["manifests and layers", { ...index, layers: [] }],
    ["manifests and config", { ...index, config: emptyDescriptor }],
    ["layers and manifests, announced as a manifest", { ...manifest, manifests: [] }],
  ])("CVE-2021-41190 refuses a document with both %s", (_, document) => {
    expect(thrownBy(() => parseManifest(json(document)))).toMatchObject(invalid("MANIFEST_INVALID", /CVE-2021-41190/));
  });

  it("CVE-2021-41190 refuses a body whose media type is not the announced one", () => {
    expect(thrownBy(() => parseManifest(json(manifest), mediaTypes.index))).toMatchObject(
      invalid("MANIFEST_INVALID", /says that it is .*manifest.*announced as .*index/),
    );
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ["no JSON", "{", /not JSON/],
    ["a list", "[]", /no object/],
    ["null", "null", /no object/],
    ["bytes that are no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), /not UTF-8/],
    ["a byte order mark", "\ufeff{}", /not JSON/],
    ["a key twice", '{"schemaVersion":2,"layers":[],"layers":[]}', /key "layers" twice/],
    ["a key twice, once escaped", '{"schemaVersion":2,"layers":[],"l\\u0061yers":[]}', /twice/],
    ["a key twice deep inside", '{"annotations":{"a":{"b":[{"c":1,"c":2}]}}}', /key "c" twice/],
    ["__proto__ twice", '{"__proto__":1,"__proto__":2}', /twice/],
    ["100,000 levels", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, /nested deeper/],
    ["schemaVersion 1", JSON.stringify({ ...manifest, schemaVersion: 1 }), /schemaVersion is not 2/],
    ["schemaVersion as text", JSON.stringify({ ...manifest, schemaVersion: "2" }), /schemaVersion is not 2/],
    [
      "a media type of something else",
      JSON.stringify({ ...manifest, mediaType: "text/plain" }),
      /no manifest media type/,
    ],
    ["a media type that is no text", JSON.stringify({ ...manifest, mediaType: 1 }), /mediaType is no text/],
    ["no layers", JSON.stringify({ ...manifest, layers: undefined }), /layers is no list/],
    ["layers that are no list", JSON.stringify({ ...manifest, layers: {} }), /layers is no list/],
    ["no config", JSON.stringify({ ...manifest, config: undefined }), /no config/],
    ["no manifests", JSON.stringify({ ...index, manifests: undefined }), /manifests is no list/],
    ["an artifact type that is none", JSON.stringify({ ...manifest, artifactType: "x" }), /artifactType/],
  ])("refuses %s", (_, document, message) => {
    const bytes = typeof document === "string" ? text(document) : document;
    expect(thrownBy(() => parseManifest(bytes))).toMatchObject(invalid("MANIFEST_INVALID", message));
  });

  it.each(["Layers", "MANIFESTS", "mediatype", "\u017fubject"])(
    "refuses the key %j, which Go would take for another",
    (key) => {
      expect(thrownBy(() => parseManifest(json({ ...manifest, [key]: [] })))).toMatchObject({
        code: "ERR_STAX_DESCRIPTOR_INVALID",
        message: expect.stringMatching(/some readers take for/),
      });
    },
  );

  it("refuses more than 4 MiB and accepts 4 MiB", () => {
    const padded = (size: number) => {
      const bytes = Buffer.alloc(size, " ");
      bytes.set(json(manifest));
      return bytes;
    };
    expect(parseManifest(padded(4 * 1024 * 1024)).kind).toBe("manifest");
    expect(thrownBy(() => parseManifest(padded(4 * 1024 * 1024 + 1)))).toMatchObject(
      invalid("MANIFEST_TOO_LARGE", /4194305 bytes/),
    );
  });

  it("never throws anything but an OciError, whatever the bytes", () => {
    const values = fc.oneof(fc.jsonValue(), fc.constantFrom(layer, manifest, index, emptyDescriptor, 2));
    const field = fc.constantFrom(
      "schemaVersion",
      "mediaType",
      "config",
      "layers",
      "manifests",
      "subject",
      "annotations",
    );
    fc.assert(
      fc.property(fc.dictionary(field, values), (document) => {
        let parsed: ParsedManifest | undefined;
        try {
          parsed = parseManifest(json(document));
        } catch (error) {
          expect(error).toHaveProperty("category", "build");
        }
        if (parsed !== undefined) expect(Array.isArray(successorsOf(parsed))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe("parseDescriptor", () => {
  it("gives back what it was given, unknown fields too", () => {
    const mediaType = fc.stringMatching(/^[a-z0-9][a-z0-9.+-]{0,20}\/[a-z0-9][a-z0-9.+-]{0,20}$/);
    const descriptor = fc.record(
      {
        mediaType,
        digest: fc.stringMatching(/^sha256:[a-f0-9]{64}$/),
        size: fc.maxSafeNat(),
        urls: fc.array(fc.webUrl()),
        annotations: fc.dictionary(fc.string(), fc.string()),
        artifactType: mediaType,
        platform: fc.record({ architecture: fc.string(), os: fc.string(), variant: fc.string() }),
        "x-unknown": fc.jsonValue(),
      },
      { requiredKeys: ["mediaType", "digest", "size"] },
    );
    fc.assert(
      fc.property(descriptor, (value) => {
        const raw: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.stringify(parseDescriptor(raw))).toBe(JSON.stringify(raw));
      }),
    );
  });

  it.each<[string, Record<string, unknown>, string, RegExp]>([
    ["no media type", { mediaType: undefined }, "DESCRIPTOR_INVALID", /mediaType/],
    ["a media type with a parameter", { mediaType: "text/plain; charset=utf-8" }, "DESCRIPTOR_INVALID", /mediaType/],
    ["a media type with an escape", { mediaType: "a/\u001b[2J" }, "DESCRIPTOR_INVALID", /mediaType/],
    ["no digest", { digest: undefined }, "DESCRIPTOR_INVALID", /digest is missing/],
    ["a digest that is a path", { digest: "sha256:../../x" }, "DIGEST_INVALID", /layers\[0\]/],
    [
      "an upper-case digest",
      { digest: layer.digest.toUpperCase().replace("SHA", "sha") },
      "DIGEST_INVALID",
      /lower case/,
    ],
    ["no size", { size: undefined }, "DESCRIPTOR_INVALID", /size is no whole number/],
    ["a negative size", { size: -1 }, "DESCRIPTOR_INVALID", /size is negative/],
    ["a fractional size", { size: 1.5 }, "DESCRIPTOR_INVALID", /size is no whole number/],
    ["a size as text", { size: "1" }, "DESCRIPTOR_INVALID", /size is no whole number/],
    ["a huge size", { size: 2 ** 53 }, "DESCRIPTOR_INVALID", /size is no whole number/],
    ["a size of 1e400", { size: "@1e400" }, "DESCRIPTOR_INVALID", /size is no whole number/],
    ["urls that are no list", { urls: "http://x" }, "DESCRIPTOR_INVALID", /urls/],
    ["annotations that are numbers", { annotations: { a: 1 } }, "DESCRIPTOR_INVALID", /annotations/],
    ["annotations that are null", { annotations: null }, "DESCRIPTOR_INVALID", /annotations/],
    ["a platform without os", { platform: { architecture: "arm64" } }, "DESCRIPTOR_INVALID", /platform/],
    ["an artifact type that is none", { artifactType: "no" }, "DESCRIPTOR_INVALID", /artifactType/],
    ["data of another digest", { data: "Yg==" }, "DESCRIPTOR_INVALID", /embedded data/],
    ["data of another size", { data: "YWE=" }, "DESCRIPTOR_INVALID", /embedded data/],
    ["data that is no base64", { data: "YQ=" }, "DESCRIPTOR_INVALID", /no base64/],
    ["data with garbage that decoders skip", { data: "Y\nQ==" }, "DESCRIPTOR_INVALID", /no base64/],
    ["data that is no text", { data: 1 }, "DESCRIPTOR_INVALID", /no base64/],
    ["Digest beside digest", { Digest: layer.digest }, "DESCRIPTOR_INVALID", /some readers take for "digest"/],
  ])("refuses %s", (_, change, code, message) => {
    const raw: unknown = JSON.parse(JSON.stringify({ ...layer, ...change }).replace('"@1e400"', "1e400"));
    expect(thrownBy(() => parseDescriptor(raw, "layers[0]"))).toMatchObject(invalid(code, message));
  });

  it("accepts data that is the content, and the empty descriptor", () => {
    expect(parseDescriptor({ ...layer, data: "YQ==" })).toMatchObject({ data: "YQ==" });
    expect(parseDescriptor(emptyDescriptor)).toEqual(emptyDescriptor);
  });

  it("does not let __proto__ in a document change anything", () => {
    const parsed = parseDescriptor(
      JSON.parse(`{"mediaType":"a/b","digest":"${layer.digest}","size":1,"__proto__":{"size":9}}`),
    );
    expect(parsed.size).toBe(1);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });
});
