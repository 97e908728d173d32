import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Scaffold, scaffoldImport } from "@stax/build";
import type { Diagnostic } from "@stax/errors";
import { importRuntimes, type ReadFile } from "@stax/materialize";
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
  /** Names of the runtimes that were read. */
  readonly runtimes: readonly string[];
  readonly read: readonly ReadFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * importProject makes an agent of the files that runtimes read in the working directory. It goes to `.stax/<name>` unless a directory is
 * named: beside what it was made of, and where `stax build` finds it.
 */
export async function importProject(wish: ImportWish, context: Context): Promise<ImportedFiles> {
  const { cwd, config, signal } = context;
  const adapters = await loadAdapters(config.settings.adapterModules ?? [], cwd);
  const found = await importRuntimes(cwd, adapters, { from: wish.from, signal });
  const name = wish.name ?? nameOf(cwd);
  const directory = wish.dir === undefined ? join(cwd, ".stax", name) : absolute(wish.dir, context);
  const [first] = found.adapters;
  const chosen = adapters.find(
    ({ name: known, aliases }) => known === wish.adapter || aliases.includes(wish.adapter ?? ""),
  );
  const adapter = chosen ?? first;
  const runtimes = found.adapters.map(({ displayName }) => displayName);
  const written = await scaffoldImport({
    directory,
    kind: "agent",
    name,
    description: `The agent of ${basename(cwd)}, imported from ${listed(runtimes)}.`,
    adapter: adapter && { name: adapter.name, options: adapter === first ? found.options : {} },
    layers: found.layers,
    format: wish.format,
  });
  ignoreArtifacts(wish.dir === undefined ? dirname(directory) : directory, wish.dir === undefined);
  return {
    ...written,
    directory,
    runtimes: found.adapters.map((adapter) => adapter.name),
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

const nameOf = (directory: string): string =>
  basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63)
    .replace(/-+$/, "") || "agent";
