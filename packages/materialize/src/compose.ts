import { createHash } from "node:crypto";
import { type Diagnostic, printable } from "@stax/errors";
import { compareBytes, type Digest, type FileEntry } from "@stax/schema";
import type { ConfigFormat, Json, JsonObject, Section } from "./contract.ts";
import { type Key, keysOf } from "./keys.ts";
import { joinSections } from "./markdown.ts";
import { runtimeNotices } from "./notices.ts";
import { collisionKey, pathProblem } from "./path.ts";
import type { FileFragment, Fragment, ItemName, KeysFragment, Rendering, SectionFragment } from "./rendering.ts";

/** ComposedFile is one file that the adapters want together. */
export interface ComposedFile {
  readonly kind: "file";
  readonly path: string;
  readonly entry: FileEntry;
  readonly by: readonly string[];
  /** Markdown that could live as a block in a person's document. */
  readonly document: boolean;
  /** The bytes of one exact source; `false` for a document composed of several parts. */
  readonly exact: boolean;
  /** What a document was composed of, in order. */
  readonly origins: readonly string[];
  readonly mayVanish: boolean;
}

/** ComposedKeys is the keys that the adapters want together in one configuration file. */
export interface ComposedKeys {
  readonly kind: "keys";
  readonly path: string;
  readonly format: ConfigFormat;
  readonly value: JsonObject;
  readonly keys: readonly Key[];
  readonly by: readonly string[];
}

/** Clash is a file that cannot be written: two parts want it with different content, or its path is not safe. */
export interface Clash {
  readonly path: string;
  readonly message: string;
}

/** Composed is what several adapters want together, sorted by path bytes. */
export interface Composed {
  readonly files: readonly (ComposedFile | ComposedKeys)[];
  readonly clashes: readonly Clash[];
  /** Files that are not written because their runtime reads the same text elsewhere. */
  readonly spared: readonly { readonly path: string; readonly adapter: string; readonly because: string }[];
  readonly notices: readonly Diagnostic[];
}

/** compose joins the renderings of several adapters: shared files once, a document included instead of repeated. Pure; file bodies stay closed unless they are in memory. */
export function compose(renderings: readonly Rendering[]): Composed {
  const all = renderings.flatMap(({ fragments }) => fragments);
  const documents = new Map(groupBy(all.filter((fragment) => fragment.kind === "section")));
  const included = includedDocuments(documents);
  const { kept, spared, twice } = spare(all, included);
  const clashes: Clash[] = [];
  const notices: Diagnostic[] = [];
  const files = groupBy(kept).flatMap(([path, fragments]) => {
    const problem = pathProblem(path);
    if (problem !== undefined) {
      clashes.push({ path, message: `the path "${printable(path)}" ${problem}` });
      return [];
    }
    return composeFile(path, fragments, included.get(path), { clashes, notices });
  });
  files.sort((a, b) => compareBytes(a.path, b.path));
  clashes.push(...collisions(files.map(({ path }) => path)));
  notices.push(...runtimeNotices(files, renderings));
  for (const { path, because } of spared)
    notices.push({ code: "spared-file", severity: "info", path, message: `is not written: ${because}` });
  for (const { path, because } of twice)
    notices.push({ code: "read-twice", severity: "info", path, message: `says what is read anyway: ${because}` });
  return { files, clashes, spared, notices };
}

interface Report {
  readonly clashes: Clash[];
  readonly notices: Diagnostic[];
}

interface Inclusion {
  readonly path: string;
  readonly directive: string;
  readonly sections: readonly SectionFragment[];
}

function groupBy<F extends { readonly path: string }>(fragments: readonly F[]): readonly [string, readonly F[]][] {
  const groups = new Map<string, F[]>();
  for (const fragment of fragments) {
    const group = groups.get(fragment.path);
    if (group === undefined) groups.set(fragment.path, [fragment]);
    else group.push(fragment);
  }
  return [...groups];
}

