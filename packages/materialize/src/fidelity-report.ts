import type { Diagnostic } from "@stax/errors";
import { printable } from "@stax/errors";
import type { FileEntry, Layers } from "@stax/schema";
import type { ModelOptions } from "./adapter-contract.ts";
import type { ComposedFile, ComposedKeys } from "./compose.ts";
import type { Carried, Feature, Loss } from "./contract.ts";
import { features, itemsOf } from "./features.ts";
import type { Materialization } from "./materialize.ts";
import type { FileFragment, Fragment, Rendering } from "./rendering.ts";

/**
 * Reach says how an item or a file reaches a runtime: as authored (the same bytes; of what is no file, the same settings), in another
 * form, inside another document, or not at all. From best to worst.
 */
export type Reach = "exact" | "translated" | "embedded" | "lost";

/** reaches lists them from best to worst. */
export const reaches = ["exact", "translated", "embedded", "lost"] as const satisfies readonly Reach[];

/** Shortfall is what an item, or a field of it, does not reach the runtime as. */
export interface Shortfall extends Pick<Loss, "severity" | "reason" | "fidelity"> {
  readonly field?: string;
}

/** ItemReport is one item of an artifact for one runtime. */
export interface ItemReport {
  readonly feature: Feature;
  readonly item: string;
  readonly reach: Reach;
  /** Where the runtime finds it, relative to the root; a file of another adapter in the same plan among them. */
  readonly files: readonly string[];
  readonly shortfalls: readonly Shortfall[];
}

const byFidelity: Readonly<Record<Carried, Reach>> = {
  native: "exact",
  translated: "translated",
  embedded: "embedded",
};

const ranks: Readonly<Record<Reach, number>> = { exact: 0, translated: 1, embedded: 2, lost: 3 };
const worst = (a: Reach, b: Reach): Reach => (ranks[a] > ranks[b] ? a : b);
const best = (a: Reach, b: Reach): Reach => (ranks[a] < ranks[b] ? a : b);

// Layers whose items are files: of them, exact means the same bytes.
const asFiles = new Set<Feature>(["prompt", "surfaces", "rules", "skills", "instructionTree", "knowledge", "memory"]);

/** Reporter answers for items and files of one materialization. */
export class FidelityReport {
  readonly #layers: Layers;
  readonly #materialization: Materialization;
  readonly #composed: ReadonlyMap<string, ComposedFile | ComposedKeys>;
  readonly #sources: ReadonlySet<FileEntry["open"]>;
  readonly #spared: ReadonlyMap<string, string>;

  constructor(layers: Layers, materialization: Materialization) {
    this.#layers = layers;
    this.#materialization = materialization;
    this.#composed = new Map(materialization.composed.files.map((file) => [file.path, file]));
    this.#spared = new Map(materialization.composed.spared.map(({ adapter, path, at }) => [`${adapter}\n${path}`, at]));
    this.#sources = new Set(entriesOf(layers).map(({ open }) => open));
  }

  /** items reports every item of the artifact for one of the materialization's renderings. */
  items(rendering: Rendering, options: ModelOptions): readonly ItemReport[] {
    const fragments = groupBy(rendering.fragments, ({ items }) =>
      items.map(({ feature, item }) => keyOf(feature, item)),
    );
    const losses = groupBy(rendering.losses, ({ feature, item }) => [keyOf(feature, item)]);
    return features.flatMap((feature) =>
      itemsOf(feature, this.#layers, options).map((item): ItemReport => {
        const found = [...(losses.get(keyOf(feature, undefined)) ?? []), ...(losses.get(keyOf(feature, item)) ?? [])];
        const carriers = fragments.get(keyOf(feature, item)) ?? [];
        const reach = found.reduce(
          (so_far, loss) => worst(so_far, reachAfter(loss)),
          this.#carriedAs(feature, carriers, rendering),
        );
        return { feature, item, reach, files: this.#placesOf(carriers), shortfalls: found.map(shortfallOf) };
      }),
    );
  }

  /** reachOf is how the content of a written file stands in it: its worst part. */
  readonly reachOf = (path: string): Reach | undefined => this.#byPath().get(path);

