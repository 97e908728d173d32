import { createHash } from "node:crypto";
import { type Diagnostic, printable } from "@stax/errors";
import { compareBytes, type Digest, type FileEntry } from "@stax/schema";
import { type Clash, collisions } from "./collisions.ts";
import type { ConfigFormat, JsonObject, Section } from "./contract.ts";
import { type Key, keysOf } from "./keys.ts";
import { joinSections } from "./markdown.ts";
import { mergeJson } from "./merge-json.ts";
import { runtimeNotices } from "./notices.ts";
import { pathProblem } from "./path.ts";
import type { FileFragment, Fragment, KeysFragment, Rendering, SectionFragment } from "./rendering.ts";
import { groupByPath, type Inclusion, includedDocuments, type Spared, shareDocuments, spare } from "./spare.ts";

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

/** Composed is what several adapters want together, sorted by path bytes. */
export interface Composed {
  readonly files: readonly (ComposedFile | ComposedKeys)[];
  readonly clashes: readonly Clash[];
  /** Files that are not written because their runtime reads the same text elsewhere. */
  readonly spared: readonly Spared[];
  readonly notices: readonly Diagnostic[];
}

/** compose joins the renderings of several adapters: shared files once, a document included instead of repeated. Pure; file bodies stay closed unless they are in memory. */
export function compose(renderings: readonly Rendering[]): Composed {
  const all = shareDocuments(renderings.flatMap(({ fragments }) => fragments));
  const documents = new Map(groupByPath(all.filter((fragment) => fragment.kind === "section")));
  const included = includedDocuments(documents);
  const { kept, spared, twice } = spare(all, documents, included);
  const clashes: Clash[] = [];
  const notices: Diagnostic[] = [];
  const files = groupByPath(kept).flatMap(([path, fragments]) => {
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
  const ordered = new Set(fragments.flatMap((fragment) => fragment.ordered ?? []));
  return [{ kind: "keys", path, format, value, keys: keysOf(value, ordered), by: byOf(fragments) }];
}

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
