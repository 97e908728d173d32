import { Readable } from "node:stream";
import { type Artifact, openManifest, readLayers } from "@stax/artifact";
import { isStaxError, printable } from "@stax/errors";
import {
  type Descriptor,
  type Digest,
  fetchBytes,
  isDigest,
  type ParsedManifest,
  parseManifest,
  type ReadOnlyStorage,
  type StorageOptions,
} from "@stax/oci";
import { annotations, type ResolvedPackage } from "@stax/schema";
import { ResolveError } from "../error.ts";
import type { Limit } from "../limit.ts";
import type { PackageCache } from "./package-cache.ts";
import type { FoundManifest, Place } from "./repositories.ts";
import { isSkillArtifact, openSkillArtifact } from "./skill-artifact.ts";

/** OpenedPackage is a package whose manifest and config were read; its layers are closed. */
export interface OpenedPackage {
  readonly artifact: Artifact;
  /** Where it was found; asked for when more of it is wanted than the cache has. */
  readonly place: () => Promise<Place>;
}

export interface OpenPackageOptions {
  readonly limit: Limit;
  readonly cache?: PackageCache | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** openFound opens a package whose manifest was fetched. Throws `DEPENDENCY_NOT_PACKAGE`, `DEPENDENCY_MISLABELED`, and what reading throws. */
export async function openFound(
  found: FoundManifest,
  reference: string,
  options: OpenPackageOptions,
): Promise<OpenedPackage> {
  options.cache?.write(found.descriptor.digest, found.bytes);
  const { descriptor, bytes } = found;
  const parsed = parseManifest(bytes, descriptor.mediaType, { name: `manifest ${descriptor.digest}` });
  return open({ descriptor, parsed, place: () => Promise.resolve(found.place) }, reference, options);
}

/** openCached opens a package whose manifest is in the cache; `undefined` where it is not. */
export function openCached(
  digest: Digest,
  place: () => Promise<Place>,
  reference: string,
  options: OpenPackageOptions,
): Promise<OpenedPackage> | undefined {
  const bytes = options.cache?.read(digest);
  if (bytes === undefined) return undefined;
  const parsed = parseManifest(bytes, undefined, { name: `manifest ${digest}` });
  const descriptor = { mediaType: parsed.mediaType, digest, size: bytes.byteLength };
  return open({ descriptor, parsed, place }, reference, options);
}

interface ManifestAt {
  readonly descriptor: Descriptor;
  readonly parsed: ParsedManifest;
  readonly place: () => Promise<Place>;
}

async function open(manifest: ManifestAt, reference: string, options: OpenPackageOptions): Promise<OpenedPackage> {
  const { descriptor, parsed, place } = manifest;
  if (parsed.kind === "index") throw notPackage(reference, "an index of several artifacts");
  const view = new PackageView(manifest, options);
  if (isSkillArtifact(parsed.manifest)) {
    const { signal } = options;
    return { artifact: await openSkillArtifact(view, descriptor, parsed.manifest, { reference, signal }), place };
  }
  const config = knownIn(options.cache, parsed.manifest.config);
  const opening = openManifest(view, descriptor, parsed.manifest, { config, signal: options.signal });
  const artifact = await classified(opening, reference);
  if (artifact.kind !== "package") throw notPackage(reference, `an artifact of the kind ${artifact.kind}`);
  checkLabels(artifact, reference);
  return { artifact, place };
}

/** A document that the cache has is read without a stream: a thousand of them cost more than what is in them. */
function knownIn(cache: PackageCache | undefined, { digest, size }: Descriptor): Uint8Array | undefined {
  const known = isDigest(digest) && size <= cacheable ? cache?.read(digest) : undefined;
  return known?.byteLength === size ? known : undefined;
}

async function classified(opening: Promise<Artifact>, reference: string): Promise<Artifact> {
  try {
    return await opening;
  } catch (cause) {
    if (!isStaxError(cause)) throw cause;
    if (cause.code === "ERR_STAX_NOT_AN_ARTIFACT") throw notPackage(reference, "no artifact of stax", cause);
    if (cause.diagnostics.some(({ field }) => field === "kind"))
      throw mislabeled(reference, "its manifest calls it a package and its config something else", cause);
    throw cause;
  }
}

const notPackage = (reference: string, what: string, cause?: unknown): ResolveError =>
  new ResolveError("DEPENDENCY_NOT_PACKAGE", `${reference} is ${what}, not a package`, {
    cause,
    hint: "only packages (definePackage, stax build) can be listed in packages",
  });

const mislabeled = (reference: string, flaw: string, cause?: unknown): ResolveError =>
  new ResolveError("DEPENDENCY_MISLABELED", `${reference} contradicts itself: ${flaw}`, {
    cause,
    hint: "do not use it; its author must build and push it again",
  });

function checkLabels({ manifest, config }: Artifact, reference: string): void {
  const { [annotations.title]: title = config.name, [annotations.version]: version = config.version } =
    manifest.annotations ?? {};
  if (title !== config.name)
    throw mislabeled(reference, `its manifest is titled "${title}" and its config is named "${config.name}"`);
  if (version !== config.version)
    throw mislabeled(reference, `its manifest says version ${version} and its config ${config.version}`);
}

/** checkIdentity refuses a package that is not the one its dependents name. Throws `DEPENDENCY_MISLABELED`. */
export function checkIdentity(
  { config: { name, version } }: Artifact,
  expected: { readonly name: string; readonly version: string },
): void {
  if (name === expected.name && version === expected.version) return;
  throw mislabeled(
    `${expected.name}:${expected.version}`,
    `what lies under its digest is ${printable(name)} ${printable(version)}`,
  );
}

/** readEmbedded reads the packages layer of a package: where published documents keep the digests of packages that were local. */
export async function readEmbedded(
  { artifact }: OpenedPackage,
  signal: AbortSignal | undefined,
): Promise<readonly ResolvedPackage[]> {
  // A JSON layer is read without a cache directory.
  const { layers } = await readLayers(artifact, { cacheDir: "", names: ["packages"], signal });
  return layers.packages?.packages ?? [];
}

// Half the time of Readable.from, which walks an iterator.
const streamOf = (bytes: Uint8Array): Readable =>
  new Readable({
    read() {
      this.push(bytes);
      this.push(null);
    },
  });

/** Documents up to this size are remembered, in bytes. */
const cacheable = 1024 * 1024;

/** PackageView reads one package: its manifest from memory, small documents through the cache, the rest from where it was found. */
class PackageView implements ReadOnlyStorage {
  readonly #manifest: ManifestAt;
  readonly #options: OpenPackageOptions;

