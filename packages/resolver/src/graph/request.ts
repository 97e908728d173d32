import type { Digest } from "@stax/oci";
import type { Lock } from "../lock/lock.ts";
import type { MirrorMap } from "../source/mirrors.ts";
import type { PackageCache } from "../source/package-cache.ts";
import type { OpenRepository } from "../source/package-source.ts";

/** PackageDeclaration is an entry of a `packages` list. */
export interface PackageDeclaration {
  /** As written. */
  readonly declared: string;
  /** Of a package of the workspace: its directory, relative to the workspace root, as the lock names it (`./packages/team`). */
  readonly path?: string | undefined;
}

/** RootPackages is what a definition that is resolved builds on. */
export interface RootPackages {
  /** How messages and paths name it: an agent's name. */
  readonly name: string;
  readonly packages: readonly PackageDeclaration[];
  /** Digests by exact reference or by repository: what the definition's overrides pin, wherever in the graph it stands. */
  readonly pins?: Readonly<Record<string, string>> | undefined;
}

/** LocalPackage is a package of the workspace. */
export interface LocalPackage {
  /** Its directory, relative to the workspace root: `./packages/team`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly packages: readonly PackageDeclaration[];
  /** Once it is built. */
  readonly digest?: Digest | undefined;
}

/** ResolveEvent tells which package a resolution has read. */
export interface ResolveEvent {
  readonly type: "package";
  readonly reference: string;
  readonly digest: Digest;
}

export interface ResolveOptions {
  /** Gives the repositories that packages lie in; absent: the network is off. */
  readonly open?: OpenRepository | undefined;
  /** Packages of the workspace, by their paths. */
  readonly local?: readonly LocalPackage[] | undefined;
  readonly lock?: Lock | undefined;
  /** Take from the lock what a locked package builds on, instead of reading it: nothing that is locked is fetched. */
  readonly trustLock?: boolean | undefined;
  /** The lock must be complete and stay as it is: throws `LOCK_OUTDATED` or `LOCK_MISSING`. Implies `trustLock`; nothing is fetched. */
  readonly frozen?: boolean | undefined;
  /** The roots are all definitions of the workspace: what the lock has beyond them is out of date. A function is asked only where it has such. */
  readonly complete?: boolean | (() => boolean) | undefined;
  /** Resolve these anew (keys, repositories or their last part), or everything. */
  readonly update?: true | readonly string[] | undefined;
  /** The tags that floating references take, by what is declared; what is not named takes the newest that it may. */
  readonly choose?: ReadonlyMap<string, string> | undefined;
  /** Compare every locked tag with the registry. */
  readonly checkTags?: boolean | undefined;
  readonly mirrors?: MirrorMap | undefined;
  readonly cache?: PackageCache | undefined;
  /** Requests under way (default 16). */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ResolveEvent) => void) | undefined;
}
