import { compareBytes, type FileTree, sortTree } from "../file-tree.ts";

/** mergeTrees replaces files by path: what `override` holds wins. */
export function mergeTrees(base: FileTree, override: FileTree): FileTree {
  const paths = new Set(override.map(({ path }) => path));
  return sortTree([...base.filter(({ path }) => !paths.has(path)), ...override]);
}

/** mergeRecords replaces whole values by key; keys come in byte order, as canonical JSON has them. */
export function mergeRecords<T>(
  base: Readonly<Record<string, T>>,
  override: Readonly<Record<string, T>>,
): Record<string, T> {
  const merged = new Map([...Object.entries(base), ...Object.entries(override)]);
  return Object.fromEntries([...merged].sort(([a], [b]) => compareBytes(a, b)));
}

/** replaceBy keeps the items of `base` that `override` does not name, then those of `override`: precedence stays readable in the order. */
export function replaceBy<T>(base: readonly T[], override: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const keys = new Set(override.map(keyOf));
  return [...base.filter((item) => !keys.has(keyOf(item))), ...override];
}
