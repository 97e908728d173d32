import { type FileTree, kindOf, type Layers, type MergedLayerName, mcpFindings } from "@stax/schema";
import type { Session } from "../collect/session.ts";

/** checkBundle reports what only the merged layers can tell: limits, paths that exclude each other, secrets that nobody declares. */
export function checkBundle(layers: Layers, changed: readonly MergedLayerName[], session: Session): void {
  for (const name of changed) {
    const kind = kindOf(name);
    const payload = layers[name];
    if (payload === undefined || kind.format !== "tree") continue;
    const files = kind.files(payload);
    checkSize(name, files, session.options.maxLayerSize?.[name] ?? kind.maxSize, session);
    checkPaths(name, files, session);
  }
  if (!changed.includes("mcp") && !changed.includes("secrets")) return;
  const keys = new Set(layers.secrets?.secrets.map(({ key }) => key));
  const found = layers.mcp === undefined ? [] : mcpFindings(layers.mcp, keys);
  for (const { at: _, ...finding } of found)
    if (finding.code === "mcp-secret-undeclared") session.report({ ...finding, path: "(bundled) mcp" });
}

function checkSize(layer: MergedLayerName, files: FileTree, limit: number, session: Session): void {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size <= limit) return;
  session.report({
    code: "layer-too-large",
    severity: "error",
    layer,
    message: `the ${layer} of the definition and its packages have ${size} bytes together; the limit is ${limit}`,
    hint: `raise it with --max-layer-size ${layer}=<size>, or build without --bundle`,
  });
}

/** One package's file may have the name of another one's directory. */
function checkPaths(layer: MergedLayerName, files: FileTree, session: Session): void {
  const paths = new Set(files.map(({ path }) => path));
  const byFolded = new Map<string, string>();
  for (const path of paths) {
    const parent = parentsOf(path).find((directory) => paths.has(directory));
    if (parent !== undefined)
      session.report({
        code: "bundle-path-clash",
        severity: "error",
        layer,
        message: `"${parent}" is a file in one package and a directory in another (${path})`,
        hint: "disable one of them in overrides, or build without --bundle",
      });
    const folded = path.toLowerCase();
    const other = byFolded.get(folded);
    if (other === undefined) byFolded.set(folded, path);
    else
      session.report({
        code: "path-case",
        severity: session.options.portable === true ? "error" : "warning",
        layer,
        message: `"${other}" and "${path}" of different packages differ in case only`,
      });
  }
}

const parentsOf = (path: string): readonly string[] =>
  path
    .split("/")
    .slice(0, -1)
    .map((_, index, all) => all.slice(0, index + 1).join("/"));