  constructor(manifest: ManifestAt, options: OpenPackageOptions) {
    this.#manifest = manifest;
    this.#options = options;
  }

  async fetch(target: Descriptor, options: StorageOptions = {}): Promise<Readable> {
    const { descriptor, parsed, place } = this.#manifest;
    if (target.digest === descriptor.digest) return streamOf(parsed.bytes);
    if (target.size <= cacheable && target.mediaType.endsWith("json")) return this.#document(target, options);
    return (await place()).source.fetch(target, options);
  }

  async exists(target: Descriptor, options?: StorageOptions): Promise<boolean> {
    if (target.digest === this.#manifest.descriptor.digest) return true;
    return (await this.#manifest.place()).source.exists(target, options);
  }

  async resolve(reference: string, options?: StorageOptions): Promise<Descriptor> {
    const { descriptor, place } = this.#manifest;
    if (reference === descriptor.digest) return descriptor;
    return (await place()).source.resolve(reference, options);
  }

  async #document(target: Descriptor, { signal }: StorageOptions): Promise<Readable> {
    const { limit, cache } = this.#options;
    const known = knownIn(cache, target);
    if (known !== undefined) return streamOf(known);
    const { source } = await this.#manifest.place();
    const bytes = await limit(() => fetchBytes(source, target, { signal }));
    cache?.write(target.digest, bytes);
    return streamOf(bytes);
  }
}
