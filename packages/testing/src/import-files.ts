import {
  type Adapter,
  compose,
  type Imported,
  type ReadFile,
  readRuntime,
  render,
  type Scope,
  tomlFile,
} from "@stax/materialize";
import {
  type AdapterConfig,
  type FileEntry,
  type FileTree,
  fileEntry,
  type Layers,
  readEntry,
  sortTree,
} from "@stax/schema";

/** ImportedFiles is what was read of files, in forms that tests compare. */
export interface ImportedFiles extends Imported {
  /** What became of each file, by path. */
  readonly outcomes: Readonly<Record<string, ReadFile["outcome"]>>;
  /** Everything that was said, each as `code path: message`. */
  readonly said: readonly string[];
}

/** importFiles reads files, given by path, as an adapter finds them in a project or below a home directory. */
export async function importFiles(
  adapter: Adapter,
  files: Readonly<Record<string, string | Uint8Array>>,
  scope: Scope = "project",
): Promise<ImportedFiles> {
  const entries = Object.entries(files).map(([path, content]) =>
    fileEntry(path, content, { executable: path.endsWith(".sh") }),
  );
  return importTree(adapter, sortTree(entries), scope);
}

/** importTree is importFiles for a tree. */
export async function importTree(adapter: Adapter, tree: FileTree, scope: Scope = "project"): Promise<ImportedFiles> {
  const imported = await readRuntime(adapter, tree, { scope });
  return {
    ...imported,
    outcomes: Object.fromEntries(imported.files.map(({ path, outcome }) => [path, outcome])),
    said: imported.diagnostics.map(({ code, path = "", message }) => `${code} ${path}: ${message}`),
  };
}

/** filesWritten is what an adapter writes of layers, as the files that an importer finds. */
export function filesWritten(
  adapter: Adapter,
  layers: Layers,
  config: AdapterConfig = adapter.configure(),
  scope: Scope = "project",
): FileTree {
  const { files } = compose([
    render(layers, adapter, config, { scope, allowCapabilities: "all", includeDisabled: true }),
  ]);
  return sortTree(
    files.map((file): FileEntry => {
      if (file.kind === "file") return { ...file.entry, path: file.path };
      return file.format === "toml"
        ? tomlFile(file.path, file.value)
        : fileEntry(file.path, JSON.stringify(file.value));
    }),
  );
}

/** textsOf gives the content of each file as text, a character for each byte. */
export async function textsOf(tree: FileTree): Promise<Readonly<Record<string, string>>> {
  const texts = tree.map(
    async (file) => [file.path, Buffer.from(await readEntry(file, 2 ** 28)).toString("latin1")] as const,
  );
  return Object.fromEntries(await Promise.all(texts));
}
