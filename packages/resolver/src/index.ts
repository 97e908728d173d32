export { diagnosticCodes, errorCodes, ResolveError, type ResolveErrorCode } from "./error.ts";
export { configReferences, resolvedPackages } from "./graph/compiled-packages.ts";
export { maxDepth } from "./graph/load-graph.ts";
export {
  type GraphRoot,
  type MovedTag,
  nodesOf,
  type PackageGraph,
  type PackageNode,
  type PackageRequest,
} from "./graph/package-graph.ts";
export type { LocalPackage, PackageDeclaration, ResolveEvent, ResolveOptions, RootPackages } from "./graph/request.ts";
export {
  type CheckLockOptions,
  checkLock,
  type EntryChange,
  formatDifference,
  type LockDifference,
  outdatedLock,
} from "./lock/check-lock.ts";
export { droppedSigners } from "./lock/dropped-signers.ts";
export { emptyLock, formatLock } from "./lock/format-lock.ts";
export { type Lock, type LockEntry, lockFileName, type Signer } from "./lock/lock.ts";
export { readLock, writeLock } from "./lock/lock-file.ts";
export { type LockOfOptions, lockDigest, lockOf } from "./lock/lock-of.ts";
export { lockSchema, type ParsedLock, parseLock } from "./lock/parse-lock.ts";
export { applyOverrides } from "./merge/apply-overrides.ts";
export { type FindPackagesOptions, type FoundPackage, findPackages } from "./merge/find-packages.ts";
export { type Merged, mergePackages, type PackageLayers } from "./merge/merge-packages.ts";
export { overridesOf } from "./merge/overrides.ts";
export { type MergedItem, own } from "./merge/provenance.ts";
export { type MergedArtifact, type ReadMergedOptions, readMerged } from "./merge/read-merged.ts";
export { readSecrets } from "./merge/read-secrets.ts";
export { type Precedable, precedenceOf } from "./precedence.ts";
export { findNodes } from "./report/find-nodes.ts";
export { type OutdatedOptions, type OutdatedPackage, outdated } from "./report/outdated.ts";
export { type PlanRaiseOptions, planRaise, type RaisedReference, type RaisePlan } from "./report/plan-raise.ts";
export { type PackageChange, planUpdate, type UpdatePlan } from "./report/plan-update.ts";
export { type Raise, raiseReference } from "./report/raise-reference.ts";
export { formatTree, type RootTree, type TreeNode, treeOf } from "./report/tree.ts";
export { type Why, type WhyStep, why } from "./report/why.ts";
export { resolvePackages } from "./resolve.ts";
export {
  createMirrors,
  type Mirror,
  type MirrorMap,
  type Mirrors,
  type MirrorTarget,
  placeFailure,
  placesOf,
} from "./source/mirrors.ts";
export { type PackageCache, packageCache } from "./source/package-cache.ts";
export type { FetchedReference, OpenRepository, PackageSource } from "./source/package-source.ts";
export { keptTag } from "./source/repositories.ts";
