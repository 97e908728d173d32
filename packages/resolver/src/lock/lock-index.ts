import { parsePackageReference, repositoryText } from "../reference.ts";
import { sortVersions, type TaggedVersion, versionsOf } from "../version-range.ts";
import { isPathKey, type Lock, type LockEntry, unpinnedKey } from "./lock.ts";

/** LockIndex answers what a lock pins; entries that are being updated are left out of it. */
export class LockIndex {
  readonly #packages: ReadonlyMap<string, LockEntry>;
  readonly #requested = new Map<string, string>();
  readonly #versions = new Map<string, readonly TaggedVersion[]>();

  constructor(lock: Lock | undefined, update: true | readonly string[] = []) {
    const entries = update === true ? [] : Object.entries(lock?.packages ?? {});
    const kept = entries.filter(([key]) => update === true || !update.some((name) => isNamed(key, name)));
    this.#packages = new Map(kept);
    for (const [key, { requested = [] }] of kept)
      for (const declared of requested)
        if (!this.#requested.has(declared)) this.#requested.set(declared, unpinnedKey(key));
    for (const [key] of kept) this.#addVersion(key);
  }

  entry(key: string): LockEntry | undefined {
    return this.#packages.get(key);
  }

  /** The key that a declared range was resolved to. */
  requested(declared: string): string | undefined {
    return this.#requested.get(declared);
  }

  /** The locked versions of a repository, newest first. */
  versions(repository: string): readonly TaggedVersion[] {
    return this.#versions.get(repository) ?? [];
  }

  #addVersion(key: string): void {
    if (isPathKey(key)) return;
    const reference = parsePackageReference(unpinnedKey(key));
    if (reference.form !== "tag") return;
    const repository = repositoryText(reference.repository);
    const versions = [...(this.#versions.get(repository) ?? []), ...versionsOf([reference.tag])];
    this.#versions.set(repository, sortVersions(versions));
  }
}

/** isNamed tells whether a person's word for a package means this key: the key, its repository, or the last part of that. */
export function isNamed(key: string, name: string): boolean {
  if (key === name || unpinnedKey(key) === name) return true;
  const repository = key.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return repository === name || repository.endsWith(`/${name}`);
}
