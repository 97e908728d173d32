import { matchesClaim } from "./path.ts";
import type { FileFragment, Fragment, ItemName, SectionFragment } from "./rendering.ts";

/** Inclusion is a document that another one includes instead of repeating it. */
export interface Inclusion {
  readonly path: string;
  readonly directive: string;
  readonly sections: readonly SectionFragment[];
}

/** Spared is a file, and where its runtime reads the same text. */
export interface Spared {
  readonly path: string;
  readonly adapter: string;
  /** Where it is read instead, or too. */
  readonly at: string;
  readonly because: string;
}

/** Sparing is what is still written, what is not, and what is read twice all the same. */
export interface Sparing {
  readonly kept: readonly Fragment[];
  readonly spared: readonly Spared[];
  readonly twice: readonly Spared[];
}

/** groupByPath groups fragments by the file they belong to. */
export function groupByPath<F extends { readonly path: string }>(
  fragments: readonly F[],
): readonly [string, readonly F[]][] {
  const groups = new Map<string, F[]>();
  for (const fragment of fragments) {
    const group = groups.get(fragment.path);
    if (group === undefined) groups.set(fragment.path, [fragment]);
    else group.push(fragment);
  }
  return [...groups];
}

/** shareDocuments adds, where several adapters are planned together, the sections of documents that share theirs to the document they include (decision R11). */
export function shareDocuments(fragments: readonly Fragment[]): readonly Fragment[] {
  if (new Set(fragments.map(({ adapter }) => adapter)).size < 2) return fragments;
  const shared = fragments.flatMap((fragment): readonly Fragment[] => {
    if (fragment.kind !== "section" || !fragment.includes?.shares) return [];
    const { includes, alsoAt: _, ...section } = fragment;
    return [{ ...section, path: includes.path }];
  });
  return shared.length === 0 ? fragments : [...fragments, ...shared];
}

/** includedDocuments finds the documents that include another one: they do only if somebody writes that one. */
export function includedDocuments(
  documents: ReadonlyMap<string, readonly SectionFragment[]>,
): ReadonlyMap<string, Inclusion> {
  const included = new Map<string, Inclusion>();
  for (const [path, fragments] of documents)
    for (const { includes } of fragments) {
      const sections = includes && documents.get(includes.path);
      if (includes !== undefined && sections !== undefined && includes.path !== path)
        included.set(path, { ...includes, sections });
    }
  return included;
}

/**
 * spare leaves out what a runtime reads anyway: files that it loads at every start and that say nothing new beside a document, and whatever
 * another adapter writes where this runtime looks too.
 */
export function spare(
  fragments: readonly Fragment[],
  documents: ReadonlyMap<string, readonly SectionFragment[]>,
  included: ReadonlyMap<string, Inclusion>,
): Sparing {
  const beside = spareBesideDocuments(fragments, documents, included);
  const elsewhere = spareElsewhere(beside.kept, included);
  return {
    kept: elsewhere.kept,
    spared: distinct([...beside.spared, ...elsewhere.spared]),
    twice: distinct([...beside.twice, ...elsewhere.twice]),
  };
}

function spareBesideDocuments(
  fragments: readonly Fragment[],
  documents: ReadonlyMap<string, readonly SectionFragment[]>,
  included: ReadonlyMap<string, Inclusion>,
): Sparing {
  const read = readInDocuments(documents, included);
  const spared: Spared[] = [];
  const twice: Spared[] = [];
  const kept = fragments.filter((fragment) => {
    if (fragment.kind !== "file" || fragment.items.length === 0) return true;
    const places = fragment.items.map((item) => read.get(fragment.adapter)?.get(keyOf(item)));
    if (places.some((place) => place === undefined)) return true;
    // A file that applies to some files only is not the same as a text that is always there: it stays.
    (fragment.alwaysLoaded ? spared : twice).push(sparedFor(fragment, places[0] ?? ""));
    return !fragment.alwaysLoaded;
  });
  return { kept, spared, twice };
}

type Places = Map<string, Map<string, string>>;

// By adapter and item, the document in which the adapter's runtime reads what other adapters put there.
function readInDocuments(
  documents: ReadonlyMap<string, readonly SectionFragment[]>,
  included: ReadonlyMap<string, Inclusion>,
): Places {
  const read: Places = new Map();
  for (const [path, sections] of documents) {
    const inclusion = included.get(path);
    for (const adapter of new Set(sections.map((section) => section.adapter))) {
      const items = read.get(adapter) ?? new Map<string, string>();
      read.set(adapter, items);
      const others = sections.filter((section) => section.adapter !== adapter);
      for (const section of [...(inclusion?.sections ?? []), ...others])
        for (const item of section.items) items.set(keyOf(item), section.path);
    }
  }
  return read;
}

type Text = FileFragment | SectionFragment;
const isText = (fragment: Fragment): fragment is Text => fragment.kind !== "keys";

// What itself depends on others carries nothing: two fragments must not leave each other out.
function spareElsewhere(fragments: readonly Fragment[], included: ReadonlyMap<string, Inclusion>): Sparing {
  const carriers = new Map<string, Text[]>();
  for (const fragment of fragments)
    if (isText(fragment) && fragment.alsoAt === undefined)
      for (const name of namesOf(fragment)) {
        const known = carriers.get(name);
        if (known === undefined) carriers.set(name, [fragment]);
        else known.push(fragment);
      }
  const spared: Spared[] = [];
  const twice: Spared[] = [];
  const kept = fragments.filter((fragment) => {
    if (fragment.alsoAt === undefined || !isText(fragment)) return true;
    // A document that includes this one holds nothing of its own.
    const places = placesOf(fragment, carriers).filter(({ path }) => included.get(path)?.path !== fragment.path);
    // As above: a file that applies to some files only stays beside a document that is always there.
    const [first, ...others] = places.filter((place) => isAlways(fragment) || place.kind === "file");
    if (first === undefined) {
      for (const { path } of places) twice.push(sparedFor(fragment, path));
      return true;
    }
    spared.push(sparedFor(fragment, first.path));
    for (const { path } of others) twice.push({ ...sparedFor(fragment, first.path), path });
    return false;
  });
  return { kept, spared, twice };
}

const isAlways = (fragment: Text): boolean => fragment.kind === "section" || fragment.alwaysLoaded;

// For each of the places, what holds all that the fragment holds.
function placesOf(fragment: Text, carriers: ReadonlyMap<string, readonly Text[]>): readonly Text[] {
  const [name, ...rest] = namesOf(fragment);
  const found = (carriers.get(name ?? "") ?? []).filter((other) => {
    const names = new Set(namesOf(other));
    return other.adapter !== fragment.adapter && rest.every((one) => names.has(one));
  });
  return (fragment.alsoAt ?? []).flatMap((claim) => {
    const place = found.find(({ path }) => matchesClaim(claim, path));
    return place === undefined ? [] : [place];
  });
}

// A section without items (a pointer to knowledge) is known by its id.
const namesOf = (fragment: Text): readonly string[] =>
  fragment.items.length > 0 ? fragment.items.map(keyOf) : fragment.kind === "section" ? [fragment.section.id] : [];

const sparedFor = ({ path, adapter }: Fragment, place: string): Spared => ({
  path,
  adapter,
  at: place,
  because: `${adapter} reads it in ${place}`,
});

const distinct = (spared: readonly Spared[]): readonly Spared[] => [
  ...new Map(spared.map((one) => [JSON.stringify(one), one])).values(),
];

const keyOf = ({ feature, item }: ItemName): string => `${feature}:${item}`;
