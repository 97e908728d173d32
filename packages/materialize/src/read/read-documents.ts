import { compareBytes, type FileEntry } from "@stax/schema";
import type { Adapter, StandIn } from "../adapter-contract.ts";
import type { DocumentOutput, Feature, Found, JsonObject, Scope, Section } from "../contract.ts";
import { matchesClaim, parentOf } from "../path.ts";
import { askParts } from "./ask-parts.ts";
import { type AnyPart, besideIt, byScope, claimsOf, type Files, standInGlob } from "./claims.ts";
import { sectionOf, withInclusion } from "./inclusion.ts";
import type { Recovery } from "./recovery.ts";
import { isTooLarge, tooLarge } from "./text-of.ts";

/** readDocuments asks the parts of documents: of the root, of directories, and those that the runtime reads where its own are missing. */
export async function readDocuments(adapter: Adapter, files: Files, scope: Scope, recovery: Recovery): Promise<void> {
  for (const output of adapter.outputs) {
    if (output.kind !== "document") continue;
    const found: Found<Section>[] = [];
    const documents = documentsOf(adapter, output, files, scope, recovery.options);
    // In user scope no document speaks of a directory.
    const own = claimsOf(adapter, output, scope).filter((claim) => claim !== output.nested);
    const roots = scope === "user" ? [...new Set([...own, ...documents])] : own;
    for (const path of documents) {
      if (recovery.isDone(path)) continue;
      const file = files.get(path);
      if (file !== undefined && isTooLarge(file)) recovery.context.left(path, undefined, tooLarge);
      else if (file !== undefined) found.push(await documentAt(file, output, roots, files, recovery));
    }
    if (found.length === 0) continue;
    const rest = await askParts(output.parts as readonly AnyPart<Section>[], found, recovery);
    const left = new Set(rest.map(({ path }) => path));
    for (const { path } of found) {
      if (!left.has(path)) recovery.carried(path);
      else recovery.context.left(path, undefined, "stax has no place for it");
    }
  }
}

/** Documents of an output: its own, and in each directory that has none the one that the runtime reads instead. */
function documentsOf(
  adapter: Adapter,
  output: DocumentOutput<Feature, never>,
  files: Files,
  scope: Scope,
  options: JsonObject,
): readonly string[] {
  const claims = claimsOf(adapter, output, scope);
  const documents = [...files.keys()].filter((path) => claims.some((claim) => matchesClaim(claim, path)));
  const { includes } = output;
  const alone: readonly StandIn[] =
    includes?.alone === true ? [{ file: { project: includes.file }, where: "root" }] : [];
  // Only where the repository has none of the runtime's own at its root does it read some of the others at all.
  const hasRoot = documents.some((path) => claims.includes(path));
  for (const { file, where } of [...alone, ...(adapter.import?.standIns?.(options) ?? [])]) {
    if (where === "root" && hasRoot) continue;
    const globs = byScope(file, scope).map((name) => standInGlob(name, scope));
    const known = new Set(documents);
    const directories = new Set(where === "beside" ? [] : documents.map(parentOf));
    const others = [...files.keys()].filter((path) => globs.some((glob) => matchesClaim(glob, path)));
    documents.push(...others.filter((path) => !directories.has(parentOf(path)) && !known.has(path)));
  }
  // Root documents in the order in which the runtime has them, then those of directories.
  const place = (path: string) => (claims.includes(path) ? claims.indexOf(path) : claims.length);
  return documents.sort((a, b) => place(a) - place(b) || compareBytes(a, b));
}

async function documentAt(
  file: FileEntry,
  output: DocumentOutput<Feature, never>,
  roots: readonly string[],
  files: Files,
  recovery: Recovery,
): Promise<Found<Section>> {
  const { path } = file;
  const own = await sectionOf(path, file, recovery);
  const out = await withInclusion(own, output, files, recovery);
  // A root document may lie in a directory of the runtime's (`.github/copilot-instructions.md`), and what it reads instead beside it.
  const { includes } = output;
  const standsIn = includes !== undefined && roots.some((root) => besideIt(root, includes.file) === path);
  const within = roots.includes(path) || standsIn ? "" : parentOf(path);
  return { path, out, ...(within !== "" && { within }) };
}
