import { join } from "node:path";
import type { Diagnostic } from "@stax/errors";
import { credentialsIn, credentialsOf, type PlacedCredential } from "@stax/layers";
import { type Field, type FileTree, findCredentials, formatField, kindOf, type LayerName } from "@stax/schema";
import { type CollectedLayer, type CollectedProject, shownOf } from "./collected.ts";
import { reportAt, type SourceDocument } from "./document.ts";
import type { Session } from "./session.ts";
import { unreadableMessage } from "./unreadable.ts";

/** credentialFinding is the warning about a credential in a file; `base` is the layer's directory as findings name it. */
export const credentialFinding = (layer: LayerName, base: string, found: PlacedCredential): Diagnostic => ({
  ...warning(found.what),
  layer,
  path: base === "" ? found.path : join(base, found.path),
  line: found.line,
  column: found.column,
});

const warning = (what: string) =>
  ({
    code: "credential-in-text",
    severity: "warning",
    message: `holds what looks like ${what}`,
    hint: "remove it: an artifact never carries a secret; revoke it if it was ever shared",
  }) as const;

/** reportInBytes searches a text that is a layer, or a part of one, by itself. */
export function reportInBytes(session: Session, layer: LayerName, path: string, bytes: Uint8Array): void {
  for (const found of credentialsOf(session.shown(path), bytes)) session.report(credentialFinding(layer, "", found));
}

/** reportInValue searches every text of a document. */
export function reportInValue(session: Session, layer: LayerName | undefined, document: SourceDocument): void {
  const visit = (value: unknown, at: Field): void => {
    if (typeof value === "string") {
      const [found] = findCredentials(value);
      if (found !== undefined)
        reportAt(session, document, at, {
          ...warning(found.what),
          field: formatField(at),
          ...(layer === undefined ? {} : { layer }),
        });
    } else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) visit(item, [...at, Array.isArray(value) ? Number(key) : key]);
    }
  };
  visit(document.content, []);
}

/** reportInTrees searches the directories of a project and of the packages of the workspace that it builds on, for who does not pack them. */
export async function reportInTrees(project: CollectedProject, session: Session, seen: Set<string>): Promise<void> {
  if (seen.has(project.file.path)) return;
  seen.add(project.file.path);
  for (const { local } of project.packages) if (local !== undefined) await reportInTrees(local, session, seen);
  for (const layer of project.layers) {
    if (layer.name === "memory") continue; // searched before, and refused
    try {
      const found = await credentialsIn(treeOf(layer), { signal: session.options.signal });
      for (const each of found) session.report(credentialFinding(layer.name, shownOf(layer), each));
    } catch (error) {
      const message = unreadableMessage(error);
      if (message === undefined) throw error;
      session.report({ ...message, severity: "error", layer: layer.name, path: shownOf(layer) });
    }
  }
}

function treeOf(layer: CollectedLayer): FileTree {
  if (layer.format === "tree") return layer.tree;
  const kind = kindOf(layer.name);
  return layer.format === "files" && kind.format === "tree" ? kind.files(layer.payload) : [];
}
