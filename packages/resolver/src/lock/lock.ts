import type { Digest } from "@stax/oci";

/** Signer is who signed a package, once that was verified. */
export interface Signer {
  readonly identity: string;
  readonly issuer?: string | undefined;
}

/** LockEntry is one package of `stax.lock`. A package of the workspace has dependencies only. */
export interface LockEntry {
  readonly digest?: Digest | undefined;
  /** Keys of entries, in declaration order: order carries precedence. */
  readonly dependencies: readonly string[];
  /** The references that lead here, as the workspace's definitions write them, sorted. */
  readonly requested?: readonly string[] | undefined;
  /** `registry/repository`. */
  readonly resolved?: string | undefined;
  readonly signer?: Signer | undefined;
}

/**
 * Lock is `stax.lock`: every package that the definitions of a workspace reach, by its exact reference (`registry/repository:tag`, with
 * `@digest` where that was declared) or by its path in the workspace.
 */
export interface Lock {
  readonly lockVersion: 1;
  readonly specVersion: string;
  readonly packages: Readonly<Record<string, LockEntry>>;
}

/** lockFileName is the file in the root of a workspace. */
export const lockFileName = "stax.lock";

/** isPathKey tells whether a key of the lock is a package of the workspace. */
export const isPathKey = (key: string): boolean => /^\.\.?\//.test(key);

/** unpinnedKey is a key without the digest behind its tag; one that has no tag stays as it is. */
export const unpinnedKey = (key: string): string => key.replace(/^(.*\/[^/@]*:[^/@]+)@.*$/, "$1");
