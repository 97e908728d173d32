import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type ImportedProject, type Scaffold, scaffoldImport } from "@stax/build";
import type { Diagnostic } from "@stax/errors";
import { foreignKindOf, readForeign } from "@stax/foreign";
import { type Adapter, findFiles, importRuntimes, type ReadFile } from "@stax/materialize";
import { nameFrom } from "@stax/schema";
import { loadAdapters } from "./adapters.ts";
import type { Context } from "./context.ts";
import { absolute } from "./target.ts";

/** ImportWish is what the user says about an import; the rest is made of what is found. */
export interface ImportWish {
  readonly from: string;
  readonly dir?: string | undefined;
  readonly name?: string | undefined;
  readonly adapter?: string | undefined;
  readonly format?: "ts" | "yaml" | "json" | undefined;
}

/** ImportedFiles is what an import wrote, and what became of the files that it read. */
export interface ImportedFiles extends Scaffold {
  readonly kind: "agent" | "package";
  /** Names of the runtimes that were read, or what kind of package it was. */
  readonly runtimes: readonly string[];
  readonly read: readonly ReadFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What is to become a definition. */
interface Source extends Pick<ImportedProject, "kind" | "name" | "version" | "description" | "adapter" | "layers"> {
  readonly runtimes: readonly string[];
  readonly read: readonly ReadFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * importProject makes an agent of the files that runtimes read in the working directory, or a package of a plugin or a folder of skills. It
 * goes to `.stax/<name>` unless a directory is named: beside what it was made of, and where `stax build` finds it.
 */
export async function importProject(wish: ImportWish, context: Context): Promise<ImportedFiles> {
  const { cwd } = context;
  const { runtimes, read, diagnostics, ...source } = await sourceOf(wish, context);
  const name = wish.name ?? source.name ?? nameFrom(basename(cwd)) ?? "agent";
  const directory = wish.dir === undefined ? join(cwd, ".stax", name) : absolute(wish.dir, context);
  const written = await scaffoldImport({ ...source, directory, name, format: wish.format });
  ignoreArtifacts(wish.dir === undefined ? dirname(directory) : directory, wish.dir === undefined);
  return { ...written, directory, kind: source.kind, runtimes, read, diagnostics };
}

async function sourceOf(wish: ImportWish, context: Context): Promise<Source> {
  const { cwd, config } = context;
  if (wish.from === "plugin" || wish.from === "skills") return packageIn(cwd, context);
  const adapters = await loadAdapters(config.settings.adapterModules ?? [], cwd);
  if (wish.from === "auto" && isPackage(cwd, adapters)) return packageIn(cwd, context);
  return agentIn(wish, adapters, context);
}

/** A plugin says so itself; skills make a package only where no runtime is used with them. */
function isPackage(directory: string, adapters: readonly Adapter[]): boolean {
  const kind = foreignKindOf(directory);
  if (kind !== "skills") return kind !== undefined;
  const signs = adapters.flatMap((adapter) => adapter.import?.signs ?? []);
  return findFiles(directory, [...signs, "AGENTS.md"]).tree.length === 0;
}

async function packageIn(directory: string, { signal }: Context): Promise<Source> {
  const { kind, name, version, description, layers, diagnostics } = await readForeign(directory, { signal });
  return { kind: "package", name, version, description, layers, runtimes: [kind], read: [], diagnostics };
}

async function agentIn(wish: ImportWish, adapters: readonly Adapter[], { cwd, signal }: Context): Promise<Source> {
  const named = ({ name, aliases }: Adapter) => name === wish.adapter || aliases.includes(wish.adapter ?? "");
  const wanted = adapters.find(named);
  const found = await importRuntimes(cwd, adapters, { from: wish.from, adapter: wanted?.name, signal });
  const adapter = wanted ?? found.adapters[0];
  const runtimes = found.adapters.map(({ displayName }) => displayName);
  return {
    kind: "agent",
    description: `The agent of ${basename(cwd)}, imported from ${listed(runtimes)}.`,
    adapter: adapter && { name: adapter.name, options: found.options },
    layers: found.layers,
    runtimes: found.adapters.map(({ name }) => name),
    read: found.files,
    diagnostics: found.diagnostics,
  };
}

// Built artifacts do not belong into git; a file of the user's own stays as it is.
function ignoreArtifacts(directory: string, isStaxDirectory: boolean): void {
  const path = join(directory, ".gitignore");
  if (!existsSync(path))
    writeFileSync(path, `# built artifacts; stax.lock is committed\n${isStaxDirectory ? "" : ".stax/"}artifacts/\n`, {
      flag: "wx",
    });
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
