import {
  type ArtifactDiff,
  diffArtifacts,
  type ReadLayersOptions,
  type Risk,
  type RiskDelta,
  readLayers,
  riskOf,
} from "@stax/artifact";
import { compareBytes } from "@stax/schema";
import { nodesOf, type PackageGraph, type PackageNode } from "../graph/package-graph.ts";

/** PackageChange is what an update does to one package. */
export interface PackageChange {
  /** `registry/repository`. */
  readonly package: string;
  readonly change: "added" | "removed" | "updated" | "moved";
  readonly before?: { readonly key: string; readonly digest: string };
  readonly after?: { readonly key: string; readonly digest: string };
  /** Of an updated package: identity, config and layers, item by item. */
  readonly diff?: ArtifactDiff;
  /** What it brings and takes away: commands, hosts, secrets, tools, executables. */
  readonly risk: RiskDelta;
}

/** UpdatePlan is the difference between two resolutions of the same definitions. */
export interface UpdatePlan {
  /** Sorted by package. `moved` is another digest under the same tag. */
  readonly packages: readonly PackageChange[];
  /** Over all changed packages together: what one takes away and another brings is no change. */
  readonly risk: RiskDelta;
}

/**
 * planUpdate compares two resolutions, package by package, and says what the change means: content and capabilities. Packages of the workspace
 * are left out. Throws what reading throws.
 */
export async function planUpdate(
  before: Pick<PackageGraph, "roots">,
  after: Pick<PackageGraph, "roots">,
  options: ReadLayersOptions,
): Promise<UpdatePlan> {
  const pairs = pairsOf(publishedIn(before), publishedIn(after));
  const changes: PackageChange[] = [];
  const risks: { before: Risk[]; after: Risk[] } = { before: [], after: [] };
  for (const pair of pairs) {
    const [old, now] = await Promise.all([riskIn(pair.before, options), riskIn(pair.after, options)]);
    risks.before.push(old);
    risks.after.push(now);
    changes.push(await changeOf(pair, deltaOf(old, now), options));
  }
  return { packages: changes, risk: deltaOf(together(risks.before), together(risks.after)) };
}

interface Pair {
  readonly package: string;
  readonly before?: PackageNode | undefined;
  readonly after?: PackageNode | undefined;
}

function publishedIn({ roots }: Pick<PackageGraph, "roots">): ReadonlyMap<string, readonly PackageNode[]> {
  const byRepository = new Map<string, PackageNode[]>();
  const seen = new Set<string>();
  for (const node of nodesOf(roots)) {
    if (node.repository === undefined || node.digest === undefined || seen.has(node.id)) continue;
    seen.add(node.id);
    byRepository.set(node.repository, [...(byRepository.get(node.repository) ?? []), node]);
  }
  return byRepository;
}

/** Same reference with same reference; what is left of a repository in order. What is the same on both sides is left out. */
function pairsOf(
  before: ReadonlyMap<string, readonly PackageNode[]>,
  after: ReadonlyMap<string, readonly PackageNode[]>,
): readonly Pair[] {
  const repositories = [...new Set([...before.keys(), ...after.keys()])].sort(compareBytes);
  return repositories.flatMap((repository) => {
    const olds = before.get(repository) ?? [];
    const news = after.get(repository) ?? [];
    const changed = (node: PackageNode, others: readonly PackageNode[]) => !others.some(({ id }) => id === node.id);
    const gone = olds.filter((node) => changed(node, news));
    const come = news.filter((node) => changed(node, olds));
    const moved = gone.flatMap((old): readonly Pair[] => {
      const now = come.find(({ ref }) => ref === old.ref);
      return now === undefined ? [] : [{ package: repository, before: old, after: now }];
    });
    const left = (nodes: readonly PackageNode[]) =>
      nodes.filter(({ ref }) => !moved.some((pair) => pair.before?.ref === ref));
    const [was, is] = [left(gone), left(come)];
    const rest = Array.from({ length: Math.max(was.length, is.length) }, (_, index): Pair => {
      return { package: repository, before: was[index], after: is[index] };
    });
    return [...moved, ...rest];
  });
}

async function changeOf(
  { package: name, before, after }: Pair,
  risk: RiskDelta,
  options: ReadLayersOptions,
): Promise<PackageChange> {
  const side = (node: PackageNode | undefined) => node && { key: node.key, digest: node.digest ?? "" };
  const [old, now] = [side(before), side(after)];
  const change =
    before === undefined ? "added" : after === undefined ? "removed" : before.ref === after.ref ? "moved" : "updated";
  const diff =
    before?.open && after?.open ? await diffArtifacts(await before.open(), await after.open(), options) : undefined;
  return {
    package: name,
    change,
    ...(old && { before: old }),
    ...(now && { after: now }),
    ...(diff && { diff }),
    risk,
  };
}

const noRisk: Risk = { commands: [], hosts: [], secrets: [], tools: [], executables: [] };

async function riskIn(node: PackageNode | undefined, options: ReadLayersOptions): Promise<Risk> {
  const artifact = await node?.open?.();
  return artifact === undefined ? noRisk : riskOf(artifact.config, (await readLayers(artifact, options)).layers);
}

const mapRisk = <T>(of: (kind: keyof Risk) => T): Record<keyof Risk, T> => ({
  commands: of("commands"),
  hosts: of("hosts"),
  secrets: of("secrets"),
  tools: of("tools"),
  executables: of("executables"),
});

const together = (risks: readonly Risk[]): Risk =>
  mapRisk((kind) => [...new Set(risks.flatMap((risk) => risk[kind]))].sort());

const deltaOf = (before: Risk, after: Risk): RiskDelta =>
  mapRisk((kind) => ({
    added: after[kind].filter((item) => !before[kind].includes(item)),
    removed: before[kind].filter((item) => !after[kind].includes(item)),
  }));
