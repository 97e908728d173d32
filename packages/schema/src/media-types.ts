/** Kind of a stax artifact. */
export type ArtifactKind = "agent" | "package" | "profile" | "source";

export const artifactTypes = {
  agent: "application/vnd.stax.agent.v1",
  package: "application/vnd.stax.package.v1",
  profile: "application/vnd.stax.profile.v1",
  source: "application/vnd.stax.source.v1",
} as const satisfies Record<ArtifactKind, string>;

export const configMediaTypes = {
  agent: "application/vnd.stax.config.v1+json",
  package: "application/vnd.stax.config.v1+json",
  profile: "application/vnd.stax.profile.config.v1+json",
  source: "application/vnd.stax.source.config.v1+json",
} as const satisfies Record<ArtifactKind, string>;

/** artifactKindOf is the kind of an artifactType; `undefined` for one that is not of stax. */
export const artifactKindOf = (artifactType: string | undefined): ArtifactKind | undefined =>
  (Object.keys(artifactTypes) as ArtifactKind[]).find((kind) => artifactTypes[kind] === artifactType);

export const referrerTypes = {
  signature: "application/vnd.stax.signature.v1",
  evaluation: "application/vnd.stax.evaluation.v1",
  approval: "application/vnd.stax.approval.v1",
  "memory-snapshot": "application/vnd.stax.memory-snapshot.v1",
} as const;

/** payloadMediaTypes are the layers of referrers. */
export const payloadMediaTypes = {
  signature: "application/vnd.stax.signature.payload.v1",
  evaluation: "application/vnd.stax.evaluation.payload.v1+json",
  approval: "application/vnd.stax.approval.payload.v1+json",
} as const;

/** Annotation keys of manifests, index entries and layers. */
export const annotations = {
  created: "org.opencontainers.image.created",
  version: "org.opencontainers.image.version",
  title: "org.opencontainers.image.title",
  description: "org.opencontainers.image.description",
  vendor: "org.opencontainers.image.vendor",
  refName: "org.opencontainers.image.ref.name",
  specVersion: "dev.stax.spec.version",
  adapterType: "dev.stax.adapter.type",
  adapterRuntime: "dev.stax.adapter.runtime",
  persona: "dev.stax.persona",
  lockDigest: "dev.stax.lock.digest",
  /** Digest of the uncompressed tar of a layer: the same content, whoever compressed it (decision A3). */
  diffId: "dev.stax.layer.diff-id",
  /** "true" on a layer into which symlinks were flattened. */
  flattened: "dev.stax.layer.flattened",
} as const;
