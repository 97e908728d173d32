import { parsePackageReference, repositoryText } from "../reference.ts";
import { sortVersions, type TaggedVersion, versionsOf } from "../version-range.ts";
import { isPathKey, type Lock, type LockEntry, unpinnedKey } from "./lock.ts";

/** LockIndex answers what a lock pins; entries that are being updated are left out of it. */
export class LockIndex {
  readonly #packages: ReadonlyMap<string, LockEntry>;
  // Only ranges need these two, and most locks pin exact versions only.
  #requested: ReadonlyMap<string, string> | undefined;
  #versions: ReadonlyMap<string, readonly TaggedVersion[]> | undefined;

  constructor(lock: Lock | undefined, update: true | readonly string[] = []) {
    const entries = update === true ? [] : Object.entries(lock?.packages ?? {});
    const isKept = ([key]: readonly [string, LockEntry]) =>
      update === true || !update.some((name) => isNamed(key, name));
    this.#packages = new Map(entries.filter(isKept));
  }

  entry(key: string): LockEntry | undefined {
    return this.#packages.get(key);
  }

  /** The key that a declared range was resolved to. */
  requested(declared: string): string | undefined {
    this.#requested ??= requestedIn(this.#packages);
    return this.#requested.get(declared);
  }

  /** The locked versions of a repository, newest first. */
  versions(repository: string): readonly TaggedVersion[] {
    this.#versions ??= versionsIn(this.#packages.keys());
    return this.#versions.get(repository) ?? [];
  }
}

function requestedIn(packages: ReadonlyMap<string, LockEntry>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [key, { requested = [] }] of packages)
    for (const declared of requested) if (!found.has(declared)) found.set(declared, unpinnedKey(key));
  return found;
}

function versionsIn(keys: Iterable<string>): ReadonlyMap<string, readonly TaggedVersion[]> {
  const found = new Map<string, readonly TaggedVersion[]>();
  for (const key of keys) {
    if (isPathKey(key)) continue;
    const reference = parsePackageReference(unpinnedKey(key));
    if (reference.form !== "tag") continue;
    const repository = repositoryText(reference.repository);
    found.set(repository, sortVersions([...(found.get(repository) ?? []), ...versionsOf([reference.tag])]));
  }
  return found;
}

/** isNamed tells whether a person's word for a package means this key: the key, its repository, or the last part of that. */
export function isNamed(key: string, name: string): boolean {
  if (key === name || unpinnedKey(key) === name) return true;
  const repository = key.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return repository === name || repository.endsWith(`/${name}`);
}
