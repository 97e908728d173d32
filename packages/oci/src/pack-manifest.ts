import { type Annotations, type Descriptor, emptyBytes, emptyDescriptor, plainDescriptor } from "./descriptor.ts";
import { createDigester, digestOf } from "./digest.ts";
import { OciError } from "./error.ts";
import { maxManifestSize } from "./manifest.ts";
import { mediaTypes } from "./media-type.ts";
import { bytesContent, type Content, type Pusher, type StorageOptions } from "./storage.ts";

/** ManifestParts are what an artifact is made of; everything that it names is in the store already. */
export interface ManifestParts {
  /** What kind of artifact it is; without a config it must be there (image specification). */
  readonly artifactType?: string | undefined;
  /** Default: the empty one. */
  readonly config?: Descriptor | undefined;
  /** Default: the empty one, because some registries refuse none. */
  readonly layers?: readonly Descriptor[] | undefined;
  /** The manifest that this one refers to: it becomes a referrer of it. */
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Annotations | undefined;
}

/**
 * packManifest writes and stores a manifest; the same parts give the same bytes. Returns its descriptor, which can be tagged.
 * Throws `MANIFEST_INVALID` without artifact type and config, `MANIFEST_TOO_LARGE`, and what the store throws.
 */
export async function packManifest(
  store: Pusher,
  parts: ManifestParts,
  options: StorageOptions = {},
): Promise<Descriptor> {
  const { artifactType, subject, annotations, config = emptyDescriptor, layers = [emptyDescriptor] } = parts;
  if (artifactType === undefined && parts.config === undefined) {
    throw new OciError("MANIFEST_INVALID", "a manifest without a config needs an artifactType");
  }
  if ([config, ...layers].some(({ digest }) => digest === emptyDescriptor.digest)) {
    await store.push(emptyDescriptor, bytesContent(emptyBytes), options);
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    ...(artifactType !== undefined && { artifactType }),
    config,
    layers,
    ...(subject !== undefined && { subject: plainDescriptor(subject) }),
    ...(annotations !== undefined && {
      annotations: Object.fromEntries(Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1))),
    }),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  if (bytes.byteLength > maxManifestSize)
    throw new OciError(
      "MANIFEST_TOO_LARGE",
      `the manifest has ${bytes.byteLength} bytes; the limit is ${maxManifestSize}`,
    );
  const descriptor = { mediaType: mediaTypes.manifest, digest: digestOf(bytes), size: bytes.byteLength };
  await store.push(descriptor, bytesContent(bytes), options);
  return { ...descriptor, ...(artifactType !== undefined && { artifactType }) };
}

/** describeContent reads content once to find its digest and size: a registry must know both before the upload. */
export async function describeContent(
  content: Content,
  mediaType: string,
  options: StorageOptions = {},
): Promise<Descriptor> {
  const digester = createDigester();
  for await (const chunk of await content.open()) {
    options.signal?.throwIfAborted();
    digester.update(chunk);
  }
  return { mediaType, size: digester.size, digest: digester.digest() };
}
