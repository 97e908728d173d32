import type { Diagnostic } from "@stax/errors";
import type { Annotations, PredecessorFinder } from "@stax/oci";
import {
  type ArtifactKind,
  type Config,
  kindOf,
  type LayerName,
  type Layers,
  type McpServer,
  type ResolvedPackage,
  type SecretDeclaration,
} from "@stax/schema";
import type { Artifact } from "./open-artifact.ts";
import { type ReadLayersOptions, readLayers } from "./read-layers.ts";
import { type Risk, riskOf } from "./risk.ts";

/** InspectedLayer is a layer of the manifest and, where it is known, what it holds. */
export interface InspectedLayer {
  /** Absent where this version does not know the media type. */
  readonly name?: LayerName;
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations: Annotations;
  readonly items: readonly string[];
}

/** InspectedReferrer is something attached to the artifact. */
export interface InspectedReferrer {
  readonly artifactType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations: Annotations;
}

/** Origin tells where a server's definition comes from: written here, or taken from an MCP registry. */
export interface ServerOrigin {
  readonly name: string;
  readonly transport: "stdio" | "http" | "sse";
  readonly enabled: boolean;
  readonly origin: "inline" | "registry";
  readonly registryRef?: NonNullable<McpServer["registryRef"]>;
}

/** Inspection is everything about an artifact that can be told without unpacking it for a runtime. */
export interface Inspection {
  readonly kind: ArtifactKind;
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly mediaType: string;
  /** Of the manifest, bytes. */
  readonly size: number;
  /** Of the manifest, config and layers together, bytes. */
  readonly totalSize: number;
  readonly annotations: Annotations;
  readonly config: Config;
  readonly layers: readonly InspectedLayer[];
  readonly packages: readonly ResolvedPackage[];
  readonly secrets: readonly SecretDeclaration[];
  readonly servers: readonly ServerOrigin[];
  readonly risk: Risk;
  readonly referrers: readonly InspectedReferrer[];
  readonly diagnostics: readonly Diagnostic[];
}

/** inspectArtifact reads the layers that can be named item by item. Throws what {@link readLayers} throws. */
export async function inspectArtifact(artifact: Artifact, options: ReadLayersOptions): Promise<Inspection> {
  const { kind, config, descriptor, manifest } = artifact;
  const { layers, diagnostics } = await readLayers(artifact, options);
  const inspected = artifact.layers.map(({ name, descriptor: layer }) => ({
    ...(name === undefined ? {} : { name }),
    mediaType: layer.mediaType,
    digest: layer.digest,
    size: layer.size,
    annotations: layer.annotations ?? {},
    items: name === undefined || layers[name] === undefined ? [] : kindOf(name).items(layers[name]),
  }));
  return {
    kind,
    name: config.name,
    version: config.version,
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    size: descriptor.size,
    totalSize: descriptor.size + manifest.config.size + inspected.reduce((sum, { size }) => sum + size, 0),
    annotations: manifest.annotations ?? {},
    config,
    layers: inspected,
    packages: layers.packages?.packages ?? [],
    secrets: layers.secrets?.secrets ?? [],
    servers: serverOrigins(layers),
    risk: riskOf(config, layers),
    referrers: await referrersOf(artifact),
    diagnostics: [...artifact.diagnostics, ...diagnostics],
  };
}

function serverOrigins({ mcp }: Layers): readonly ServerOrigin[] {
  return Object.entries(mcp?.servers ?? {}).map(([name, { url, transport, enabled, registryRef }]) => ({
    name,
    transport: url === undefined ? "stdio" : (transport ?? "http"),
    enabled,
    origin: registryRef === undefined ? "inline" : "registry",
    ...(registryRef === undefined ? {} : { registryRef }),
  }));
}

async function referrersOf({ source, descriptor }: Artifact): Promise<readonly InspectedReferrer[]> {
  const { predecessors } = source as Partial<PredecessorFinder>; // sources that know referrers are PredecessorFinders too
  if (predecessors === undefined) return [];
  const found = await predecessors.call(source, descriptor);
  return found.map(({ artifactType, digest, size, annotations }) => ({
    artifactType: artifactType ?? "",
    digest,
    size,
    annotations: annotations ?? {},
  }));
}
