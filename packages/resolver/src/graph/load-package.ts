import type { Artifact } from "@stax/artifact";
import type { Diagnostic } from "@stax/errors";
import type { Digest } from "@stax/oci";
import type { PackageConfig } from "@stax/schema";
import { ResolveError } from "../error.ts";
import type { Limit } from "../limit.ts";
import type { LockEntry } from "../lock/lock.ts";
import type { LockIndex } from "../lock/lock-index.ts";
import { repositoryText } from "../reference.ts";
import { checkIdentity, type OpenedPackage, openCached, openFound } from "../source/open-package.ts";
import type { PackageCache } from "../source/package-cache.ts";
import type { Place, Repositories } from "../source/repositories.ts";
import { isSkillArtifact } from "../source/skill-artifact.ts";
import { type NewestVersions, newestOf, versionOf, versionsOf } from "../version-range.ts";
import type { TargetFinder } from "./find-target.ts";
import { type Failure, type Outcome, outcomeOf } from "./outcome.ts";
import type { LocalPackage, PackageDeclaration, ResolveEvent } from "./request.ts";
import type { Target } from "./target.ts";

/** LoadedEdge is a declaration and where it leads. */
export interface LoadedEdge {
  readonly declared: string;
  readonly outcome: Outcome<Target>;
}

/** LoadedPackage is what the graph needs to know of a package. */
export interface LoadedPackage {
  readonly target: Target;
  readonly digest?: Digest;
  readonly name?: string;
  readonly version?: string;
  readonly edges: readonly LoadedEdge[];
  readonly diagnostics: readonly Diagnostic[];
  readonly open?: () => Promise<Artifact>;
}

export interface PackageLoaderOptions {
  readonly local: ReadonlyMap<string, LocalPackage>;
  readonly lock: LockIndex;
  readonly trustLock: boolean;
  readonly finder: TargetFinder;
  readonly repositories: Repositories;
  readonly limit: Limit;
  readonly cache?: PackageCache | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ResolveEvent) => void) | undefined;
}

/** PackageLoader reads a package and finds what it builds on: one request for the manifest, one for the config, none where the lock is trusted. */
export class PackageLoader {
  readonly #options: PackageLoaderOptions;

  constructor(options: PackageLoaderOptions) {
    this.#options = options;
  }

  load(target: Target): Promise<LoadedPackage> {
    if (target.unlocked === true) return Promise.resolve({ target, edges: [], diagnostics: [] });
    if (target.path !== undefined) return this.#local(target, target.path);
    const { lock, trustLock } = this.#options;
    const entry = lock.entry(target.key);
    if (trustLock && entry?.digest !== undefined) return this.#locked(target, entry, entry.digest);
    return this.#published(target, entry);
  }

  /** edges finds where the declarations of a definition lead. */
  edges(declarations: readonly PackageDeclaration[]): Promise<readonly LoadedEdge[]> {
    const find = ({ declared, path }: PackageDeclaration) => this.#options.finder.find(path ?? declared);
    return Promise.all(
      declarations.map(async (declaration) => ({
        declared: declaration.declared,
        outcome: await outcomeOf(() => find(declaration)),
      })),
    );
  }

