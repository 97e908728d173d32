import type { Artifact } from "@stax/artifact";
import { isStaxError } from "@stax/errors";
import { isDigest, type RepositoryName } from "@stax/oci";
import type { ResolvedPackage } from "@stax/schema";
import { ResolveError } from "../error.ts";
import { createLimit, type Limit } from "../limit.ts";
import { parsePackageReference } from "../reference.ts";
import { createMirrors, type MirrorMap } from "../source/mirrors.ts";
import { checkIdentity, openFound } from "../source/open-package.ts";
import type { OpenRepository } from "../source/package-source.ts";
import { type FoundManifest, Repositories } from "../source/repositories.ts";

/** FoundPackage is a package of an artifact, opened where it was found; its layers are closed. */
export interface FoundPackage {
  readonly ref: string;
  readonly digest: string;
  readonly artifact: Artifact;
  /** Where the artifact itself lies, or where the mirror map or the reference leads. */
  readonly place: "origin" | "registry";
}

export interface FindPackagesOptions {
  /** Gives repositories; absent: packages are looked for where the artifact is and nowhere else. */
  readonly open?: OpenRepository | undefined;
  readonly mirrors?: MirrorMap | undefined;
  /** Requests under way (default 16). */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * findPackages opens the packages that an artifact lists, in their order: by digest where the artifact came from, then at the mirror, then
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
  const failed = outcomes.find((outcome) => outcome.status === "rejected" && isStaxError(outcome.reason));
  if (failed?.status === "rejected") throw failed.reason;
  return Promise.all(found);
}

interface Search {
  readonly origin: { readonly name: RepositoryName; readonly source: Artifact["source"] };
  readonly repositories: Repositories;
  readonly limit: Limit;
  readonly options: FindPackagesOptions;
}

async function findPackage(
  { ref, digest }: ResolvedPackage,
  { origin, repositories, limit, options }: Search,
): Promise<FoundPackage> {
  if (!isDigest(digest)) throw new Error(`${digest} is no digest`); // the layer's schema says that it is
  const shown = ref.endsWith(digest) ? ref : `${ref}@${digest}`;
  const reference = parsePackageReference(ref);
  const nearby = await repositories.findIn(origin, digest);
  const found = nearby ?? (await findElsewhere(reference, digest, repositories, options));
  if (found === undefined)
    throw new ResolveError(
      "DEPENDENCY_NOT_FOUND",
      `the package ${shown} is neither where the artifact is nor elsewhere`,
      {
        hint: "copy the artifact again from where it was built, together with its packages",
      },
    );
  const { artifact } = await openFound(found, shown, { limit, signal: options.signal });
  if (reference.form === "embedded") checkIdentity(artifact, reference);
  return { ref, digest, artifact, place: nearby === undefined ? "registry" : "origin" };
}

async function findElsewhere(
  reference: ReturnType<typeof parsePackageReference>,
  digest: string,
  repositories: Repositories,
  { open }: FindPackagesOptions,
): Promise<FoundManifest | undefined> {
  if (open === undefined || !("repository" in reference)) return undefined;
  return repositories.find(reference.repository, digest);
}
