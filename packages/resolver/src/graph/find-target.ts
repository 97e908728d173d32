import { isDigest, type RepositoryName } from "@stax/oci";
import { ResolveError } from "../error.ts";
import type { LockEntry } from "../lock/lock.ts";
import type { LockIndex } from "../lock/lock-index.ts";
import { type PackageReference, parsePackageReference, repositoryText } from "../reference.ts";
import { type OpenedPackage, readEmbedded } from "../source/open-package.ts";
import type { Repositories } from "../source/repositories.ts";
import { highest, newestOf, type TaggedVersion, type VersionRange, versionsOf } from "../version-range.ts";
import { digestTarget, lockedTarget, type Target, tagTarget } from "./target.ts";

/** Declarer is who declares a reference: a definition of the workspace (nothing), or a published package. */
export interface Declarer {
  readonly target: Target;
  /** The place of the declaration in its list. */
  readonly index: number;
  readonly opened: OpenedPackage;
  /** What the lock says of it. */
  readonly entry: LockEntry | undefined;
}

export interface TargetFinderOptions {
  readonly lock: LockIndex;
  readonly repositories: Repositories;
  /** What is not in the lock is not looked for. */
  readonly frozen: boolean;
  /** Tags for floating references, by what is declared. */
  readonly choose?: ReadonlyMap<string, string> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** TargetFinder turns declared references into exact ones. The same declaration in the same place always leads to the same package. */
export class TargetFinder {
  readonly #options: TargetFinderOptions;
  readonly #ranges = new Map<string, Promise<Target>>();
  readonly #locked = new Map<string, Target>();
  // Of exact references: a thousand packages name each other some thousand times.
  readonly #exact = new Map<string, Target>();

  constructor(options: TargetFinderOptions) {
    this.#options = options;
  }

  /** find leads from a declaration to a package. Throws `DEPENDENCY_REFERENCE`, `RANGE_UNMATCHED`, and what listing tags throws. */
  async find(declared: string, declarer?: Declarer): Promise<Target> {
    const known = this.#exact.get(declared);
    if (known !== undefined) return known;
    const reference = parsePackageReference(declared);
    switch (reference.form) {
      case "path":
        if (declarer === undefined) return { key: declared, ref: declared, path: declared };
        throw wrongPlace(declared, "is a path in a published package, where there is none");
      case "embedded":
        if (declarer !== undefined) return this.#embedded(reference, declared, declarer);
        throw wrongPlace(declared, "names no registry");
      case "digest":
        return this.#once(digestTarget(reference.repository, reference.digest, reference.tag), declared);
      case "tag":
        return this.#once(tagTarget(reference.repository, reference.tag), declared);
      case "range":
        return this.#range(declared, reference, declarer);
    }
  }

  /** locked leads from a key of the lock to a package. */
  locked(key: string): Target {
    const known = this.#locked.get(key) ?? this.#known(lockedTarget(key), key);
    this.#locked.set(key, known);
    return known;
  }

  #once(target: Target, declared: string): Target {
    const known = this.#known(target, declared);
    this.#exact.set(declared, known);
    return known;
  }

  #known(target: Target, declared: string): Target {
    const { lock, frozen } = this.#options;
    const digest = lock.entry(target.key)?.digest;
    if (digest !== undefined) return { ...target, digest };
    return frozen ? { ...target, key: declared, unlocked: true } : target;
  }

  async #range(
    declared: string,
    reference: PackageReference & { readonly form: "range" },
    declarer: Declarer | undefined,
  ): Promise<Target> {
    const { lock, frozen, choose } = this.#options;
    const chosen = choose?.get(declared);
    if (chosen !== undefined) return this.#known(tagTarget(reference.repository, chosen), declared);
    const locked = pinnedBy(declarer, reference) ?? lock.requested(declared) ?? this.#satisfying(reference);
    if (locked !== undefined) return this.locked(locked);
    if (frozen) return { ...tagTarget(reference.repository, reference.range.text), key: declared, unlocked: true };
    const known = this.#ranges.get(declared) ?? this.#fromTags(reference.repository, reference.range);
    this.#ranges.set(declared, known);
    return known;
  }

  // A locked version that satisfies a new range stays: what is locked changes only when it is told to.
  #satisfying({ repository, range }: PackageReference & { readonly form: "range" }): string | undefined {
    const found = highest(range, this.#options.lock.versions(repositoryText(repository)));
    return found === undefined ? undefined : tagTarget(repository, found.tag).key;
  }

  async #fromTags(repository: RepositoryName, range: VersionRange): Promise<Target> {
    const tags = await this.#options.repositories.tags(repository);
    const versions = versionsOf(tags);
    const found = highest(range, versions);
    if (found !== undefined) return tagTarget(repository, found.tag);
    // Whoever publishes no versions may still publish `latest`.
    if (range.text === "latest" && versions.length === 0 && tags.includes("latest"))
      return tagTarget(repository, "latest");
    throw unmatched(repositoryText(repository), range, versions);
  }

  async #embedded(
    { name, version }: { readonly name: string; readonly version: string },
    declared: string,
    { opened, target: { key, repository } }: Declarer,
  ): Promise<Target> {
    const listed = await readEmbedded(opened, this.#options.signal);
    const digest = listed.find(({ ref }) => ref === declared)?.digest;
    if (!isDigest(digest) || repository === undefined)
      throw new ResolveError("DEPENDENCY_NOT_FOUND", `${key} names ${declared} and does not say which digest that is`, {
        hint: "it was not built by stax build; ask its author to build it again",
      });
    return { ...digestTarget(repository, digest), embedded: { place: opened.place, name, version } };
  }
}

const wrongPlace = (declared: string, flaw: string): ResolveError =>
  new ResolveError("DEPENDENCY_REFERENCE", `"${declared}" ${flaw}`, {
    hint: "write registry/repository:tag or registry/repository@sha256:<64 hex digits>",
  });

/** What the lock says of the very package that declares a range, at the very place. */
function pinnedBy(
  declarer: Declarer | undefined,
  reference: PackageReference & { readonly form: "range" },
): string | undefined {
  const locked = declarer?.entry?.dependencies[declarer.index];
  return locked !== undefined && satisfies(locked, reference) ? locked : undefined;
}

function satisfies(key: string, { repository, range }: PackageReference & { readonly form: "range" }): boolean {
  const prefix = `${repositoryText(repository)}:`;
  if (!key.startsWith(prefix)) return false;
  const tag = key.slice(prefix.length);
  return tag === range.text || versionsOf([tag]).some(({ version }) => range.matches(version));
}

function unmatched(repository: string, range: VersionRange, versions: readonly TaggedVersion[]): ResolveError {
  const { stable, prereleases } = newestOf(versions);
  const parts = [
    ...(stable.length === 0 ? [] : [`the newest are ${stable.join(", ")}`]),
    ...(prereleases.length === 0 ? [] : [`prereleases, which a range must name: ${prereleases.join(", ")}`]),
  ];
  return new ResolveError("RANGE_UNMATCHED", `no version of ${repository} satisfies ${range.text}`, {
    hint: parts.length === 0 ? "it has no tag that is a version" : parts.join("; "),
    details: { repository, range: range.text, newest: [...stable, ...prereleases] },
  });
}
