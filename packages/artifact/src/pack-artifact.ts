import { canonicalJson } from "@stax/layers";
import { bytesContent, type Descriptor, digestOf, emptyBytes, emptyDescriptor, type Pusher } from "@stax/oci";
import {
  type AgentConfig,
  annotations,
  artifactTypes,
  type Config,
  configMediaTypes,
  kindOf,
  type LayerName,
  layerNames,
  specVersion,
} from "@stax/schema";

/** StoredLayer is a layer whose blob is stored. */
export interface StoredLayer {
  readonly name: LayerName;
  readonly descriptor: Descriptor;
}

export interface ArtifactInput {
  readonly config: Config;
  /** In any order; the manifest has them in the canonical one. */
  readonly layers: readonly StoredLayer[];
  /** RFC 3339. */
  readonly created: string;
  readonly persona?: string | undefined;
  /** Digest of the lock entries the artifact reaches. */
  readonly lockDigest?: string | undefined;
}

const manifestMediaType = "application/vnd.oci.image.manifest.v1+json";
const indexMediaType = "application/vnd.oci.image.index.v1+json";

/**
 * packArtifact stores the config and the manifest of an artifact whose layers are stored, and returns the manifest's descriptor. The
 * bytes depend on the input alone.
 */
export async function packArtifact(store: Pusher, input: ArtifactInput): Promise<Descriptor> {
  const { config } = input;
  const layers = sortLayers(input.layers);
  const configBytes = canonicalJson(config);
  const configDescriptor = {
    mediaType: configMediaTypes[config.kind],
    digest: digestOf(configBytes),
    size: configBytes.byteLength,
  };
  await store.push(configDescriptor, bytesContent(configBytes));
  const { data: _, ...empty } = emptyDescriptor;
  if (layers.length === 0) await store.push(empty, bytesContent(emptyBytes));
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestMediaType,
    artifactType: artifactTypes[config.kind],
    config: configDescriptor,
    layers: layers.length === 0 ? [empty] : layers.map(({ descriptor }) => descriptor),
    annotations: manifestAnnotations(input),
  };
  return pushDocument(store, manifest, manifestMediaType, artifactTypes[config.kind]);
}

/** Variant is one artifact of an index, under the tag it has of its own. */
export interface Variant {
  readonly descriptor: Descriptor;
  readonly reference: string;
  readonly persona?: string | undefined;
  readonly runtime?: string | undefined;
}

/** packIndex stores an index of the variants of one agent and returns its descriptor. */
export async function packIndex(store: Pusher, variants: readonly Variant[]): Promise<Descriptor> {
  const manifests = variants.map(({ descriptor, reference, persona, runtime }) => ({
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(descriptor.artifactType === undefined ? {} : { artifactType: descriptor.artifactType }),
    annotations: {
      [annotations.refName]: reference,
      ...(persona === undefined ? {} : { [annotations.persona]: persona }),
      ...(runtime === undefined ? {} : { [annotations.adapterRuntime]: runtime }),
    },
  }));
  return pushDocument(store, { schemaVersion: 2, mediaType: indexMediaType, manifests }, indexMediaType);
}

async function pushDocument(
  store: Pusher,
  document: object,
  mediaType: string,
  artifactType?: string,
): Promise<Descriptor> {
  const bytes = canonicalJson(document);
  const descriptor: Descriptor = {
    mediaType,
    digest: digestOf(bytes),
    size: bytes.byteLength,
    ...(artifactType === undefined ? {} : { artifactType }),
  };
  await store.push(descriptor, bytesContent(bytes));
  return descriptor;
}

function sortLayers(layers: readonly StoredLayer[]): readonly StoredLayer[] {
  const sorted = [...layers].sort((a, b) => layerNames.indexOf(a.name) - layerNames.indexOf(b.name));
  const twice = sorted.find(({ name }, index) => name === sorted[index + 1]?.name);
  if (twice !== undefined)
    throw new Error(`two layers of ${kindOf(twice.name).mediaType}: an artifact has one of each kind`);
  return sorted;
}

function manifestAnnotations({ config, created, persona, lockDigest }: ArtifactInput): Record<string, string> {
  const adapter = config.kind === "agent" ? (config as AgentConfig).adapter : undefined; // config kinds share loose index signatures, so the tag does not narrow
  const entries: readonly (readonly [string, string | undefined])[] = [
    [annotations.created, created],
    [annotations.version, config.version],
    [annotations.title, config.name],
    [annotations.specVersion, specVersion],
    [annotations.adapterType, adapter?.type],
    [annotations.adapterRuntime, adapter?.runtime],
    [annotations.description, config.description],
    [annotations.vendor, config.author],
    [annotations.persona, persona],
    [annotations.lockDigest, lockDigest],
  ];
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