// A document that includes another one includes it only if somebody writes that one.
function includedDocuments(documents: ReadonlyMap<string, readonly SectionFragment[]>): ReadonlyMap<string, Inclusion> {
  const included = new Map<string, Inclusion>();
  for (const [path, fragments] of documents)
    for (const { includes } of fragments) {
      const sections = includes && documents.get(includes.path);
      if (includes !== undefined && sections !== undefined && includes.path !== path)
        included.set(path, { ...includes, sections });
    }
  return included;
}

// A file that a runtime loads at every start says nothing new if the runtime also includes a document with the same item in it.
function spare(
  fragments: readonly Fragment[],
  included: ReadonlyMap<string, Inclusion>,
): { readonly kept: readonly Fragment[]; readonly spared: Composed["spared"]; readonly twice: Composed["spared"] } {
  const read = new Map<string, Map<string, string>>();
  for (const fragment of fragments) {
    if (fragment.kind !== "section") continue;
    const inclusion = included.get(fragment.path);
    const items = read.get(fragment.adapter) ?? new Map<string, string>();
    read.set(fragment.adapter, items);
    for (const section of inclusion?.sections ?? [])
      for (const item of section.items) items.set(keyOf(item), section.path);
  }
  const spared: { path: string; adapter: string; because: string }[] = [];
  const twice: typeof spared = [];
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
const byOf = (fragments: readonly Fragment[]): readonly string[] =>
  [...new Set(fragments.map(({ adapter }) => adapter))].sort();

function composeFile(
  path: string,
  fragments: readonly Fragment[],
  inclusion: Inclusion | undefined,
  report: Report,
): readonly (ComposedFile | ComposedKeys)[] {
  const [first] = fragments;
  if (first === undefined) return [];
  if (fragments.some(({ kind }) => kind !== first.kind)) {
    report.clashes.push({ path, message: "is wanted as a whole file and as part of one" });
    return [];
  }
  switch (first.kind) {
    case "file":
      return composeWhole(path, fragments as readonly FileFragment[], report); // all of the first one's kind, just checked
    case "keys":
      return composeKeys(path, fragments as readonly KeysFragment[], report); // as above
    case "section":
      return [composeDocument(path, fragments as readonly SectionFragment[], inclusion, report)]; // as above
  }
}

function composeWhole(path: string, fragments: readonly FileFragment[], { clashes }: Report): readonly ComposedFile[] {
  const [first, ...others] = fragments;
  if (first === undefined) return [];
  const other = others.find(({ entry }) => !sameContent(first.entry, entry));
  if (other !== undefined) {
    clashes.push({ path, message: `is wanted with different content by ${describe(first)} and ${describe(other)}` });
    return [];
  }
  return [
    {
      kind: "file",
      path,
      entry: first.entry,
      by: byOf(fragments),
      document: false,
      exact: true,
      origins: [],
      mayVanish: first.mayVanish,
    },
  ];
}

const describe = ({ adapter, items }: FileFragment): string => {
  const [item] = items;
  return item === undefined ? adapter : `${item.feature} "${printable(item.item)}" of ${adapter}`;
};

// Entries of one layer share their `open`; generated ones are in memory. Content that is neither cannot be compared without reading it.
function sameContent(a: FileEntry, b: FileEntry): boolean {
  if (a.size !== b.size || a.executable !== b.executable) return false;
  if (a.open === b.open) return true;
  const digests = [a, b].map((entry) => entry.digest ?? digestInMemory(entry));
  return digests[0] !== undefined && digests[0] === digests[1];
}

function digestInMemory(entry: FileEntry): Digest | undefined {
  const content = entry.open();
  if (!(Symbol.iterator in content)) return undefined;
  const hash = createHash("sha256");
  for (const piece of content) hash.update(piece);
  return `sha256:${hash.digest("hex")}`;
}

function composeKeys(path: string, fragments: readonly KeysFragment[], { clashes }: Report): readonly ComposedKeys[] {
  let value: JsonObject = {};
  for (const fragment of fragments) {
    const merged = mergeJson(value, fragment.value, []);
    if (typeof merged === "string") {
      clashes.push({ path, message: `${printable(merged)} is wanted with different values` });
      return [];
    }
    value = merged.value;
  }
  const format = fragments[0]?.format ?? "json";
  return [{ kind: "keys", path, format, value, keys: keysOf(value), by: byOf(fragments) }];
}

// Objects are merged, lists of plain values united; anything else must be equal. Returns the place of a contradiction as text.
function mergeJson(
  base: JsonObject,
  added: JsonObject,
  at: readonly string[],
): { readonly value: JsonObject } | string {
  const entries = new Map(Object.entries(base));
  for (const [key, next] of Object.entries(added)) {
    const present = Object.hasOwn(base, key) ? base[key] : undefined;
    if (present === undefined) entries.set(key, next);
    else if (isObject(present) && isObject(next)) {
      const merged = mergeJson(present, next, [...at, key]);
      if (typeof merged === "string") return merged;
      entries.set(key, merged.value);
    } else if (isPlainList(present) && isPlainList(next)) entries.set(key, [...new Set([...present, ...next])]);
    else if (JSON.stringify(present) !== JSON.stringify(next)) return [...at, key].join(".");
  }
  return { value: Object.fromEntries(entries) };
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isPlainList = (value: Json): value is readonly (string | number | boolean | null)[] =>
  Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);

function composeDocument(
  path: string,
  fragments: readonly SectionFragment[],
  inclusion: Inclusion | undefined,
  report: Report,
): ComposedFile {
  const sections = distinct(path, fragments, report);
  const common = { kind: "file", path, by: byOf(fragments), document: true, mayVanish: false } as const;
  if (inclusion === undefined) {
    const { entry, exact } = joinSections(path, sections);
    const origins = inOrder(sections).map(({ origin }) => origin);
    if (!exact && origins.length > 1)
      report.notices.push({
        code: "document-composed",
        severity: "info",
        path,
        message: `is composed of ${listOf(origins)}`,
      });
    return { ...common, entry, exact, origins };
  }
  const present = new Set(inclusion.sections.map(({ section }) => section.id));
  const rest = sections.filter(({ id }) => !present.has(id));
  const directive: Section = { id: "include", rank: [0, 0], text: `${inclusion.directive}\n`, origin: inclusion.path };
  const { entry } = joinSections(path, [directive, ...rest]);
  report.notices.push({
    code: "document-included",
    severity: "info",
    path,
    message: `includes ${inclusion.path} instead of repeating it`,
  });
  return { ...common, entry, exact: rest.length === 0, origins: [inclusion.path, ...rest.map(({ origin }) => origin)] };
}

const inOrder = (sections: readonly Section[]): readonly Section[] =>
  [...sections].sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1]);

const listOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

function distinct(path: string, fragments: readonly SectionFragment[], { clashes }: Report): readonly Section[] {
  const sections = new Map<string, Section>();
  for (const { section } of fragments) {
    const known = sections.get(section.id);
    if (known === undefined) sections.set(section.id, section);
    else if (known.text !== section.text)
      clashes.push({ path, message: `is wanted with different text for ${section.origin}` });
  }
  return [...sections.values()];
}

// Two paths that a case-insensitive file system takes for one, and a file where another path needs a directory.
function collisions(paths: readonly string[]): readonly Clash[] {
  const files = new Map(paths.map((path) => [collisionKey(path), path]));
  const clashes: Clash[] = [];
  for (const path of paths) {
    const key = collisionKey(path);
    const other = files.get(key);
    if (other !== undefined && other !== path)
      clashes.push({
        path,
        message: `and "${printable(other)}" are one file on a system that ignores case or normalises Unicode`,
      });
    for (let slash = key.indexOf("/"); slash >= 0; slash = key.indexOf("/", slash + 1)) {
      const file = files.get(key.slice(0, slash));
      if (file !== undefined)
        clashes.push({ path, message: `needs "${printable(file)}" to be a directory, which is also a file` });
    }
  }
  return clashes;
}