  #reaches: ReadonlyMap<string, Reach> | undefined;
  #byPath(): ReadonlyMap<string, Reach> {
    if (this.#reaches !== undefined) return this.#reaches;
    const found = new Map<string, Reach>();
    for (const fragment of this.#materialization.renderings.flatMap(({ fragments }) => fragments)) {
      if (!this.#composed.has(fragment.path)) continue;
      const here = this.#reachIn(fragment);
      found.set(fragment.path, worst(found.get(fragment.path) ?? "exact", here));
    }
    this.#reaches = found;
    return found;
  }

  #carriedAs(feature: Feature, carriers: readonly Fragment[], rendering: Rendering): Reach {
    if (carriers.length > 0) return carriers.map((fragment) => this.#reachIn(fragment)).reduce(best);
    // Nothing written of its own: taken up by something else (a prompt that speaks of the persona), or not carried at all.
    const support = rendering.features[feature];
    return support === "native" || support === "translated" || support === "embedded" ? byFidelity[support] : "lost";
  }

  #reachIn(fragment: Fragment): Reach {
    const reach = byFidelity[fragment.fidelity];
    if (reach !== "exact") return reach;
    if (fragment.kind === "section") {
      const file = this.#composed.get(fragment.path);
      const alone = file?.kind === "file" && file.origins.length < 2;
      return file?.kind === "file" && file.exact ? "exact" : alone ? "translated" : "embedded";
    }
    const isFile = fragment.kind === "file" && fragment.items.some(({ feature }) => asFiles.has(feature));
    return isFile && !this.#isSource(fragment) ? "translated" : "exact";
  }

  /** The same file; or the prompt, whose bytes are in memory. */
  #isSource({ entry, items }: FileFragment): boolean {
    if (this.#sources.has(entry.open)) return true;
    const content = items.some(({ feature }) => feature === "prompt") ? entry.open() : undefined;
    return Array.isArray(content) && content.length === 1 && content[0] === this.#layers.prompt?.bytes;
  }

  #placesOf(carriers: readonly Fragment[]): readonly string[] {
    const places = carriers.map(({ adapter, path }) => this.#spared.get(`${adapter}\n${path}`) ?? path);
    return [...new Set(places)].filter((path) => this.#composed.has(path));
  }
}

// No feature holds a line break; what is about a whole feature has none behind it.
const keyOf = (feature: Feature, item: string | undefined): string =>
  item === undefined ? feature : `${feature}\n${item}`;

function groupBy<T>(values: readonly T[], keysOf: (value: T) => readonly string[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values)
    for (const key of keysOf(value)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [value]);
      else group.push(value);
    }
  return groups;
}

// What only documents an item changes nothing; of an item that lost a field, the rest is there.
function reachAfter({ severity, field, fidelity }: Loss): Reach {
  if (field === undefined) return severity === "info" && fidelity !== "lost" ? "exact" : fidelity;
  return severity === "info" ? "exact" : "translated";
}

const shortfallOf = ({ field, severity, reason, fidelity }: Loss): Shortfall => ({
  severity,
  reason,
  fidelity,
  ...(field === undefined ? {} : { field }),
});

function entriesOf(layers: Layers): readonly FileEntry[] {
  return [
    ...(layers.surfaces?.surfaces ?? []).map(({ file }) => file),
    ...(layers.instructionTree?.instructions ?? []).map(({ file }) => file),
    ...(layers.rules?.rules ?? []).map(({ file }) => file),
    ...(layers.skills?.skills ?? []).flatMap(({ tree }) => tree),
    ...(layers.knowledge?.files ?? []),
    ...(layers.memory?.files ?? []),
  ];
}

/**
 * shortfallsOf lists what stands against everything being at least that good: with `lost`, what does not reach a runtime; with
 * `translated`, also what reaches it in another form or inside another document. What an author switched off is none.
 */
export function shortfallsOf(
  layers: Layers,
  materialization: Materialization,
  atWorst: "translated" | "lost",
): readonly Diagnostic[] {
  const report = new FidelityReport(layers, materialization);
  return materialization.selections.flatMap(({ adapter, config }, index) => {
    const rendering = materialization.renderings[index];
    if (rendering === undefined) return [];
    const losses = rendering.losses.filter(
      ({ severity, fidelity }) => severity !== "info" && (atWorst === "translated" || fidelity === "lost"),
    );
    if (atWorst === "lost") return losses;
    const named = new Set(losses.map(({ feature, item }) => keyOf(feature, item)));
    const others = report
      .items(rendering, config)
      .filter(({ reach, feature, item }) => changed.has(reach) && !named.has(keyOf(feature, item)));
    return [
      ...losses,
      ...others.map(
        ({ feature, item, reach, files }): Diagnostic => ({
          code: "item-changed",
          severity: "warning",
          layer: feature,
          ...(files[0] === undefined ? {} : { path: files[0] }),
          message: `${adapter.displayName}: ${feature} "${printable(item)}" is ${reach}`,
        }),
      ),
    ];
  });
}

const changed = new Set<Reach>(["translated", "embedded"]);