  async #local(target: Target, path: string): Promise<LoadedPackage> {
    const found = this.#options.local.get(path);
    if (found === undefined)
      throw new ResolveError("DEPENDENCY_NOT_FOUND", `${path} holds no package of this workspace`, {
        hint: "correct the path, or create a package.ts there",
      });
    const { name, version, packages, digest } = found;
    return {
      target: { ...target, ref: `${name}:${version}` },
      name,
      version,
      ...(digest === undefined ? {} : { digest }),
      edges: await this.edges(packages),
      diagnostics: [],
    };
  }

  async #locked(target: Target, entry: LockEntry, digest: Digest): Promise<LoadedPackage> {
    const { finder } = this.#options;
    const edges = entry.dependencies.map(
      (key): LoadedEdge => ({ declared: key, outcome: { ok: true, value: finder.locked(key) } }),
    );
    let opening: Promise<OpenedPackage> | undefined;
    const open = async () => {
      opening ??= this.#open({ ...target, digest });
      return (await opening).artifact;
    };
    return { target, digest, edges, diagnostics: [], open };
  }

  async #published(target: Target, entry: LockEntry | undefined): Promise<LoadedPackage> {
    const { finder, onEvent } = this.#options;
    const opened = await this.#open(target);
    const { artifact } = opened;
    const { digest } = artifact.descriptor;
    const config = artifact.config as PackageConfig; // a package has the config of one
    onEvent?.({ type: "package", reference: target.key, digest });
    const declarer = { target, opened, entry: entry?.digest === digest ? entry : undefined };
    const edges = (config.packages ?? []).map(async (declared, index) => ({
      declared,
      outcome: await outcomeOf(() => finder.find(declared, { ...declarer, index })),
    }));
    return {
      target,
      digest,
      name: config.name,
      version: config.version,
      edges: await Promise.all(edges),
      // What a skill of a registry could not bring is said when it is resolved: what stax built was judged by its author's build.
      diagnostics: [
        ...labelFindings(target, config),
        ...(isSkillArtifact(artifact.manifest) ? artifact.diagnostics : []),
      ],
      open: async () => artifact,
    };
  }

  async #open(target: Target): Promise<OpenedPackage> {
    const opened = (await this.#fromCache(target)) ?? (await this.#fromPlace(target));
    if (target.embedded !== undefined) checkIdentity(opened.artifact, target.embedded);
    return opened;
  }

  #fromCache(target: Target): Promise<OpenedPackage> | undefined {
    const { digest, embedded, key } = target;
    if (digest === undefined) return undefined;
    const place = embedded?.place ?? (() => this.#locate(target));
    return openCached(digest, place, key, this.#options);
  }

  async #fromPlace(target: Target): Promise<OpenedPackage> {
    const { key, digest, embedded } = target;
    const found =
      digest !== undefined && embedded !== undefined
        ? await this.#options.repositories.findIn(await embedded.place(), digest)
        : await this.#find(target);
    if (found === undefined) throw await this.#missing(target);
    return openFound(found, key, this.#options);
  }

  #find({ repository, digest, tag }: Target) {
    const selector = digest ?? tag;
    if (repository === undefined || selector === undefined)
      throw new Error("a package of a registry has a tag or a digest");
    return this.#options.repositories.find(repository, selector);
  }

  async #locate(target: Target): Promise<Place> {
    const found = await this.#find(target);
    if (found === undefined) throw await this.#missing(target);
    return found.place;
  }

  /** Who asked for a tag that is not there is told which versions are. */
  async #missing(target: Target): Promise<Failure> {
    const { repository, digest } = target;
    if (repository === undefined || digest !== undefined) return missing(target);
    const listed = await outcomeOf(() => this.#options.repositories.tags(repository));
    return missing(target, newestOf(versionsOf(listed.ok ? listed.value : [])));
  }
}

/** Where nothing was found, what to do depends on who said that there is something. */
function missing(
  { key, digest, tag, embedded, pinned }: Target,
  { stable, prereleases }: NewestVersions = { stable: [], prereleases: [] },
): Failure {
  if (embedded !== undefined)
    return new ResolveError(
      "DEPENDENCY_NOT_FOUND",
      `${embedded.name}:${embedded.version} (${digest}) is not where its dependent is`,
      {
        hint: "its dependent was pushed without its packages; push or copy it again with them",
      },
    );
  if (digest === undefined)
    return new ResolveError("DEPENDENCY_NOT_FOUND", `there is no ${key}`, {
      hint:
        stable.length + prereleases.length === 0
          ? "correct the reference, or push the package first"
          : `correct the reference; the newest are ${[...stable, ...prereleases].slice(0, 5).join(", ")}`,
    });
  if (pinned === true || key.includes("@"))
    return new ResolveError("DEPENDENCY_NOT_FOUND", `there is no ${key}`, {
      hint: "correct the digest, or push the package first",
    });
  return new ResolveError("DEPENDENCY_NOT_FOUND", `stax.lock pins ${key} to ${digest}, which is no longer there`, {
    hint: `the tag ${tag} may have moved: find out why, then run stax update ${key}`,
  });
}

function labelFindings(
  { key, repository, tag, embedded }: Target,
  { name, version }: PackageConfig,
): readonly Diagnostic[] {
  if (repository === undefined || embedded !== undefined) return [];
  const findings: Diagnostic[] = [];
  if (repository.repository.split("/").at(-1) !== name)
    findings.push({
      code: "package-name-differs",
      severity: "info",
      message: `${key} is named ${name}, otherwise than its repository ${repositoryText(repository)}`,
    });
  const tagged = tag === undefined || tag === version ? undefined : versionOf(tag);
  if (tagged !== undefined && tagged.raw.replace(/^v/, "") !== version)
    findings.push({
      code: "package-version-differs",
      severity: "warning",
      message: `${key} says of itself that it is version ${version}`,
      hint: "ask its publisher which of the two is meant",
    });
  return findings;
}
