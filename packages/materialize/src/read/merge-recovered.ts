import { kindOf, type LayerName, type Layers, layerNames, sortTree } from "@stax/schema";

/**
 * mergeRecovered puts together what was read at several places. Of two things with one name the first stays; `differs` hears of it where
 * the second is another.
 */
export function mergeRecovered(base: Layers, more: Layers, differs: (layer: LayerName, item: string) => void): Layers {
  const merged: Record<string, unknown> = { ...base };
  for (const name of layerNames) {
    const added = more[name];
    const known = merged[name];
    if (added === undefined) continue;
    merged[name] = known === undefined ? added : mergeLayer(name, known, added, differs);
  }
  return merged as Layers; // each layer is of its own kind still
}

function mergeLayer(
  name: LayerName,
  base: unknown,
  more: unknown,
  differs: (layer: LayerName, item: string) => void,
): unknown {
  const kind = kindOf(name);
  const known = new Set(kind.items(base));
  for (const item of kind.items(more))
    if (known.has(item) && fingerprint(name, base, item) !== fingerprint(name, more, item)) differs(name, item);
  // What `override` names wins whole: the first is the override of the second.
  return kind.merge === undefined ? mergeFiles(base, more) : kind.merge(more, base);
}

interface Files {
  readonly files: ReturnType<typeof sortTree>;
}

/** Layers that packages do not carry have no merge of their own: memory is files, the others are one text or document. */
function mergeFiles(base: unknown, more: unknown): unknown {
  if (!hasFiles(base) || !hasFiles(more)) return base;
  const paths = new Set(base.files.map(({ path }) => path));
  return { ...more, ...base, files: sortTree([...base.files, ...more.files.filter(({ path }) => !paths.has(path))]) };
}

const hasFiles = (value: unknown): value is Files =>
  typeof value === "object" && value !== null && "files" in value && Array.isArray(value.files);

/** What an item is, as far as it can be told without opening files. */
function fingerprint(name: LayerName, payload: unknown, item: string): string {
  const all = payload as Record<string, unknown>; // of any kind; what is not there compares as nothing
  const lists = Object.values(all).filter((value): value is readonly Record<string, unknown>[] => Array.isArray(value));
  const maps = Object.values(all).filter(
    (value): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value),
  );
  const listed = lists
    .flat()
    .find((entry) => [entry.id, entry.name, entry.key, entry.path, entry.scope].includes(item));
  const mapped = maps.find((map) => Object.hasOwn(map, item))?.[item];
  return JSON.stringify([name, listed ?? mapped ?? null]);
}
