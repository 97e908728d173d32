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
  if (kind.merge === undefined && !hasFiles(base)) {
    // One text or one document, which has no parts to put together.
    if (fingerprint(base) !== fingerprint(more)) differs(name, kind.items(base)[0] ?? name);
    return base;
  }
  const known = fingerprints(base);
  const added = fingerprints(more);
  for (const item of kind.items(more)) if (known.has(item) && known.get(item) !== added.get(item)) differs(name, item);
  // What `override` names wins whole: the first is the override of the second.
  return kind.merge === undefined ? mergeFiles(base, more) : inFoundOrder(base, kind.merge(more, base));
}

/** Things by name stay in the order in which they were found, the first place's before the second's. */
function inFoundOrder(base: unknown, merged: unknown): unknown {
  const first = Object.entries(Object(base));
  return Object.fromEntries(
    Object.entries(Object(merged)).map(([key, value]) => {
      const known = first.find(([name]) => name === key)?.[1];
      return [key, isRecord(value) && isRecord(known) ? { ...reordered(known, value), ...value } : value];
    }),
  );
}

const reordered = (known: object, value: object): object =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => Object.hasOwn(known, name))
      .sort(byPlaceIn(known)),
  );

function byPlaceIn(known: object): (a: readonly [string, unknown], b: readonly [string, unknown]) => number {
  const places = new Map(Object.keys(known).map((name, index) => [name, index]));
  return ([a], [b]) => (places.get(a) ?? 0) - (places.get(b) ?? 0);
}

const isRecord = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

interface Files {
  readonly files: ReturnType<typeof sortTree>;
}

/** Memory, which packages do not carry, has no merge of its own. */
function mergeFiles(base: unknown, more: unknown): unknown {
  if (!hasFiles(base) || !hasFiles(more)) return base;
  const paths = new Set(base.files.map(({ path }) => path));
  return { ...more, ...base, files: sortTree([...base.files, ...more.files.filter(({ path }) => !paths.has(path))]) };
}

const hasFiles = (value: unknown): value is Files =>
  typeof value === "object" && value !== null && "files" in value && Array.isArray(value.files);

/** What each item is, as far as it can be told without opening files. */
function fingerprints(payload: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const value of Object.values(payload as object)) {
    if (typeof value !== "object" || value === null) continue;
    for (const [key, entry] of Object.entries(value)) {
      const name = Array.isArray(value) ? nameOf(entry) : key;
      if (name !== undefined && !found.has(name)) found.set(name, fingerprint(entry));
    }
  }
  return found;
}

// By the field that the kinds name their items by; the root of an instruction tree has an empty scope.
function nameOf(entry: unknown): string | undefined {
  const fields = Object(entry) as Record<string, unknown>; // what is no object has none of these
  const name = fields.id ?? (typeof fields.scope === "string" ? fields.scope || "_root" : undefined);
  const given = name ?? fields.name ?? fields.key ?? fields.path;
  return typeof given === "string" ? given : undefined;
}

// Of a file its digest or size; two of one size that are not opened pass for equal.
const fingerprint = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) =>
    item instanceof Uint8Array ? Buffer.from(item).toString("base64") : item,
  );
