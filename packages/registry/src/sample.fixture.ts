// What a registry has to keep, one sample for each kind of content that the image specification knows.
import { randomUUID } from "node:crypto";
import { type Descriptor, type DigestAlgorithm, mediaTypes } from "@stax/oci";
import { type Blob, blobOf, descriptorOf, indexOf, manifestOf } from "./client.fixture.ts";

/** SampleManifest is a manifest or index of a sample. */
export interface SampleManifest {
  readonly content: Blob;
  readonly mediaType: string;
  readonly tags: readonly string[];
}

/** Sample is an artifact: blobs, and manifests with children before parents. */
export interface Sample {
  readonly kind: string;
  readonly blobs: readonly Blob[];
  readonly manifests: readonly SampleManifest[];
  /** It names something that is not there. */
  readonly isSparse?: boolean;
  /** Its tags are pushed as parameters. */
  readonly byParameter?: boolean;
}

type Extra = Readonly<Record<string, unknown>>;

const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";
const ownType = "application/vnd.example.own";
const otherType = "application/vnd.example.other";

/** Collects what belongs to one sample. */
class Draft {
  readonly blobs: Blob[] = [];
  readonly manifests: SampleManifest[] = [];
  readonly #algorithm: DigestAlgorithm;

  constructor(algorithm: DigestAlgorithm = "sha256") {
    this.#algorithm = algorithm;
  }

  blob(content: number | string, mediaType: string): Descriptor {
    const blob = blobOf(content, this.#algorithm);
    this.blobs.push(blob);
    return descriptorOf(blob, mediaType);
  }

  /** A manifest with a config and two layers of its own, unless `extra` says otherwise. */
  image(extra: Extra = {}, tags: readonly string[] = []): Descriptor {
    const { config = this.blob(JSON.stringify({ of: randomUUID() }), mediaTypes.config), ...rest } = extra;
    const layers = "layers" in rest ? {} : { layers: [this.blob(600, layerType), this.blob(700, layerType)] };
    const content = manifestOf({
      config: blobOf("{}"),
      extra: { ...layers, ...rest, config },
      algorithm: this.#algorithm,
    });
    return this.#add(content, mediaTypes.manifest, tags);
  }

  artifact(extra: Extra = {}, tags: readonly string[] = []): Descriptor {
    const config = this.blob("{}", mediaTypes.empty);
    return this.image({ artifactType: ownType, config, layers: [this.blob(90, ownType)], ...extra }, tags);
  }

  index(manifests: readonly Descriptor[], extra: Extra = {}, tags: readonly string[] = []): Descriptor {
    return this.#add(indexOf([], { manifests, ...extra }, this.#algorithm), mediaTypes.index, tags);
  }

  sample(kind: string, more: Partial<Sample> = {}): Sample {
    return { kind, blobs: this.blobs, manifests: this.manifests, ...more };
  }

  #add(content: Blob, mediaType: string, tags: readonly string[]): Descriptor {
    this.manifests.push({ content, mediaType, tags });
    return descriptorOf(content, mediaType);
  }
}

function sampleOf(kind: string, build: (draft: Draft) => void, more?: Partial<Sample>): Sample {
  const draft = new Draft();
  build(draft);
  return draft.sample(kind, more);
}

const platforms = (draft: Draft): Descriptor[] =>
  ["amd64", "arm64"].map((architecture) => ({
    ...draft.image(),
    platform: { os: "linux", architecture },
  }));

/** Content of every kind by sha512; by its parameters it may have tags as well. */
function sha512(kind: string, tags: readonly string[], more?: Partial<Sample>): Sample {
  const draft = new Draft("sha512");
  draft.index(platforms(draft), {}, tags);
  return draft.sample(kind, more);
}

/** samples makes one of each kind, new every time. */
export function samples(): readonly Sample[] {
  const annotations = { "org.example.note": "hello" };
  const absent = descriptorOf(blobOf(40), mediaTypes.manifest);
  const foreign = {
    ...descriptorOf(blobOf(41), "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
    urls: ["https://store.example.com/layer"],
  };
  const long = Object.fromEntries(Array.from({ length: 390 }, (_, at) => [`note-${at}`, "x".repeat(10_000)]));
  const embedded = blobOf("embedded text");
  return [
    sampleOf("an image", (draft) => draft.image({}, ["image", "image-too"])),
    sampleOf("an image without layers", (draft) => draft.image({ layers: [] }, ["bare"])),
    sampleOf("a manifest of 3.9 MB", (draft) => draft.image({ annotations: long }, ["long"])),
    sampleOf("a layer that lives elsewhere", (draft) => draft.image({ layers: [foreign] }, ["foreign"])),
    sampleOf("fields of one's own", (draft) => {
      const config = draft.blob('{"os":"linux","org.example":[1]}', mediaTypes.config);
      draft.index([draft.image({ config, "org.example": { deep: [1] } })], { "org.example": true }, ["fields"]);
    }),
    sampleOf("content within a descriptor", (draft) => {
      const data = embedded.bytes.toString("base64");
      draft.image({ layers: [{ ...draft.blob("embedded text", "text/plain"), data }] }, ["embedded"]);
    }),
    sampleOf("an index of two platforms", (draft) => draft.index(platforms(draft), {}, ["index"])),
    sampleOf("an index of indexes", (draft) =>
      draft.index([draft.index(platforms(draft)), draft.index(platforms(draft))], {}, ["nested"]),
    ),
    sampleOf("an index of nothing", (draft) => draft.index([], {}, ["nothing"])),
    sampleOf("an artifact", (draft) => draft.artifact({}, ["artifact"])),
    sampleOf("an artifact without content", (draft) =>
      draft.artifact({ layers: [draft.blob("{}", mediaTypes.empty)], annotations }, ["void"]),
    ),
    sampleOf("an index of artifacts", (draft) =>
      draft.index([draft.artifact(), draft.artifact({ artifactType: otherType })], { artifactType: ownType }, ["all"]),
    ),
    sampleOf("artifacts with a subject", (draft) => {
      const subject = draft.image({}, ["subject"]);
      draft.image({ subject });
      draft.artifact({ subject, annotations }, ["own"]);
      draft.artifact({ subject, annotations, artifactType: otherType }, ["other"]);
    }),
    sampleOf("an index with a subject", (draft) => {
      const subject = draft.index(platforms(draft), {}, ["subject"]);
      draft.index([draft.artifact()], { subject, artifactType: ownType, annotations }, ["about"]);
    }),
    sampleOf("an artifact about what is not there", (draft) =>
      draft.artifact({ subject: absent, annotations }, ["lost"]),
    ),
    sampleOf(
      "a missing layer and a missing manifest",
      (draft) => {
        const missing = descriptorOf(blobOf(42), layerType);
        const image = draft.image({ layers: [missing, draft.blob(600, layerType)] }, ["sparse-image"]);
        draft.index([image, absent], {}, ["sparse-index"]);
      },
      { isSparse: true },
    ),
    sha512("sha512", []),
    sha512("sha512, with tags as parameters", ["wide-1", "wide-2"], { byParameter: true }),
    sampleOf("tags as parameters", (draft) => draft.index(platforms(draft), {}, ["narrow-1", "narrow-2"]), {
      byParameter: true,
    }),
  ];
}
