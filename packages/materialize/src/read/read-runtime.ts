import type { Diagnostic } from "@stax/errors";
import { compareBytes, type FileEntry, type FileTree, fileEntry, type Layers, readEntry } from "@stax/schema";
import type { Adapter, StandIn } from "../adapter-contract.ts";
import type {
  ConfigOutput,
  DocumentOutput,
  Feature,
  Found,
  JsonObject,
  Output,
  Read,
  Recovered,
  Scope,
  Section,
} from "../contract.ts";
import { pathOf } from "../define-adapter.ts";
import { matchesClaim, parentOf } from "../path.ts";
import { finder } from "./finder.ts";
import { parseConfig } from "./parse-config.ts";
import { proseOf } from "./prose.ts";
import { Recovery } from "./recovery.ts";
import { readLimit, textOf } from "./text-of.ts";

/** ReadFile is what became of one file of a runtime. */
export interface ReadFile {
  /** Relative to the root. */
  readonly path: string;
  /** `translated`: carried, in another form than it was found in; `left`: nothing of it is carried. */
  readonly outcome: "carried" | "translated" | "left";
}

/** Imported is what a runtime's files hold, in the form that stax carries. */
export interface Imported {
  readonly adapter: Adapter;
  readonly layers: Layers;
  /** What an author passes to the adapter. */
  readonly options: JsonObject;
  readonly files: readonly ReadFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/** ReadOptions say how to read; by default a project's files. */
export interface ReadOptions {
  readonly scope?: Scope;
  /** Finds files beyond the tree, by globs: those that a configuration names. */
  readonly more?: (globs: readonly string[]) => FileTree;
}

/** isUsed tells whether files (paths relative to the root) show that a repository is used with a runtime. */
export const isUsed = (adapter: Adapter, paths: Iterable<string>): boolean =>
  [...paths].some((path) => (adapter.import?.signs ?? []).some((sign) => matchesClaim(sign, path)));

/** readablePaths gives the globs that an adapter reads: what else is below a root need not be looked at. */
export function readablePaths(adapter: Adapter, scope: Scope = "project"): readonly string[] {
  const { readers = [], directories = [], signs = [], configs = [] } = adapter.import ?? {};
  const included = adapter.outputs.flatMap((output) => includedPaths(adapter, output, scope));
  return [
    ...new Set([
      ...adapter.outputs.flatMap((output) => claimsOf(adapter, output, scope)),
      ...included,
      ...readers.flatMap(({ claims }) => byScope(claims, scope)),
      ...configs.flatMap((path) => byScope(path, scope)),
      ...standInsOf(adapter, {}, scope),
      ...directories.map((directory) => `${directory}/**`),
      ...signs,
      ...adapter.runtimeFiles.filter((file) => file.scope === scope).map(({ path }) => path),
    ]),
  ];
}

// In user scope the directories below a home are other projects'.
function includedPaths(adapter: Adapter, output: Output<Feature, never>, scope: Scope): readonly string[] {
  if (output.kind !== "document" || output.includes === undefined) return [];
  const { file } = output.includes;
  const beside = claimsOf(adapter, output, scope).filter((claim) => !claim.includes("*"));
  return scope === "project" ? [`**/${file}`] : beside.map((claim) => besideIt(claim, file));
}

const besideIt = (path: string, file: string): string => (parentOf(path) === "" ? file : `${parentOf(path)}/${file}`);

/**
 * readRuntime makes layers and adapter options of a runtime's files. Reading is as lenient as the runtime is; what is not carried is
 * reported by file and name, and a value that looks like a credential becomes a declared secret. Throws what opening a file throws.
 */
export async function readRuntime(
  adapter: Adapter,
  tree: FileTree,
  { scope = "project", more }: ReadOptions = {},
): Promise<Imported> {
  const recovery = new Recovery(adapter, scope, finder(tree, more));
  const files = new Map(tree.map((file) => [file.path, file]));
  await readConfigs(adapter, files, scope, recovery);
  for (const file of standInsOf(adapter, recovery.options, scope).flatMap(recovery.context.find))
    files.set(file.path, file);
  await readFiles(adapter, files, scope, recovery);
  await readDocuments(adapter, files, scope, recovery);
  reportUnread(adapter, tree, scope, recovery);
  return { adapter, ...recovery.finish(adapter.import?.optionsFor?.(new Set(files.keys())) ?? {}) };
}

type Files = ReadonlyMap<string, FileEntry>;
type AnyPart<Out> = { readonly read?: Read<Out> };

const byScope = (claims: string | { readonly project?: string; readonly user?: string }, scope: Scope) => {
  const claim = typeof claims === "string" ? claims : claims[scope];
  return claim === undefined ? [] : [claim];
};

/** The globs of documents that the runtime reads where its own are missing; a configuration may name further ones. */
const standInsOf = (adapter: Adapter, options: JsonObject, scope: Scope): readonly string[] =>
  (adapter.import?.standIns?.(options) ?? []).flatMap(({ file }) =>
    byScope(file, scope).map((name) => standInGlob(name, scope)),
  );

/** The claims of an output under no options, and under those of each other layout. */
function claimsOf(adapter: Adapter, output: Output<Feature, never>, scope: Scope): readonly string[] {
  const layouts: readonly JsonObject[] = [{}, ...(adapter.import?.layouts ?? [])];
  const claims = layouts.map((options) => pathOf(output, options as never, scope)); // options of the adapter's own
  const nested = output.kind === "document" && scope === "project" ? output.nested : undefined;
  return [...new Set([...claims, nested].filter((claim) => claim !== undefined))];
}

async function readConfigs(adapter: Adapter, files: Files, scope: Scope, recovery: Recovery): Promise<void> {
  const outputs = adapter.outputs.filter((output) => output.kind === "config");
  const paths = new Map<string, ConfigOutput<Feature, never>[]>();
  for (const output of outputs)
    for (const path of claimsOf(adapter, output, scope)) paths.set(path, [...(paths.get(path) ?? []), output]);
  const together = (adapter.import?.configs ?? []).flatMap((path) => byScope(path, scope));
  for (const [path, claiming] of paths) {
    const format = claiming[0]?.format ?? "json";
    const found = await configsAt(together.includes(path) ? together : [path], format, files, recovery);
    if (found.length === 0) continue;
    const parts = claiming.flatMap((output) => output.parts as readonly AnyPart<JsonObject>[]);
    const rest = await askParts(parts, found, recovery);
    for (const config of found) {
      if (classOf(adapter, config.path, scope) === "state") recovery.carried(config.path);
      else reportKeys(config, rest, recovery);
    }
  }
}

const tooLarge = `holds more than ${readLimit} bytes, and is not read`;
const isTooLarge = ({ size }: FileEntry): boolean => size > readLimit;

async function configsAt(
  paths: readonly string[],
  format: ConfigOutput<Feature, never>["format"],
  files: Files,
  { context }: Recovery,
): Promise<readonly Found<JsonObject>[]> {
  const found: Found<JsonObject>[] = [];
  for (const path of paths) {
    const file = files.get(path);
    if (file === undefined) continue;
    const value = isTooLarge(file)
      ? tooLarge
      : parseConfig(await readEntry(file, readLimit), format, (key, reason) => context.left(path, key, reason));
    if (typeof value === "string") context.left(path, undefined, value);
    else found.push({ path, out: value });
  }
  return found;
}

function reportKeys({ path, out }: Found<JsonObject>, rest: readonly Found<JsonObject>[], recovery: Recovery): void {
  const named = (value: JsonObject) => Object.keys(value).filter((key) => !key.startsWith("$"));
  const keys = rest.filter((left) => left.path === path).flatMap((left) => named(left.out));
  for (const key of keys) recovery.context.left(path, key, "stax has no place for it");
  if (keys.length === named(out).length && keys.length > 0) recovery.nothing(path);
  else recovery.carried(path);
}

async function readFiles(adapter: Adapter, files: Files, scope: Scope, recovery: Recovery): Promise<void> {
  const readers: readonly FileReader[] = (adapter.import?.readers ?? []).map(({ claims, read }) => ({
    claims: byScope(claims, scope),
    read,
  }));
  const parts: readonly FileReader[] = adapter.outputs.flatMap((output) =>
    output.kind === "files"
      ? [
          {
            claims: claimsOf(adapter, output, scope),
            read: (output.part as AnyPart<FileEntry>).read,
            opens: opensFew(output.part.feature),
          },
        ]
      : [],
  );
  // What is written in its present form counts more than an older one that says the same.
  const older: Recovered<FileEntry>[] = [];
  for (const reader of readers) await askFiles(reader, files, recovery, (recovered) => older.push(recovered));
  for (const part of parts) await askFiles(part, files, recovery, (recovered) => recovery.take(recovered, undefined));
  for (const recovered of older) recovery.take(recovered, undefined);
}

interface FileReader {
  readonly claims: readonly string[];
  readonly read: Read<FileEntry> | undefined;
  /** Whether the reader opens a file; all by default. */
  readonly opens?: ((path: string) => boolean) | undefined;
}

// These carry files as they are, of any size.
const opensFew = (feature: Feature): FileReader["opens"] =>
  feature === "skills"
    ? (path) => path.endsWith("/SKILL.md")
    : feature === "knowledge" || feature === "memory"
      ? () => false
      : undefined;

async function askFiles(
  { claims, read, opens = () => true }: FileReader,
  files: Files,
  recovery: Recovery,
  take: (recovered: Recovered<FileEntry>) => void,
): Promise<void> {
  if (read === undefined) return;
  const found: Found<FileEntry>[] = [];
  for (const [path, file] of files) {
    if (recovery.isDone(path) || !claims.some((claim) => matchesClaim(claim, path))) continue;
    if (isTooLarge(file) && opens(path)) recovery.context.left(path, undefined, tooLarge);
    else found.push({ path, out: file });
  }
  if (found.length === 0) return;
  const { rest = [], ...recovered } = await read(found, recovery.context);
  take(recovered);
  const left = new Set(rest.map(({ path }) => path));
  for (const { path } of found) if (!left.has(path)) recovery.carried(path);
}

async function readDocuments(adapter: Adapter, files: Files, scope: Scope, recovery: Recovery): Promise<void> {
  for (const output of adapter.outputs) {
    if (output.kind !== "document") continue;
    const found: Found<Section>[] = [];
    const documents = documentsOf(adapter, output, files, scope, recovery.options);
    // In user scope no document speaks of a directory.
    const own = claimsOf(adapter, output, scope).filter((claim) => claim !== output.nested);
    const roots = scope === "user" ? [...new Set([...own, ...documents])] : own;
    for (const path of documents) {
      if (recovery.isDone(path)) continue;
      const file = files.get(path);
      if (file !== undefined && isTooLarge(file)) recovery.context.left(path, undefined, tooLarge);
      else if (file !== undefined) found.push(await documentAt(file, output, roots, files, recovery));
    }
    if (found.length === 0) continue;
    const rest = await askParts(output.parts as readonly AnyPart<Section>[], found, recovery);
    const left = new Set(rest.map(({ path }) => path));
    for (const { path } of found) {
      if (!left.has(path)) recovery.carried(path);
      else recovery.context.left(path, undefined, "stax has no place for it");
    }
  }
}

/** Documents of an output: its own, and in each directory that has none the one that the runtime reads instead. */
function documentsOf(
  adapter: Adapter,
  output: DocumentOutput<Feature, never>,
  files: Files,
  scope: Scope,
  options: JsonObject,
): readonly string[] {
  const claims = claimsOf(adapter, output, scope);
  const documents = [...files.keys()].filter((path) => claims.some((claim) => matchesClaim(claim, path)));
  const { includes } = output;
  const alone: readonly StandIn[] =
    includes?.alone === true ? [{ file: { project: includes.file }, where: "root" }] : [];
  // Only where the repository has none of the runtime's own at its root does it read some of the others at all.
  const hasRoot = documents.some((path) => claims.includes(path));
  for (const { file, where } of [...alone, ...(adapter.import?.standIns?.(options) ?? [])]) {
    if (where === "root" && hasRoot) continue;
    const globs = byScope(file, scope).map((name) => standInGlob(name, scope));
    const known = new Set(documents);
    const directories = new Set(where === "beside" ? [] : documents.map(parentOf));
    const others = [...files.keys()].filter((path) => globs.some((glob) => matchesClaim(glob, path)));
    documents.push(...others.filter((path) => !directories.has(parentOf(path)) && !known.has(path)));
  }
  // Root documents in the order in which the runtime has them, then those of directories.
  const place = (path: string) => (claims.includes(path) ? claims.indexOf(path) : claims.length);
  return documents.sort((a, b) => place(a) - place(b) || compareBytes(a, b));
}

const standInGlob = (file: string, scope: Scope): string => (scope === "user" ? file : `**/${file}`);

async function documentAt(
  file: FileEntry,
  output: DocumentOutput<Feature, never>,
  roots: readonly string[],
  files: Files,
  recovery: Recovery,
): Promise<Found<Section>> {
  const { path } = file;
  const own = await sectionOf(path, file, recovery);
  const out = await withInclusion(own, output, files, recovery);
  // A root document may lie in a directory of the runtime's (`.github/copilot-instructions.md`), and what it reads instead beside it.
  const { includes } = output;
  const standsIn = includes !== undefined && roots.some((root) => besideIt(root, includes.file) === path);
  const within = roots.includes(path) || standsIn ? "" : parentOf(path);
  return { path, out, ...(within !== "" && { within }) };
}

/** A document with its bytes; one that is no UTF-8 with what can be read of it. */
async function sectionOf(path: string, file: FileEntry, { context }: Recovery): Promise<Section> {
  const text = await textOf({ path, out: file }, context);
  const exact = Buffer.byteLength(text) === file.size ? file : fileEntry(path, text);
  return { id: `found:${path}`, rank: [0, 0], text, file: exact, origin: path };
}

/** A document that includes the one beside it (`@AGENTS.md`) speaks with that one's text: in its place, or below where a sentence names it. */
async function withInclusion(
  own: Section,
  { includes }: DocumentOutput<Feature, never>,
  files: Files,
  recovery: Recovery,
): Promise<Section> {
  if (includes === undefined) return own;
  const path = besideIt(own.origin, includes.file);
  const other = files.get(path);
  if (other === undefined || path === own.origin || isTooLarge(other)) return own;
  const named = inclusionIn(own.text, includes);
  if (named === undefined) return own;
  const inner = await sectionOf(path, other, recovery);
  recovery.carried(path);
  if (own.text.trim() === named.directive) return { ...inner, origin: own.origin };
  recovery.context.changed(own.origin, undefined, `includes ${path}, whose text stands in it now`);
  const text = named.whole
    ? own.text.slice(0, named.at) + inner.text.replace(/^\ufeff/, "").trimEnd() + own.text.slice(named.end)
    : `${own.text.slice(0, named.at)}${includes.file}${own.text.slice(named.end).trimEnd()}\n\n${inner.text.replace(/^\ufeff/, "")}`;
  return { ...own, text, file: fileEntry(own.origin, text) };
}

interface Inclusion {
  readonly directive: string;
  readonly at: number;
  readonly end: number;
  /** It has a line to itself. */
  readonly whole: boolean;
}

/** Where a document includes another: what stands in code includes nothing. */
function inclusionIn(
  text: string,
  { file, directive }: NonNullable<DocumentOutput<Feature, never>["includes"]>,
): Inclusion | undefined {
  const prose = proseOf(text);
  for (const form of [directive, directive.replace(file, `./${file}`)]) {
    for (let at = prose.indexOf(form); at >= 0; at = prose.indexOf(form, at + 1)) {
      const end = at + form.length;
      const [before, after] = [prose.slice(Math.max(0, at - 1), at), prose.slice(end, end + 2)];
      if (!/^\s?$/.test(before) || !/^(?:$|[\s),:;!?]|\.(?:\s|$))/.test(after)) continue;
      const line = prose.slice(prose.lastIndexOf("\n", at - 1) + 1).split("\n", 1)[0] ?? "";
      return { directive: form, at, end, whole: line.trim() === form };
    }
  }
  return undefined;
}

