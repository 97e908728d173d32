import type { Digest, RepositoryName } from "@stax/oci";
import { digestReference, parsePackageReference, tagReference } from "../reference.ts";
import type { Place } from "../source/repositories.ts";

/** Target is the package that a declaration leads to, before anything of it is fetched. */
export interface Target {
  /** How `stax.lock` names it. */
  readonly key: string;
  /** How the packages layer names it: the exact reference without the digest behind its tag. */
  readonly ref: string;
  /** A package of the workspace. */
  readonly path?: string;
  readonly repository?: RepositoryName;
  readonly tag?: string;
  /** As declared, pinned or locked; absent where the registry must say. */
  readonly digest?: Digest;
  readonly pinned?: boolean;
  /** A package that was local to its dependent: where that one was found, and what it is called. */
  readonly embedded?: { readonly place: () => Promise<Place>; readonly name: string; readonly version: string };
  /** Wanted, but not in a lock that must not change. */
  readonly unlocked?: boolean;
}

/** tagTarget leads to a tag. */
export const tagTarget = (repository: RepositoryName, tag: string): Target => {
  const key = tagReference(repository, tag);
  return { key, ref: key, repository, tag };
};

/** digestTarget leads to a digest, declared with a tag or without. */
export const digestTarget = (repository: RepositoryName, digest: Digest, tag?: string): Target => {
  const key = digestReference(repository, digest, tag);
  const ref = tag === undefined ? key : tagReference(repository, tag);
  return { key, ref, repository, digest, ...(tag === undefined ? {} : { tag }) };
};

/** lockedTarget is what a key of the lock leads to, without its digest where the key has none. */
export function lockedTarget(key: string): Target {
  const reference = parsePackageReference(key);
  if (reference.form === "path") return { key, ref: key, path: key };
  if (reference.form === "digest") return digestTarget(reference.repository, reference.digest, reference.tag);
  if (reference.form === "tag") return tagTarget(reference.repository, reference.tag);
  if (reference.form === "range") return tagTarget(reference.repository, reference.range.text); // `latest`, where it is a tag
  throw new Error(`${key} is no key of a lock`);
}
