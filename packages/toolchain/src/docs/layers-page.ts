import { kindOf, type LayerName, layerNames } from "@stax/schema";
import { fieldsOf } from "./fields.ts";
import { bytes, code, page, table } from "./markdown.ts";

const formats = { text: "one text, byte for byte", json: "canonical JSON", tree: "ustar, gzip" } as const;
const sources = {
  file: "path to a file",
  directory: "path to a directory",
  module: "path to a module, JSON or YAML",
  inline: "written in the definition",
  generated: "made by the build",
} as const;

/** layersPage is `docs/layers.md`: the layer-kind table of `@stax/schema`. */
export function layersPage(): string {
  return page(
    "Layer kinds",
    "An artifact holds at most one layer of each kind, in the order below. Everything on this page comes from one table, `layerKinds` in `@stax/schema`.",
    table(
      ["#", "kind", "what it is", "in", "stored as", "limit"],
      layerNames.map((name, index) => {
        const { description, allowedIn, format, maxSize } = kindOf(name);
        return [
          String(index + 1),
          `[${name}](#${name.toLowerCase()})`,
          description,
          allowedIn.join(", "),
          formats[format],
          bytes(maxSize),
        ];
      }),
    ),
    ...layerNames.map(section),
  );
}

function section(name: LayerName): string {
  const kind = kindOf(name);
  const facts: readonly (readonly [string, string])[] = [
    ["media type", code(kind.mediaType)],
    ["title", code(kind.title)],
    ["in a definition", kind.source === "generated" ? sources.generated : `${code(name)}: ${sources[kind.source]}`],
    ["carried by", kind.allowedIn.join(", ")],
    ["stored as", formats[kind.format]],
    ["limit, uncompressed", `${bytes(kind.maxSize)} (\`--max-layer-size ${name}=<size>\`)`],
    ...(kind.format === "tree" ? ([["symlinks", symlinks(kind.mayFlatten)]] as const) : []),
    [
      "packages",
      kind.merge === undefined
        ? "do not merge into it"
        : "merge into it; an item of higher precedence replaces one of the same name whole",
    ],
  ];
  return [`## ${name}`, kind.description.replace(/\.?$/, "."), table(["", ""], facts), fieldTable(name)]
    .filter((part) => part !== "")
    .join("\n\n");
}

const symlinks = (mayFlatten: boolean): string =>
  mayFlatten ? "rejected, or flattened with `--symlink-mode flatten`" : "rejected";

function fieldTable(name: LayerName): string {
  const kind = kindOf(name);
  if (kind.format === "text") return "";
  const fields = fieldsOf(kind.schema);
  if (fields.length === 0) return "";
  const heading = kind.format === "json" ? "Fields of the document:" : "Fields of its front matter or manifest:";
  const rows = fields.map(({ path, type, required, default: standard }) => [
    code(path),
    type,
    required ? "yes" : "",
    code(standard),
  ]);
  return `${heading}\n\n${table(["field", "type", "required", "default"], rows)}`;
}
