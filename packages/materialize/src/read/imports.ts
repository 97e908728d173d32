import type { Read, Section } from "../contract.ts";
import { proseOf } from "./prose.ts";

// What follows an @ is an import where it looks like a path; a package (`@scope/name`) or a person is none.
const mention = /(?<=^|\s)@((?:~\/|\.{0,2}\/)?[^\s@]+)/gm;
const isPath = (text: string): boolean => /^(?:~\/|\.{0,2}\/)|\.[A-Za-z][A-Za-z0-9]{0,9}$/.test(text);

/** reportImports says which files a document imports by `@path`: the words are carried, the files' text is not. */
export const reportImports: Read<Section> = (found, context) => {
  for (const { path, out } of found) {
    const paths = [...proseOf(out.text).matchAll(mention)].map(([, text = ""]) => text.replace(/[),:;!?.]+$/, ""));
    for (const imported of new Set(paths.filter(isPath)))
      context.left(
        path,
        `@${imported}`,
        `${context.runtime} reads that file at this place; its text is not carried, the words are`,
        "put the text in, or make it knowledge",
      );
  }
  return { rest: found };
};
