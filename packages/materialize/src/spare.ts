import type { Fragment, ItemName, SectionFragment } from "./rendering.ts";

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
  readonly because: string;
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

/** spare leaves out files that a runtime loads at every start, and that say nothing new beside a document it includes. */
export function spare(
  fragments: readonly Fragment[],
  included: ReadonlyMap<string, Inclusion>,
): { readonly kept: readonly Fragment[]; readonly spared: readonly Spared[]; readonly twice: readonly Spared[] } {
  const read = new Map<string, Map<string, string>>();
  for (const fragment of fragments) {
    if (fragment.kind !== "section") continue;
    const inclusion = included.get(fragment.path);
    const items = read.get(fragment.adapter) ?? new Map<string, string>();
    read.set(fragment.adapter, items);
    for (const section of inclusion?.sections ?? [])
      for (const item of section.items) items.set(keyOf(item), section.path);
  }
  const spared: Spared[] = [];
  const twice: Spared[] = [];
  const kept = fragments.filter((fragment) => {
    if (fragment.kind !== "file" || fragment.items.length === 0) return true;
    const places = fragment.items.map((item) => read.get(fragment.adapter)?.get(keyOf(item)));
    if (places.some((place) => place === undefined)) return true;
    const found = {
      path: fragment.path,
      adapter: fragment.adapter,
      because: `${fragment.adapter} reads it in ${places[0]}`,
    };
    // A file that applies to some files only is not the same as a text that is always there: it stays.
    (fragment.alwaysLoaded ? spared : twice).push(found);
    return !fragment.alwaysLoaded;
  });
  return { kept, spared, twice };
}

const keyOf = ({ feature, item }: ItemName): string => `${feature}:${item}`;
