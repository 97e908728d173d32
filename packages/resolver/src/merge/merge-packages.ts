import type { Diagnostic } from "@stax/errors";
import { diffLayers, mergeLayers } from "@stax/layers";
import { compareBytes, type Layers, type MergedLayerName, mergedLayerNames } from "@stax/schema";
import { type MergedItem, own, provenanceOf } from "./provenance.ts";

/** PackageLayers is a package with its layers decoded. */
export interface PackageLayers {
  readonly ref: string;
  readonly digest: string;
  readonly layers: Layers;
}

/** Merged is what a consumer sees of an artifact: its own layers over those of its packages. */
export interface Merged {
  readonly layers: Layers;
  /** Where each item comes from, layer by layer in the order of the payloads. */
  readonly provenance: readonly MergedItem[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Contributor is one side of a merge, as provenance names it. */
export interface Contributor {
  readonly name: string;
  readonly layers: Layers;
}

/**
 * mergePackages puts an artifact's own layers over those of its packages, lowest precedence first (decisions A18, A25): items are replaced
 * whole, never mixed. A package that stands in the list twice counts where it stands last. Items that replace different content are warned about.
 */
export async function mergePackages(ownLayers: Layers, packages: readonly PackageLayers[]): Promise<Merged> {
  const contributors: readonly Contributor[] = [
    ...lastOfEach(packages).map(({ ref, digest, layers }) => ({
      name: ref.endsWith(`@${digest}`) ? ref : `${ref}@${digest}`,
      layers: mergedPart(layers),
    })),
    { name: own, layers: ownLayers },
  ];
  const layers = fold(contributors.map((contributor) => contributor.layers));
  const provenance = provenanceOf(contributors, layers);
  return { layers, provenance, diagnostics: await replacements(contributors, provenance) };
}

function lastOfEach(packages: readonly PackageLayers[]): readonly PackageLayers[] {
  const last = new Map(packages.map(({ digest }, index) => [digest, index]));
  return packages.filter(({ digest }, index) => last.get(digest) === index);
}

/** What a package may bring: the consumer resolves by the root's packages layer alone, and a prompt or a persona is never a package's. */
const mergedPart = (layers: Layers): Layers =>
  Object.fromEntries(mergedLayerNames.flatMap((name) => (layers[name] === undefined ? [] : [[name, layers[name]]])));

/** Merging is associative, so halves are merged first: each item is moved log n times instead of n. */
function fold(list: readonly Layers[]): Layers {
  const [first = {}, ...rest] = list;
  if (rest.length === 0) return first;
  const middle = list.length >> 1;
  return mergeLayers(fold(list.slice(0, middle)), fold(list.slice(middle)));
}

interface Overlap {
  readonly layer: MergedLayerName;
  readonly winner: string;
  readonly loser: string;
  readonly items: string[];
}

/** One finding for each pair of contributors and layer; items with the same content replace nothing. */
async function replacements(
  contributors: readonly Contributor[],
  provenance: readonly MergedItem[],
): Promise<readonly Diagnostic[]> {
  const byName = new Map(contributors.map(({ name, layers }) => [name, layers]));
  const overlaps = new Map<string, Overlap>();
  for (const { layer, item, from, replaced } of provenance)
    for (const loser of replaced) {
      const key = [layer, from, loser].join("\0");
      const overlap = overlaps.get(key) ?? { layer, winner: from, loser, items: [] };
      overlap.items.push(item);
      overlaps.set(key, overlap);
    }
  const found = [...overlaps.values()].map(async ({ items, ...pair }) => {
    const different = await differing(pair, new Set(items), byName);
    return replacement(pair, items.filter((item) => different.has(item)).sort(compareBytes));
  });
  return (await Promise.all(found)).flat();
}

async function differing(
  { layer, winner, loser }: Omit<Overlap, "items">,
  items: ReadonlySet<string>,
  byName: ReadonlyMap<string, Layers>,
): Promise<ReadonlySet<string>> {
  const only = (name: string): Layers => ({ [layer]: byName.get(name)?.[layer] });
  const [diff] = await diffLayers(only(loser), only(winner), { items });
  return new Set(diff?.items.map(({ item }) => item));
}

function replacement(
  { layer, winner, loser }: Omit<Overlap, "items">,
  items: readonly string[],
): readonly Diagnostic[] {
  if (items.length === 0) return [];
  const shown = `${items.slice(0, 5).join(", ")}${items.length > 5 ? ` and ${items.length - 5} more` : ""}`;
  const by = winner === own ? "the artifact's own" : `those of ${winner}`;
  return [
    {
      code: "merge-replaced",
      severity: "warning",
      layer,
      message: `${layer} of ${loser} are replaced by ${by}: ${shown}`,
      hint: "where that is not meant, rename one of them or disable it in overrides",
    },
  ];
}