async function askParts<Out>(
  parts: readonly AnyPart<Out>[],
  found: readonly Found<Out>[],
  recovery: Recovery,
): Promise<readonly Found<Out>[]> {
  let rest = found;
  for (const { read } of [...parts].reverse()) {
    if (read === undefined || rest.length === 0) continue;
    const { rest: left = [], ...recovered } = await read(rest, recovery.context);
    recovery.take(recovered, rest.length === 1 ? rest[0]?.path : undefined);
    rest = left;
  }
  return rest;
}

const classes: Readonly<Record<string, string>> = {
  "local-override": "is a person's own and stays where it is",
  state: "is the runtime's state and stays where it is",
  secret: "holds secrets and is not read",
};

/** What lies in the runtime's own directories and was not read is reported, so that nothing goes missing in silence. */
function reportUnread(adapter: Adapter, tree: FileTree, scope: Scope, recovery: Recovery): void {
  const { directories = [] } = adapter.import ?? {};
  for (const { path } of tree) {
    if (recovery.isDone(path)) continue;
    const personal = personalAt(adapter, path, scope);
    // Of a whole directory it is said once.
    if (personal !== undefined)
      recovery.personal(
        path,
        personal.path.endsWith("/**") ? personal.path.slice(0, -"/**".length) : path,
        classes[personal.class] ?? "",
      );
    else if (directories.some((directory) => path.startsWith(`${directory}/`)))
      recovery.context.left(path, undefined, "is no file that stax knows, and stays where it is");
  }
}

const personalAt = (adapter: Adapter, path: string, scope: Scope) =>
  adapter.runtimeFiles.find(
    (file) => file.scope === scope && file.class !== "managed" && matchesClaim(file.path, path),
  );

const classOf = (adapter: Adapter, path: string, scope: Scope) => personalAt(adapter, path, scope)?.class;
