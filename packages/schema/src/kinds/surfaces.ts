import * as z from "zod";
import { type FileEntry, type FileTree, sortTree } from "../file-tree.ts";
import { readText } from "./front-matter.ts";
import { type ParseContext, treeKind } from "./kind.ts";
import { mergeTrees, replaceBy } from "./merge-by.ts";

export const surfaceNames = ["instructions", "persona", "tools", "identity", "user", "heartbeat", "bootstrap"] as const;
export type SurfaceName = (typeof surfaceNames)[number];

/** Surface is one runtime-facing document. Its bytes reach a one-to-one target unchanged; `text` is for those who compose. */
export interface Surface {
  readonly name: SurfaceName;
  readonly text: string;
  readonly file: FileEntry;
}

/** Surfaces are the known documents, in the canonical order, and other Markdown that consumers ignore. */
export interface Surfaces {
  readonly surfaces: readonly Surface[];
  readonly others: FileTree;
}

/** Runtime-facing documents, byte for byte: instructions, persona, tools, identity, user, heartbeat, bootstrap. */
export const surfaces = treeKind({
  mediaType: "application/vnd.stax.surfaces.v1.tar+gzip",
  description:
    "Runtime-facing documents, byte for byte: instructions, persona, tools, identity, user, heartbeat, bootstrap",
  title: "surfaces.tar.gz",
  source: "directory",
  allowedIn: ["agent", "package"],
  maxSize: 16 * 1024 * 1024,
  mayFlatten: false,
  schema: z.string(),
  parse: parseSurfaces,
  files: ({ surfaces, others }: Surfaces) => sortTree([...surfaces.map(({ file }) => file), ...others]),
  items: ({ surfaces }: Surfaces) => surfaces.map(({ name }) => name),
  merge: (base: Surfaces, override: Surfaces): Surfaces => ({
    surfaces: inOrder(replaceBy(base.surfaces, override.surfaces, ({ name }) => name)),
    others: mergeTrees(base.others, override.others),
  }),
  annotate: ({ surfaces, others }: Surfaces) => ({
    "dev.stax.surfaces.count": String(surfaces.length + others.length),
  }),
});

const inOrder = (surfaces: readonly Surface[]): readonly Surface[] =>
  surfaceNames.flatMap((name) => surfaces.filter((surface) => surface.name === name));

async function parseSurfaces(tree: FileTree, context: ParseContext): Promise<Surfaces> {
  const surfaces: Surface[] = [];
  const others: FileEntry[] = [];
  for (const file of tree) {
    const report = (code: string, severity: "error" | "warning" | "info", message: string) =>
      context.report({ code, severity, layer: "surfaces", path: file.path, message });
    if (!file.path.endsWith(".md")) {
      report("surface-not-markdown", "error", "is no .md file");
      continue;
    }
    const text = await readText(file, "surfaces", context, "error");
    const name = surfaceName(file.path);
    if (name === undefined) {
      others.push(file);
      report("surface-unknown", "warning", `is none of ${surfaceNames.join(", ")}: consumers ignore it`);
    } else if (surfaces.some((surface) => surface.name === name)) {
      report("surface-duplicate", "error", `is a second ${name} surface: the base name is the key`);
    } else if (text !== undefined) surfaces.push({ name, text, file });
  }
  return { surfaces: inOrder(surfaces), others };
}

function surfaceName(path: string): SurfaceName | undefined {
  const base = path.slice(path.lastIndexOf("/") + 1, -".md".length);
  return surfaceNames.find((name) => name === base);
}
