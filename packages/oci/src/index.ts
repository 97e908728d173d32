export { type ArchiveOptions, ArchiveStore } from "./archive/archive-store.ts";
export { type CachePruneOptions, type CachePruneResult, type CacheUsage, ContentCache } from "./cache/content-cache.ts";
export { type CacheableTarget, type CachedTargetOptions, withCache } from "./cache/with-cache.ts";
export { type CopyOptions, copy, copyGraph } from "./copy/copy.ts";
export type {
  Companion,
  CompanionFinder,
  CopyDestination,
  CopyEvent,
  CopyGraphOptions,
  CopySource,
  TaggedDestination,
  TaggedSource,
} from "./copy/copy-options.ts";
export {
  type Annotations,
  type Descriptor,
  emptyBytes,
  emptyDescriptor,
  isMediaType,
  type Platform,
  parseDescriptor,
  plainDescriptor,
} from "./descriptor.ts";
export {
  algorithmOf,
  createDigester,
  type Digest,
  type DigestAlgorithm,
  type Digester,
  digestOf,
  encodedOf,
  isDigest,
  parseDigest,
} from "./digest.ts";
export { errorCodes, OciError, type OciErrorCode, type OciErrorOptions } from "./error.ts";
export { makeDirectories } from "./file-system.ts";
export { IndexedStore, resolveSelection } from "./indexed-store.ts";
export { isLayout, type LayoutOptions, LayoutStore } from "./layout/layout-store.ts";
export type { PruneOptions, PruneResult } from "./layout/prune.ts";
export {
  annotationsOf,
  artifactTypeOf,
  childrenOf,
  type Index,
  type Manifest,
  maxManifestSize,
  type ParsedManifest,
  type ParseManifestOptions,
  parseManifest,
  subjectOf,
  successorsOf,
} from "./manifest.ts";
export { isIndexType, isManifestType, mediaTypes } from "./media-type.ts";
export { MemoryStore } from "./memory-store.ts";
export { describeContent, type ManifestParts, packManifest } from "./pack-manifest.ts";
export {
  formatReference,
  formatRepositoryName,
  isRepositoryName,
  isTag,
  parseReference,
  parseRepositoryName,
  type Reference,
  type RepositoryName,
} from "./reference.ts";
export type { ClientEvent } from "./registry/client-event.ts";
export { AuthStore, configDirectory } from "./registry/credentials/auth-store.ts";
export type { Credential, CredentialQuery, CredentialSource } from "./registry/credentials/credential.ts";
export { type CredentialOptions, createCredentials } from "./registry/credentials/find-credentials.ts";
export { type LoginOptions, login, logout } from "./registry/credentials/login.ts";
export type { RetryPolicy } from "./registry/http/retry.ts";
export type { TlsOptions } from "./registry/http/tls-options.ts";
export type { Timeouts } from "./registry/http/transport.ts";
export { RegistryClient, type RegistryClientOptions } from "./registry/registry-client.ts";
export { Repository, type RepositoryOptions } from "./registry/repository.ts";
export {
  bytesContent,
  type Chunks,
  type Content,
  type Fetcher,
  fetchBytes,
  fetchContent,
  fetchManifest,
  fileContent,
  type Ingester,
  type PredecessorFinder,
  type PredecessorOptions,
  type Pusher,
  type ReadOnlyStorage,
  type ReferenceLister,
  type ReferenceResolver,
  type StorageOptions,
  type StoreEntry,
  type Tagger,
  type Target,
} from "./storage.ts";
export { refNameAnnotation } from "./store-index.ts";
export { type ArtifactTarget, formatTarget, type LocalTarget, parseTarget } from "./target.ts";
export {
  assertBytes,
  createVerifier,
  type Expected,
  type Verifier,
  type VerifyOptions,
  verified,
} from "./verify-content.ts";
