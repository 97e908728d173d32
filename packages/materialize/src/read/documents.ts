import { fileEntry, type Layers, layerKinds } from "@stax/schema";
import type { Found, Read, ReadContext, Section } from "../contract.ts";
import { findingsInto } from "./rules.ts";

type Documents = readonly Found<Section>[];

/** readRootDocuments makes the instructions surface of root documents: one gives its bytes, several are joined in their order. */
export const readRootDocuments: Read<Section> = async (found, context) => {
  const roots = found.filter(({ within }) => within === undefined);
  const rest = found.filter(({ within }) => within !== undefined);
  return { layers: await instructionsSurface(roots, context), rest };
};

async function instructionsSurface(roots: Documents, context: ReadContext): Promise<Layers> {
  const [first, ...others] = roots;
  if (first === undefined) return {};
  for (const { path } of others) context.changed(path, undefined, `stands below the text of ${first.path} now`);
  const exact = others.length === 0 ? first.out.file : undefined;
  const joined = roots.map(({ out }) => out.text.replace(/^\ufeff/, "").replace(/\s+$/, "")).join("\n\n");
  const file =
    exact === undefined ? fileEntry("instructions.md", `${joined}\n`) : { ...exact, path: "instructions.md" };
  return { surfaces: await layerKinds.surfaces.parse([file], findingsInto(context)) };
}

/** readNestedDocuments makes the instruction tree of documents in directories. */
export const readNestedDocuments: Read<Section> = async (found, context) => {
  const nested = found.filter(({ within }) => within !== undefined);
  const rest = found.filter(({ within }) => within === undefined);
  const files = new Map<string, { readonly from: string; readonly section: Section }>();
  for (const { path, within, out } of nested) {
    const at = `${within}/instructions.md`;
    const known = files.get(at);
    if (known === undefined) files.set(at, { from: path, section: out });
    else context.left(path, undefined, `speaks of the same directory as ${known.from}`);
  }
  if (files.size === 0) return { rest };
  const tree = [...files].map(([path, { section }]) => ({
    ...(section.file ?? fileEntry(path, section.text)),
    path,
  }));
  // The root speaks through the instructions surface: that the tree has none is no fault of it.
  const missingRoot = "instruction-tree-root-missing";
  const into = {
    report: (finding: Parameters<ReadContext["note"]>[0]) => {
      if (finding.code !== missingRoot) context.note(finding);
    },
  };
  return { layers: { instructionTree: await layerKinds.instructionTree.parse(tree, into) }, rest };
};

const pointer =
  /(?:^|\r?\n)(?:## Knowledge\n\n)?Reference material lies in `(?:~\/)?\.agents\/knowledge\/`\. Read what a task touches:\n\n(?:- .*(?:\n|$))+/;

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
