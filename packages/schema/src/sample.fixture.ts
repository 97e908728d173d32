import type { Diagnostic } from "@stax/errors";
import { type FileTree, fileEntry, kindOf, type LayerName, type Layers, sortTree } from "./index.ts";

/** treeOf makes a tree of texts by path. */
export const treeOf = (files: Readonly<Record<string, string | Uint8Array>>): FileTree =>
  sortTree(Object.entries(files).map(([path, content]) => fileEntry(path, content)));

/** parseTree runs a tree kind's parse and gives payload and findings. */
export async function parseTree<Name extends LayerName>(
  name: Name,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ readonly payload: NonNullable<Layers[Name]>; readonly findings: readonly Diagnostic[] }> {
  const kind = kindOf(name);
  if (kind.format !== "tree") throw new Error(`${name} is no tree`);
  const findings: Diagnostic[] = [];
  const payload = (await kind.parse(treeOf(files), { report: (finding) => findings.push(finding) })) as NonNullable<
    Layers[Name]
  >; // the table gives this kind its payload
  return { payload, findings };
}

/** codesOf lists findings as `severity code path:line`. */
export const codesOf = (findings: readonly Diagnostic[]): readonly string[] =>
  findings.map(({ severity, code, path, line }) =>
    [severity, code, `${path ?? ""}${line === undefined ? "" : `:${line}`}`].join(" ").trim(),
  );
