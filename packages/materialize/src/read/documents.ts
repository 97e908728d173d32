import { type FileEntry, fileEntry, type Layers, layerKinds, type SurfaceName } from "@stax/schema";
import type { Found, Read, ReadContext, Section } from "../contract.ts";
import { findingsInto } from "./findings-into.ts";
import { textOf } from "./text-of.ts";

type Documents = readonly Found<Section>[];

/** readSurfaceDocument makes a surface of root documents: one gives its bytes, several are joined in their order. */
export const readSurfaceDocument =
  (name: SurfaceName): Read<Section> =>
  async (found, context) => {
    const roots = found.filter(({ within }) => within === undefined);
    const rest = found.filter(({ within }) => within !== undefined);
    return { layers: await surfaceOf(name, roots, context), rest };
  };

/** readRootDocuments makes the instructions surface of root documents. */
export const readRootDocuments: Read<Section> = readSurfaceDocument("instructions");

async function surfaceOf(name: SurfaceName, found: Documents, context: ReadContext): Promise<Layers> {
  const roots = withoutCopies(found, context);
  const [first, ...others] = roots;
  if (first === undefined) return {};
  for (const { path } of others) context.changed(path, undefined, `stands below the text of ${first.path} now`);
  const file = others.length === 0 ? fileOf(first.out) : joined(roots);
  const into = findingsInto(context, () => first.path);
  return { surfaces: await layerKinds.surfaces.parse([{ ...file, path: `${name}.md` }], into) };
}

/** One text under the names of several runtimes is one text. */
function withoutCopies(found: Documents, context: ReadContext): Documents {
  const origins = new Map<string, string>();
  return found.filter(({ path, out }) => {
    const known = origins.get(out.text);
    if (known !== undefined) context.changed(path, undefined, `says the same as ${known}, and is carried once`);
    else origins.set(out.text, path);
    return known === undefined;
  });
}

/** readSurfaceFile makes a surface of a file, byte for byte where it is UTF-8. */
export const readSurfaceFile =
  (name: SurfaceName): Read<FileEntry> =>
  async (found, context) => {
    const documents: Found<Section>[] = [];
    for (const file of found) {
      const text = await textOf(file, context);
      const exact = Buffer.byteLength(text) === file.out.size ? { file: file.out } : {};
      documents.push({ path: file.path, out: { id: name, rank: [0, 0], text, ...exact, origin: file.path } });
    }
    return { layers: await surfaceOf(name, documents, context) };
  };

const fileOf = ({ file, text }: Section): FileEntry => file ?? fileEntry("instructions.md", text);

function joined(roots: Documents): FileEntry {
  const texts = roots.map(({ out }) => out.text.replace(/^\ufeff/, "").trimEnd());
  return fileEntry("instructions.md", `${texts.filter((text) => text !== "").join("\n\n")}\n`);
}

/** readNestedDocuments makes the instruction tree of documents in directories. */
export const readNestedDocuments: Read<Section> = async (found, context) => {
  const rest = found.filter(({ within }) => within === undefined);
  const origins = new Map<string, string>();
  const tree: FileEntry[] = [];
  for (const { path, within, out } of found) {
    if (within === undefined) continue;
    const at = `${within}/instructions.md`;
    const known = origins.get(at);
    if (known !== undefined) context.left(path, undefined, `speaks of the same directory as ${known}`);
    else if (within === "_root") context.left(path, undefined, "speaks of a directory _root, which means the root");
    else tree.push({ ...fileOf(out), path: at });
    if (known === undefined) origins.set(at, path);
  }
  if (tree.length === 0) return { rest };
  const into = findingsInto(context, (path) => origins.get(path));
  const { instructions } = await layerKinds.instructionTree.parse(tree, {
    report: (finding) => {
      // The root speaks through the instructions surface: that the tree has none is no fault of it.
      if (finding.code !== "instruction-tree-root-missing") into.report(finding);
    },
  });
  return { ...(instructions.length > 0 && { layers: { instructionTree: { instructions } } }), rest };
};

const pointer =
  /(?:^|\r?\n)(?:## Knowledge\n\n)?Reference material lies in `(?:~\/)?\.agents\/knowledge\/`\. Read what a task touches:\n\n(?:- (?:`(?:~\/)?\.agents\/knowledge\/.*|and \d+ more files?)(?:\n|$))+/;

/** withoutPointer takes out what stax wrote about knowledge: it is written again with the knowledge. */
export const withoutPointer: Read<Section> = (found) => ({
  rest: found.flatMap((document): Documents => {
    const { text } = document.out;
    const match = pointer.exec(text);
    if (match === null) return [document];
    const rest = before(text.slice(0, match.index), match[0]) + text.slice(match.index + match[0].length);
    if (rest.trim() === "") return [];
    const written = rest.endsWith("\n") ? rest : `${rest}\n`;
    return [{ ...document, out: { ...document.out, text: written, file: fileEntry("instructions.md", written) } }];
  }),
});

// Of the blank line between two parts one line end was the first part's own; more than that were all its own.
function before(text: string, matched: string): string {
  const own = text + (/^\r?\n/.exec(matched)?.[0] ?? "");
  return /[^\n]\n\n$/.test(own) ? own.slice(0, -1) : own;
}
