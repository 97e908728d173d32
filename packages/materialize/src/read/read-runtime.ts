import type { Diagnostic } from "@stax/errors";
import type { FileTree, Layers } from "@stax/schema";
import type { Adapter } from "../adapter-contract.ts";
import type { JsonObject, Scope } from "../contract.ts";
import { personalAt, standInsOf } from "./claims.ts";
import { finder } from "./finder.ts";
import { readConfigs } from "./read-configs.ts";
import { readDocuments } from "./read-documents.ts";
import { readFiles } from "./read-files.ts";
import { Recovery } from "./recovery.ts";

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
