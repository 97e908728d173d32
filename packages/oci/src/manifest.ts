import {
  type Annotations,
  assertExactCase,
  type Descriptor,
  isMediaType,
  parseAnnotations,
  parseDescriptor,
} from "./descriptor.ts";
import { OciError } from "./error.ts";
import { isIndexType, isManifestType, mediaTypes } from "./media-type.ts";
import { isJsonObject, type JsonObject, parseStrictJson } from "./strict-json.ts";

/** Manifest is a config and layers (image specification, "OCI Image Manifest"). Unknown fields are kept. */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/** Index is a list of manifests (image specification, "OCI Image Index"). Unknown fields are kept. */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/** ParsedManifest is a manifest or an index with its media type and its exact bytes, which alone have the digest. */
export type ParsedManifest =
  | { readonly kind: "manifest"; readonly mediaType: string; readonly manifest: Manifest; readonly bytes: Uint8Array }
  | { readonly kind: "index"; readonly mediaType: string; readonly index: Index; readonly bytes: Uint8Array };

/** maxManifestSize is what registries must accept, and the most we read into memory, in bytes. */
export const maxManifestSize: number = 4 * 1024 * 1024;

/** The fields of both; a reader that ignores case takes `Layers` for one of them. */
const fields = [
  "schemaVersion",
  "mediaType",
  "artifactType",
  "config",
  "layers",
  "manifests",
  "subject",
  "annotations",
] as const;

/** ParseManifestOptions name the document for messages and bound its size. */
export interface ParseManifestOptions {
  /** For messages, e.g. `manifest sha256:…`. */
  readonly name?: string | undefined;
  /** In bytes (default 4 MiB). */
  readonly limit?: number | undefined;
}

/**
 * parseManifest parses the bytes of a manifest or index. `mediaType` is what the descriptor or the Content-Type says; a document
 * that says otherwise, or that is both (CVE-2021-41190), is refused. Throws `MANIFEST_INVALID`, `MANIFEST_TOO_LARGE`,
 * `DESCRIPTOR_INVALID`, `DIGEST_INVALID`.
 */
export function parseManifest(
  bytes: Uint8Array,
  mediaType?: string,
  options: ParseManifestOptions = {},
): ParsedManifest {
  const { name = "the manifest", limit = maxManifestSize } = options;
  if (bytes.byteLength > limit) throw tooLarge(bytes.byteLength, limit, name);
  const source = { name, document: parseDocument(bytes, name) };
  const type = typeOf(source, mediaType);
  return isIndexType(type)
    ? { kind: "index", mediaType: type, index: toIndex(source), bytes }
    : { kind: "manifest", mediaType: type, manifest: toManifest(source), bytes };
}

/** assertManifestSize refuses a manifest by the size in its descriptor, before it is read. Throws `MANIFEST_TOO_LARGE`. */
export function assertManifestSize(descriptor: Descriptor): void {
  if (descriptor.size > maxManifestSize)
    throw tooLarge(descriptor.size, maxManifestSize, `manifest ${descriptor.digest}`);
}

/** subjectOf is the manifest that a manifest refers to: it makes it a referrer. */
export function subjectOf(parsed: ParsedManifest): Descriptor | undefined {
  return parsed.kind === "index" ? parsed.index.subject : parsed.manifest.subject;
}

/** childrenOf lists what a manifest is made of: config and layers, or manifests; not its subject. */
export function childrenOf(parsed: ParsedManifest): readonly Descriptor[] {
  return parsed.kind === "index" ? parsed.index.manifests : [parsed.manifest.config, ...parsed.manifest.layers];
}

/** successorsOf lists everything a manifest names: {@link childrenOf} and its subject. */
export function successorsOf(parsed: ParsedManifest): readonly Descriptor[] {
  const subject = subjectOf(parsed);
  return subject === undefined ? childrenOf(parsed) : [...childrenOf(parsed), subject];
}

/** artifactTypeOf is what referrers are filtered by: the manifest's own, else its config's media type (distribution specification). */
export function artifactTypeOf(parsed: ParsedManifest): string | undefined {
  if (parsed.kind === "index") return parsed.index.artifactType || undefined;
  return parsed.manifest.artifactType || parsed.manifest.config.mediaType;
}

/** annotationsOf are the annotations of a manifest or index. */
export function annotationsOf(parsed: ParsedManifest): Annotations | undefined {
  return parsed.kind === "index" ? parsed.index.annotations : parsed.manifest.annotations;
}

interface Source {
  readonly name: string;
  readonly document: JsonObject;
}

function parseDocument(bytes: Uint8Array, name: string): JsonObject {
  let document: unknown;
  try {
    document = parseStrictJson(bytes);
  } catch (cause) {
    throw invalid(name, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!isJsonObject(document)) throw invalid(name, "it is no object");
  return document;
}

function typeOf({ name, document }: Source, expected: string | undefined): string {
  const { mediaType = "" } = document;
  if (typeof mediaType !== "string") throw invalid(name, "mediaType is no text");
  if (mediaType !== "" && expected !== undefined && mediaType !== expected) {
    throw invalid(name, `it says that it is ${mediaType}, but was announced as ${expected}`);
  }
  if ("manifests" in document && ("layers" in document || "config" in document)) {
    throw invalid(
      name,
      "it has both manifests and layers or config, so two readers would see two documents (CVE-2021-41190)",
    );
  }
  const type = mediaType || expected || ("manifests" in document ? mediaTypes.index : mediaTypes.manifest);
  if (!isManifestType(type)) throw invalid(name, `${type} is no manifest media type`);
  return type;
}

function toManifest(source: Source): Manifest {
  const { name, document } = source;
  const common = commonOf(source);
  if (!("config" in document)) throw invalid(name, "it has no config");
  return {
    ...document,
    ...common,
    config: parseDescriptor(document.config, `config of ${name}`),
    layers: descriptorsIn(source, "layers"),
  };
}

function toIndex(source: Source): Index {
  return { ...source.document, ...commonOf(source), manifests: descriptorsIn(source, "manifests") };
}

function commonOf({ name, document }: Source): Pick<Manifest, "schemaVersion" | "subject" | "annotations"> {
  assertExactCase(document, fields, name);
  if (document.schemaVersion !== 2) throw invalid(name, "schemaVersion is not 2");
  const { artifactType, subject } = document;
  if (artifactType !== undefined && artifactType !== "" && !isMediaType(artifactType)) {
    throw invalid(name, "artifactType is no media type");
  }
  const annotations = parseAnnotations(document.annotations, name);
  return {
    schemaVersion: 2,
    ...(subject !== undefined && { subject: parseDescriptor(subject, `subject of ${name}`) }),
    ...(annotations !== undefined && { annotations }),
  };
}

function descriptorsIn({ name, document }: Source, field: "layers" | "manifests"): readonly Descriptor[] {
  const list = document[field];
  if (!Array.isArray(list)) throw invalid(name, `${field} is no list`);
  return list.map((item, at) => parseDescriptor(item, `${field}[${at}] of ${name}`));
}

const tooLarge = (size: number, limit: number, name: string): OciError =>
  new OciError("MANIFEST_TOO_LARGE", `${name} has ${size} bytes; the limit is ${limit}`);

const invalid = (name: string, flaw: string, cause?: unknown): OciError =>
  new OciError("MANIFEST_INVALID", `${name} is not valid: ${flaw}`, { cause });
