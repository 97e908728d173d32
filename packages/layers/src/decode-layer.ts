import { type Diagnostic, hasErrors } from "@stax/errors";
import { checkDocument, type FileTree, kindOf, type LayerName, type Payload } from "@stax/schema";
import { type ReadOptions, readArchive } from "./archive/read-archive.ts";
import { LayersError } from "./error.ts";
import { parseJson } from "./parse-json.ts";

/** LayerContent is a layer to be decoded: its bytes, or the tree of a tree layer from {@link openLayer}. */
export type LayerContent = Uint8Array | AsyncIterable<Uint8Array> | FileTree;

/** DecodeOptions bound a decode and take what it finds. `maxSize` is the kind's own limit unless told. */
export interface DecodeOptions extends ReadOptions {
  /** Takes warnings and notes. Errors are thrown together. */
  readonly report?: ((finding: Diagnostic) => void) | undefined;
}

/**
 * decodeLayer makes a layer's content into its payload, by the kind's format: strict JSON checked against the schema, text, or files
 * that are parsed. Unknown fields are kept and reported as warnings. Throws LAYER_CONTENT_INVALID with all findings, JSON_INVALID,
 * LAYER_TOO_LARGE, and what {@link readArchive} throws.
 */
export async function decodeLayer<Name extends LayerName>(
  name: Name,
  content: LayerContent,
  options: DecodeOptions = {},
): Promise<Payload<Name>> {
  const findings: Diagnostic[] = [];
  const payload = await decode(name, content, options, (finding) => findings.push(finding));
  if (payload === undefined || hasErrors(findings))
    throw new LayersError("LAYER_CONTENT_INVALID", `the ${name} layer breaks the format`, {
      diagnostics: findings,
      hint: "its author must build it again",
    });
  for (const finding of findings) options.report?.(finding);
  return payload as Payload<Name>; // decoded by the kind of that name
}

async function decode(
  name: LayerName,
  content: LayerContent,
  options: DecodeOptions,
  report: (finding: Diagnostic) => void,
): Promise<unknown> {
  const kind = kindOf(name);
  const limits = { maxSize: kind.maxSize, ...options };
  if (kind.format === "tree") return kind.parse(await treeOf(content, limits), { report });
  const bytes = await bytesOf(name, content, limits.maxSize ?? kind.maxSize);
  if (kind.format === "text") return { bytes, text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) };
  const value = parseJson(bytes, { name: `the ${name} layer`, maxSize: limits.maxSize });
  return checkDocument(kind.schema, value, {
    unknown: "warning",
    report: (finding) => report({ ...finding, layer: name }),
  });
}

async function treeOf(content: LayerContent, options: ReadOptions): Promise<FileTree> {
  if (isTree(content)) return content;
  return (await readArchive(content instanceof Uint8Array ? [content] : content, options)).tree;
}

const isTree = (content: LayerContent): content is FileTree => Array.isArray(content);

async function bytesOf(name: LayerName, content: LayerContent, limit: number): Promise<Uint8Array> {
  if (isTree(content)) throw new Error(`${name} is no tree layer`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of content instanceof Uint8Array ? [content] : content) {
    size += piece.byteLength;
    if (size > limit)
      throw new LayersError("LAYER_TOO_LARGE", `the ${name} layer holds more than ${limit} bytes`, {
        hint: "raise the limit only if you trust its author",
      });
    // Not slice(), which shares memory where the piece is a Buffer: pieces are lent.
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}
