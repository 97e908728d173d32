export type { Sink } from "./archive/block-pipe.ts";
export { pathProblem } from "./archive/entry-path.ts";
export type { ByteSource } from "./archive/gunzip.ts";
export type { CompressorName } from "./archive/gzip.ts";
export type { ReadLimits } from "./archive/limits.ts";
export { type PackedLayer, type PackOptions, packTree } from "./archive/pack-tree.ts";
export { type ReadArchive, type ReadOptions, readArchive } from "./archive/read-archive.ts";
export { canonicalJson, maxJsonDepth } from "./canonical-json.ts";
export { credentialsIn, credentialsOf, type PlacedCredential } from "./credential-scan.ts";
export { type DecodeOptions, decodeLayer, type LayerContent } from "./decode-layer.ts";
export { type Change, type DiffOptions, diffLayers, type ItemChange, type LayerDiff } from "./diff-layers.ts";
export { describeLayer, encodeLayer, type LayerDescriptor, type StoredBlob } from "./encode-layer.ts";
export { type DiagnosticCode, diagnosticCodes, errorCodes, LayersError, type LayersErrorCode } from "./error.ts";
export { mergeLayers } from "./merge-layers.ts";
export { type LayerBlob, type OpenedLayer, openLayer } from "./open-layer.ts";
export { type PackCache, packCache, type SourceTree } from "./pack-cache.ts";
export { type ParseJsonOptions, parseJson } from "./parse-json.ts";
export {
  alwaysIgnored,
  defaultIgnored,
  type IgnoreMatcher,
  type IgnoreOptions,
  type IgnoreRules,
  ignoreFileName,
  readIgnoreRules,
} from "./tree/ignore-rules.ts";
export { type ReadTreeOptions, readTree, type SymlinkMode, type TreeReading } from "./tree/read-tree.ts";
export { type SensitiveFile, sensitiveFile, sensitiveFiles } from "./tree/sensitive-files.ts";
export type { StatKey } from "./tree/stat-key.ts";
export type { Flattened } from "./tree/tree-walk.ts";
