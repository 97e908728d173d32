import { compareBytes, packageReferenceForm } from "@stax/schema";
import { type GraphRoot, nodesOf, type PackageGraph, type PackageNode } from "../graph/package-graph.ts";
import { createLimit } from "../limit.ts";
import { parsePackageReference } from "../reference.ts";
import { createMirrors, type MirrorMap } from "../source/mirrors.ts";
import type { OpenRepository } from "../source/package-source.ts";
import { Repositories } from "../source/repositories.ts";
import { highest, type TaggedVersion, versionOf, versionsOf } from "../version-range.ts";

/** OutdatedPackage is a package and the versions that its repository has. */
export interface OutdatedPackage {
  /** `registry/repository`. */
  readonly package: string;
  readonly key: string;
  /** Tags: what is used; the newest that the declarations take; the newest that is no prerelease. */
  readonly current: string;
  readonly wanted: string;
  readonly latest: string;
  /** How it is declared, and by whom. */
  readonly requested: readonly { readonly by: string; readonly declared: string }[];
}

export interface OutdatedOptions {
  readonly open: OpenRepository;
  readonly mirrors?: MirrorMap | undefined;
  /** Also what is up to date. */
  readonly all?: boolean | undefined;
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * outdated compares the versions of a graph with those that their repositories have, sorted by package: one request for each repository. Packages
 * of the workspace, and those that are named by digest alone or by a tag that is no version, have no newer version.
 */
export async function outdated(
  { roots }: Pick<PackageGraph, "roots">,
  options: OutdatedOptions,
): Promise<readonly OutdatedPackage[]> {
  const limit = createLimit(options.concurrency ?? 16);
  const repositories = new Repositories({ ...options, mirrors: createMirrors(options.mirrors), limit });
  const requests = requestsOf(roots);
  const byKey = new Map(nodesOf(roots).map((node) => [node.key, node]));
  const compared = [...byKey.values()].map(async (node): Promise<readonly OutdatedPackage[]> => {
    const reference = parsePackageReference(node.key);
    if (!("repository" in reference) || versionOf(node.tag ?? "") === undefined) return [];
    const versions = versionsOf(await repositories.tags(reference.repository));
    const found = compare(node, versions, requests.get(node.key) ?? []);
    return options.all === true || found.wanted !== found.current || found.latest !== found.current ? [found] : [];
  });
  const found = (await Promise.all(compared)).flat();
  return found.sort((a, b) => compareBytes(a.package, b.package) || compareBytes(a.key, b.key));
}

type Requested = OutdatedPackage["requested"][number];

function compare(
  { key, tag = "", repository = key }: PackageNode,
  versions: readonly TaggedVersion[],
  requested: readonly Requested[],
): OutdatedPackage {
  const ranges = requested.flatMap(({ declared }) => {
    const reference = packageReferenceForm(declared) === "floating" ? parsePackageReference(declared) : undefined;
    return reference?.form === "range" ? [reference.range] : [];
  });
  const wanted = ranges.flatMap((range) => highest(range, versions) ?? []);
  const current = versionOf(tag);
  const latest = versions.find(({ version }) => version.prerelease.length === 0);
  const isNewer = latest !== undefined && current !== undefined && latest.version.compare(current) > 0;
  return {
    package: repository,
    key,
    current: tag,
    wanted: versionsOf(wanted.map((version) => version.tag))[0]?.tag ?? tag,
    latest: isNewer ? latest.tag : tag,
    requested,
  };
}

function requestsOf(roots: readonly GraphRoot[]): ReadonlyMap<string, readonly Requested[]> {
  const found = new Map<string, Requested[]>();
  const declarers = [
    ...roots.map((root) => ({ by: root.name, ...root })),
    // A package of the workspace may be a root as well: it is one and the same.
    ...nodesOf(roots).map((node) => ({ by: node.path === undefined ? node.key : (node.name ?? node.key), ...node })),
  ];
  for (const { by, requests, dependencies } of declarers)
    for (const [index, { declared }] of requests.entries()) {
      const key = dependencies[index]?.key ?? declared;
      const list = found.get(key) ?? [];
      if (!list.some((known) => known.by === by && known.declared === declared)) list.push({ by, declared });
      found.set(key, list);
    }
  return found;
}
