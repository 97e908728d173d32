import { type FileEntry, fileEntry } from "@stax/schema";
import type { DocumentOutput, Feature, Section } from "../contract.ts";
import { besideIt, type Files } from "./claims.ts";
import { proseOf } from "./prose.ts";
import type { Recovery } from "./recovery.ts";
import { isTooLarge, textOf } from "./text-of.ts";

/** sectionOf is a document with its bytes; one that is no UTF-8 with what can be read of it. */
export async function sectionOf(path: string, file: FileEntry, { context }: Recovery): Promise<Section> {
  const text = await textOf({ path, out: file }, context);
  const exact = Buffer.byteLength(text) === file.size ? file : fileEntry(path, text);
  return { id: `found:${path}`, rank: [0, 0], text, file: exact, origin: path };
}

/** withInclusion: a document that includes the one beside it (`@AGENTS.md`) speaks with that one's text: in its place, or below where a sentence names it. */
export async function withInclusion(
  own: Section,
  { includes }: DocumentOutput<Feature, never>,
  files: Files,
  recovery: Recovery,
): Promise<Section> {
  if (includes === undefined) return own;
  const path = besideIt(own.origin, includes.file);
  const other = files.get(path);
  if (other === undefined || path === own.origin || isTooLarge(other)) return own;
  const named = inclusionIn(own.text, includes);
  if (named === undefined) return own;
  const inner = await sectionOf(path, other, recovery);
  recovery.carried(path);
  if (own.text.trim() === named.directive) return { ...inner, origin: own.origin };
  recovery.context.changed(own.origin, undefined, `includes ${path}, whose text stands in it now`);
  const text = named.whole
    ? own.text.slice(0, named.at) + inner.text.replace(/^\ufeff/, "").trimEnd() + own.text.slice(named.end)
    : `${own.text.slice(0, named.at)}${includes.file}${own.text.slice(named.end).trimEnd()}\n\n${inner.text.replace(/^\ufeff/, "")}`;
  return { ...own, text, file: fileEntry(own.origin, text) };
}

interface Inclusion {
  readonly directive: string;
  readonly at: number;
  readonly end: number;
  /** It has a line to itself. */
  readonly whole: boolean;
}

/** Where a document includes another: what stands in code includes nothing. */
function inclusionIn(
  text: string,
  { file, directive }: NonNullable<DocumentOutput<Feature, never>["includes"]>,
): Inclusion | undefined {
  const prose = proseOf(text);
  for (const form of [directive, directive.replace(file, `./${file}`)]) {
    for (let at = prose.indexOf(form); at >= 0; at = prose.indexOf(form, at + 1)) {
      const end = at + form.length;
      const [before, after] = [prose.slice(Math.max(0, at - 1), at), prose.slice(end, end + 2)];
      if (!/^\s?$/.test(before) || !/^(?:$|[\s),:;!?]|\.(?:\s|$))/.test(after)) continue;
      const line = prose.slice(prose.lastIndexOf("\n", at - 1) + 1).split("\n", 1)[0] ?? "";
      return { directive: form, at, end, whole: line.trim() === form };
    }
  }
  return undefined;
}
