import type { Artifact } from "@stax/artifact";
import { isStaxError } from "@stax/errors";
import { type Digest, isDigest } from "@stax/oci";
import type { ResolvedPackage } from "@stax/schema";
import { ResolveError } from "../error.ts";
import { createLimit, type Limit } from "../limit.ts";
import { type PackageReference, parsePackageReference } from "../reference.ts";
import { createMirrors, type MirrorMap } from "../source/mirrors.ts";
import { checkIdentity, openCached, openFound } from "../source/open-package.ts";
import type { PackageCache } from "../source/package-cache.ts";
import type { OpenRepository } from "../source/package-source.ts";
import { type FoundManifest, type Place, Repositories } from "../source/repositories.ts";

/** FoundPackage is a package of an artifact, opened where it was found; its layers are closed. */
export interface FoundPackage {
  readonly ref: string;
  readonly digest: string;
  readonly artifact: Artifact;
  /** In the cache, where the artifact itself lies, or where the mirror map or the reference leads. */
  readonly place: "cache" | "origin" | "registry";
}

export interface FindPackagesOptions {
  /** Gives repositories; absent: packages are looked for where the artifact is and nowhere else. */
  readonly open?: OpenRepository | undefined;
  readonly mirrors?: MirrorMap | undefined;
  readonly cache?: PackageCache | undefined;
  /** Requests under way (default 16). */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * findPackages opens the packages that an artifact lists, in their order: in the cache, then where the artifact came from, by digest; then at the mirror, then
 * where their reference leads (decision A27). Throws `DEPENDENCY_NOT_FOUND`, and what opening throws.
 */
export async function findPackages(
  { source, config }: Artifact,
  packages: readonly ResolvedPackage[],
  options: FindPackagesOptions = {},
): Promise<readonly FoundPackage[]> {
  const limit = createLimit(options.concurrency ?? 16);
  const repositories = new Repositories({ ...options, mirrors: createMirrors(options.mirrors), limit });
  const origin = { name: { registry: "", repository: config.name }, source };
  const found = packages.map((entry) =>
    findPackage(entry, { origin, repositories, limit, options }).catch((error: unknown) => {
      limit.halt();
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(found);
  await options.cache?.settled();
  const failed = outcomes.find((outcome) => outcome.status === "rejected" && isStaxError(outcome.reason));
  if (failed?.status === "rejected") throw failed.reason;
  return Promise.all(found);
}

interface Search {
  readonly origin: Place;
  readonly repositories: Repositories;
  readonly limit: Limit;
  readonly options: FindPackagesOptions;
}

async function findPackage(entry: ResolvedPackage, search: Search): Promise<FoundPackage> {
  const { ref, digest } = entry;
  if (!isDigest(digest)) throw new Error(`${digest} is no digest`); // the layer's schema says that it is
  const shown = ref.endsWith(digest) ? ref : `${ref}@${digest}`;
  const reference = parsePackageReference(ref);
  const locate = () => locatePackage(reference, digest, shown, search);
  const options = { limit: search.limit, signal: search.options.signal, cache: search.options.cache };
  const cached = openCached(digest, async () => (await locate()).place, shown, options);
  if (cached !== undefined) {
    const { artifact } = await cached;
    return found(entry, artifact, reference, "cache");
  }
  const located = await locate();
  const { artifact } = await openFound(located, shown, options);
  return found(entry, artifact, reference, located.place === search.origin ? "origin" : "registry");
}

function found(
  { ref, digest }: ResolvedPackage,
  artifact: Artifact,
  reference: PackageReference,
  place: FoundPackage["place"],
): FoundPackage {
  if (reference.form === "embedded") checkIdentity(artifact, reference);
  return { ref, digest, artifact, place };
}

async function locatePackage(
  reference: PackageReference,
  digest: Digest,
  shown: string,
  { origin, repositories, options }: Search,
): Promise<FoundManifest> {
  const nearby = await repositories.findIn(origin, digest);
  if (nearby !== undefined) return nearby;
  const isElsewhere = options.open !== undefined && "repository" in reference;
  const elsewhere = isElsewhere ? await repositories.find(reference.repository, digest) : undefined;
  if (elsewhere !== undefined) return elsewhere;
  throw new ResolveError(
    "DEPENDENCY_NOT_FOUND",
    `the package ${shown} is neither where the artifact is nor elsewhere`,
    {
      hint: "copy the artifact again from where it was built, together with its packages",
    },
  );
}
