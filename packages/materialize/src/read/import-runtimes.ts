import { type Diagnostic, printable } from "@stax/errors";
import type { FileTree, Layers } from "@stax/schema";
import type { Adapter } from "../adapter-contract.ts";
import type { JsonObject } from "../contract.ts";
import { MaterializeError } from "../error.ts";
import { matchesClaim } from "../path.ts";
import { isUsed, readablePaths } from "./claims.ts";
import { findFiles } from "./find-files.ts";
import { mergeRecovered } from "./merge-recovered.ts";
import { type Imported, type ReadFile, readRuntime } from "./read-runtime.ts";

/** RuntimeImport is what the runtimes' files of a repository hold. */
export interface RuntimeImport {
  /** The runtimes that were read; the first is the one that the agent is for. */
  readonly adapters: readonly Adapter[];
  readonly layers: Layers;
  /** Of the adapter that the agent is for. */
  readonly options: JsonObject;
  readonly files: readonly ReadFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/** ImportOptions choose what is read. */
export interface ImportOptions {
  /** Name or alias of an adapter; `auto` (the default) reads every runtime that the repository is used with. */
  readonly from?: string | undefined;
  /** Name of the adapter that the agent is for: the first that is read, unless told. Options of the others are reported, not carried. */
  readonly adapter?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * importRuntimes reads the files of runtimes from a repository: layers and options, what became of each file, and what is not carried.
 * Throws IMPORT_NOTHING where no runtime's files are there, ADAPTER_INCOMPATIBLE for a runtime that cannot be read, ROOT_UNUSABLE.
 */
export async function importRuntimes(
  directory: string,
  adapters: readonly Adapter[],
  { from = "auto", adapter: target, signal }: ImportOptions = {},
): Promise<RuntimeImport> {
  const readable = adapters.filter((adapter) => adapter.import !== undefined);
  const asked = from === "auto" ? readable : [named(readable, from)];
  const { tree, diagnostics } = findFiles(
    directory,
    [...new Set(asked.flatMap((adapter) => readablePaths(adapter)))],
    signal,
  );
  const chosen = from === "auto" ? used(readable, tree) : asked;
  if (chosen.length === 0) throw nothingFound(directory, readable);
  const read: Imported[] = [];
  for (const adapter of chosen) {
    signal?.throwIfAborted();
    const paths = readablePaths(adapter);
    read.push(
      await readRuntime(
        adapter,
        tree.filter(({ path }) => paths.some((glob) => matchesClaim(glob, path))),
        { more: (globs) => findFiles(directory, globs, signal).tree },
      ),
    );
  }
  const found = read.filter(({ files }) => files.some(({ outcome }) => outcome !== "left"));
  const [first] = found;
  if (first === undefined) throw nothingFound(directory, chosen);
  return joined(found, first, target ?? first.adapter.name, diagnostics);
}

function named(adapters: readonly Adapter[], name: string): Adapter {
  const adapter = adapters.find((candidate) => candidate.name === name || candidate.aliases.includes(name));
  if (adapter !== undefined) return adapter;
  throw new MaterializeError("ADAPTER_INCOMPATIBLE", `files of "${printable(name)}" cannot be read`, {
    hint: `there are ${adapters.map((candidate) => candidate.name).join(", ")}, and auto for all that are used`,
  });
}

/** Runtimes that left a sign; without any, the one whose own paths hold most of what is there (an AGENTS.md is nobody's alone). */
function used(adapters: readonly Adapter[], tree: FileTree): readonly Adapter[] {
  const paths = tree.map(({ path }) => path);
  const signed = adapters.filter((adapter) => isUsed(adapter, paths));
  if (signed.length > 0) return signed;
  const counted = adapters
    .map((adapter) => ({ adapter, count: paths.filter((path) => isOwn(adapter, path)).length }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  return counted.slice(0, 1).map(({ adapter }) => adapter);
}

const isOwn = ({ targets }: Adapter, path: string): boolean =>
  targets({}).some(({ kind, path: target }) =>
    kind === "directory" ? target !== "./" && path.startsWith(target) : matchesClaim(target, path),
  );

function nothingFound(directory: string, adapters: readonly Adapter[]): MaterializeError {
  const signs = adapters.flatMap((adapter) => adapter.import?.signs.slice(0, 2) ?? []);
  return new MaterializeError("IMPORT_NOTHING", `no files of a runtime are in ${printable(directory)}`, {
    hint: `looked for AGENTS.md, ${[...new Set(signs)].join(", ")}; run stax init without --from to start an agent`,
  });
}

function joined(
  read: readonly Imported[],
  first: Imported,
  target: string,
  found: readonly Diagnostic[],
): RuntimeImport {
  const others = read.filter(({ adapter }) => adapter.name !== target);
  const diagnostics = [...found, ...others.flatMap(optionsLeft)];
  const files = new Map<string, ReadFile>();
  let layers: Layers = {};
  for (const { adapter, layers: more, files: outcomes, diagnostics: findings } of read) {
    layers = mergeRecovered(layers, more, (layer, item) =>
      diagnostics.push({
        code: "import-duplicate",
        severity: "warning",
        message: `${layer} "${printable(item)}": ${adapter.displayName} has it otherwise than ${first.adapter.displayName}, whose is kept`,
        hint: `stax init --from ${adapter.name} reads only that one`,
      }),
    );
    for (const file of outcomes) files.set(file.path, better(files.get(file.path), file));
    diagnostics.push(...findings);
  }
  return {
    adapters: read.map(({ adapter }) => adapter),
    layers,
    options: read.find(({ adapter }) => adapter.name === target)?.options ?? {},
    files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    // What one runtime leaves another may have carried.
    diagnostics: unique(diagnostics).filter(
      ({ code, path }) => code !== "import-left" || path === undefined || files.get(path)?.outcome !== "carried",
    ),
  };
}

/** An agent has the options of one adapter: what another runtime's files set is told, since it means nothing there. */
function optionsLeft({ adapter, options }: Imported): readonly Diagnostic[] {
  const names = Object.keys(options);
  if (names.length === 0) return [];
  return [
    {
      code: "import-left",
      severity: "warning",
      message: `${adapter.displayName}: ${names.map(printable).join(", ")}: set in its files, and not carried: the agent is for another runtime`,
      hint: `stax init --from ${adapter.name} makes an agent for it`,
    },
  ];
}

const worth = { carried: 2, translated: 1, left: 0 } as const;

const better = (known: ReadFile | undefined, other: ReadFile): ReadFile =>
  known === undefined || worth[other.outcome] > worth[known.outcome] ? other : known;

function unique(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter(({ code, path, message }) => {
    const key = JSON.stringify([code, path, message]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
