export {
  type ArtifactDiff,
  type DiffArtifactsOptions,
  diffArtifacts,
  type FieldChange,
  isEmptyDiff,
  type RiskDelta,
} from "./diff-artifacts.ts";
export { ArtifactError, diagnosticCodes, errorCodes } from "./error.ts";
export { type Extraction, extractArtifact } from "./extract-artifact.ts";
export {
  type InspectedLayer,
  type InspectedReferrer,
  type Inspection,
  inspectArtifact,
  type ServerOrigin,
} from "./inspect-artifact.ts";
export {
  type Artifact,
  type ArtifactLayer,
  type ArtifactSource,
  type OpenManifestOptions,
  type OpenOptions,
  openArtifact,
  openManifest,
} from "./open-artifact.ts";
export { type ArtifactInput, packArtifact, packIndex, type StoredLayer, type Variant } from "./pack-artifact.ts";
export { type ReadLayers, type ReadLayersOptions, readLayers } from "./read-layers.ts";
export { type Risk, riskOf } from "./risk.ts";
