import { type Digest, isDigest, parseDigest } from "./digest.ts";
import { OciError } from "./error.ts";
import { mediaTypes } from "./media-type.ts";
import { isJsonObject, type JsonObject } from "./strict-json.ts";
import { assertBytes } from "./verify-content.ts";

/** Annotations are free text by key; keys in reverse-domain notation. */
export type Annotations = Readonly<Record<string, string>>;

/** Platform says what an entry of an index runs on; unknown fields are kept. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly [field: string]: unknown;
}

/** Descriptor points at content by media type, digest and size (image specification, "OCI Content Descriptors"). Unknown fields are kept. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** Other places of the content, as its author claims. Never fetched. */
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  /** The content itself in base64; {@link parseDescriptor} has held it against the digest. */
  readonly data?: string;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

/** emptyDescriptor points at `{}`, the config or layer of an artifact that has none (image specification, "Guidance for an Empty Descriptor"). */
export const emptyDescriptor = {
  mediaType: mediaTypes.empty,
  digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  size: 2,
  data: "e30=",
} as const satisfies Descriptor;

/** emptyBytes is the content of {@link emptyDescriptor}. */
export const emptyBytes: Uint8Array = new TextEncoder().encode("{}");

/** The fields of a descriptor; a reader that ignores case takes `Digest` for one of them. */
const fields = ["mediaType", "digest", "size", "urls", "annotations", "data", "artifactType", "platform"] as const;

// RFC 6838, section 4.2
const mediaTypePattern = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;

/** isMediaType tells whether text is a media type without parameters (RFC 6838). */
export function isMediaType(text: unknown): text is string {
  return typeof text === "string" && mediaTypePattern.test(text);
}

/**
 * parseDescriptor checks a value against the image specification and keeps what it does not know. `where` completes the message:
 * `layers[2] of sha256:…`. Throws `DESCRIPTOR_INVALID` or `DIGEST_INVALID`.
 */
export function parseDescriptor(value: unknown, where = "descriptor"): Descriptor {
  if (!isJsonObject(value)) throw invalid(where, "it is no object");
  assertExactCase(value, fields, where);
  const { mediaType, digest, size, urls, annotations, data, artifactType, platform } = value;
  if (!isMediaType(mediaType)) throw invalid(where, "mediaType is missing or no media type");
  if (typeof digest !== "string") throw invalid(where, "digest is missing");
  const parsed: Descriptor = { ...value, mediaType, digest: digestIn(digest, where), size: sizeIn(size, where) };
  if (urls !== undefined && !isStringArray(urls)) throw invalid(where, "urls is no list of strings");
  parseAnnotations(annotations, where);
  if (artifactType !== undefined && artifactType !== "" && !isMediaType(artifactType)) {
    throw invalid(where, "artifactType is no media type");
  }
  if (platform !== undefined && !isPlatform(platform)) throw invalid(where, "platform lacks architecture or os");
  if (data !== undefined) assertData(data, parsed, where);
  return parsed;
}

/** plainDescriptor keeps media type, digest, size and what tells artifacts apart (artifact type, platform, annotations); nothing embedded. */
export function plainDescriptor(descriptor: Descriptor): Descriptor {
  const { mediaType, digest, size, artifactType, platform, annotations } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(platform !== undefined && { platform }),
    ...(annotations !== undefined && Object.keys(annotations).length > 0 && { annotations }),
  };
}

/** dataOf is the content that a descriptor embeds, if it does. */
export function dataOf(descriptor: Descriptor): Uint8Array | undefined {
  return descriptor.data === undefined ? undefined : Buffer.from(descriptor.data, "base64");
}

/** parseAnnotations checks that a value is a map of strings, or absent. Throws `DESCRIPTOR_INVALID`. */
export function parseAnnotations(value: unknown, where: string): Annotations | undefined {
  if (value === undefined) return undefined;
  if (isJsonObject(value) && isStringMap(value)) return value;
  throw invalid(where, "annotations is no map of strings");
}

/** assertExactCase refuses `Layers` beside or instead of `layers`: readers that ignore case would see another document. */
export function assertExactCase(value: JsonObject, known: readonly string[], where: string): void {
  const folded = new Map(known.map((field) => [fold(field), field]));
  for (const key of Object.keys(value)) {
    const field = folded.get(fold(key));
    if (field !== undefined && field !== key)
      throw invalid(where, `it has "${key}", which some readers take for "${field}"`);
  }
}

// Go compares keys by simple case folding: ſ is an s, the Kelvin sign a k.
const fold = (key: string): string => key.toUpperCase().toLowerCase();

function digestIn(digest: string, where: string): Digest {
  if (isDigest(digest)) return digest;
  try {
    return parseDigest(digest);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new OciError("DIGEST_INVALID", `${where}: ${message}`, { cause });
  }
}

function sizeIn(size: unknown, where: string): number {
  if (typeof size !== "number" || !Number.isSafeInteger(size)) throw invalid(where, "size is no whole number of bytes");
  if (size < 0) throw invalid(where, "size is negative");
  return size;
}

function assertData(data: unknown, descriptor: Descriptor, where: string): void {
  const bytes = typeof data === "string" ? Buffer.from(data, "base64") : undefined;
  // Buffer skips what is no base64; only text that comes back unchanged was base64.
  if (bytes === undefined || bytes.toString("base64") !== data) throw invalid(where, "data is no base64");
  try {
    assertBytes(bytes, descriptor);
  } catch (cause) {
    throw new OciError(
      "DESCRIPTOR_INVALID",
      `invalid ${where}: its embedded data is not what its digest and size name`,
      {
        cause,
      },
    );
  }
}

const isStringArray = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");

const isStringMap = (value: JsonObject): value is Annotations =>
  Object.values(value).every((item) => typeof item === "string");

const isPlatform = (value: unknown): value is Platform =>
  isJsonObject(value) && typeof value.architecture === "string" && typeof value.os === "string";

const invalid = (where: string, flaw: string): OciError =>
  new OciError("DESCRIPTOR_INVALID", `invalid ${where}: ${flaw}`);
