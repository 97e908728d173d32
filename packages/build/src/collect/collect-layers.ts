import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Diagnostic, printable } from "@stax/errors";
import { type IgnoreRules, readTree } from "@stax/layers";
import { type Carrier, definedLayers, kindOf, type LayerName, type Subagents } from "@stax/schema";
import type { DefinitionFile } from "../load/index.ts";
import type { CollectedLayer } from "./collected.ts";
import { reportInBytes, reportInValue } from "./credential-findings.ts";
import { isProblem, resolveDeclared } from "./declared-path.ts";
import { type CheckedDocument, readDocument, reportAt, type SourceDocument } from "./document.ts";
import type { Session } from "./session.ts";
import { unreadableMessage } from "./unreadable.ts";

/** LayerScope is what the layers of one definition share. */
export interface LayerScope {
  readonly session: Session;
  readonly file: DefinitionFile;
  readonly document: SourceDocument;
  /** What is not packed. */
  readonly ignore: IgnoreRules;
}

/** collectLayers reads every layer that a definition names by a path, except the persona. Problems are reported, all of them. */
export async function collectLayers(
  scope: LayerScope,
  carrier: Carrier,
  definition: Readonly<Record<string, unknown>>,
): Promise<readonly CollectedLayer[]> {
  const layers: CollectedLayer[] = [];
  for (const { name, source } of definedLayers(carrier)) {
    const declared = definition[name];
    if (name === "persona" || typeof declared !== "string") continue;
    const path = locate(scope, name, declared, source === "directory" ? "directory" : "file");
    if (path === undefined) continue;
    const layer = await collectLayer(scope, name, path.path, path.flattened);
    if (layer !== undefined) layers.push(layer);
  }
  return layers;
}

interface Located {
  readonly path: string;
  readonly flattened: boolean;
}

/** locate resolves a declared path and reports why it cannot be used. */
export function locate(
  { session, file, document }: LayerScope,
  name: LayerName,
  declared: string,
  kind: "file" | "directory",
): Located | undefined {
  const { allowOutsideRoot = false, symlinkMode = "reject" } = session.options;
  const layerKind = kindOf(name);
  const followLinks = symlinkMode === "flatten" && layerKind.format === "tree" && layerKind.mayFlatten;
  const found = resolveDeclared(declared, {
    from: file.directory,
    root: file.directory,
    kind,
    allowOutsideRoot,
    followLinks,
  });
  if (isProblem(found)) {
    reportAt(session, document, [name], { ...found, severity: "error", field: name, layer: name });
    return undefined;
  }
  if (found.outside)
    reportAt(session, document, [name], {
      code: "path-outside-allowed",
      severity: "warning",
      field: name,
      layer: name,
      message: `packages ${printable(declared)} from OUTSIDE the project's root, as --allow-outside-root says`,
    });
  return found;
}

async function collectLayer(
  scope: LayerScope,
  name: LayerName,
  path: string,
  flattened: boolean,
): Promise<CollectedLayer | undefined> {
  const { format } = kindOf(name);
  if (format === "tree") return collectTree(scope, name, path, flattened);
  if (format === "text") return collectText(scope, name, path);
  return collectJson(scope, name, path);
}

async function collectTree(
  scope: LayerScope,
  name: LayerName,
  path: string,
  throughLink: boolean,
): Promise<CollectedLayer | undefined> {
  const { session, file, ignore } = scope;
  const kind = kindOf(name);
  if (kind.format !== "tree") throw new Error(`${name} is no tree`);
  const { symlinkMode = "reject", portable, allowOutsideRoot, allowSensitive, maxLayerSize, signal } = session.options;
  const read = await readTree(path, {
    projectRoot: file.directory,
    layer: name,
    ignore,
    symlinks: kind.mayFlatten ? symlinkMode : "reject",
    portable,
    allowOutsideRoot,
    allowSensitive,
    maxSize: maxLayerSize?.[name] ?? kind.maxSize,
    warnSize: name === "knowledge" ? knowledgeWarning : undefined,
    emptyTopLevel: name === "skills" ? "error" : undefined,
    signal,
  });
  const report = (base: string) => (finding: Diagnostic) =>
    session.report({ ...finding, layer: name, path: session.shown(join(base, finding.path ?? "")) });
  for (const finding of read.diagnostics) report(file.directory)(finding);
  const payload = await inLayer(scope, name, () => kind.parse(read.tree, { report: report(path) }));
  if (payload === unreadable) return undefined;
  const { tree, statKey, flattened } = read;
  return {
    name,
    format: "tree",
    tree,
    statKey,
    payload,
    flattened: throughLink || flattened.length > 0,
    shown: session.shown(path),
  };
}

const unreadable = Symbol("unreadable");

/** A file that cannot be read is one finding among others. */
async function inLayer<T>(
  { session, document }: LayerScope,
  name: LayerName,
  read: () => T | Promise<T>,
): Promise<T | typeof unreadable> {
  try {
    return await read();
  } catch (error) {
    const message = unreadableMessage(error);
    if (message === undefined) throw error;
    reportAt(session, document, [name], { ...message, severity: "error", layer: name, field: name });
    return unreadable;
  }
}

/** Above this many bytes knowledge is worth a second thought. */
const knowledgeWarning = 100 * 1024 * 1024;

async function collectText(scope: LayerScope, name: LayerName, path: string): Promise<CollectedLayer | undefined> {
  const { session, document } = scope;
  const limit = session.options.maxLayerSize?.[name] ?? kindOf(name).maxSize;
  const { size } = statSync(path);
  if (size > limit) {
    reportAt(session, document, [name], {
      code: "layer-too-large",
      severity: "error",
      layer: name,
      field: name,
      message: `the ${name} holds ${size} bytes; the limit is ${limit}`,
      hint: `raise it with --max-layer-size ${name}=<size>`,
    });
    return undefined;
  }
  const bytes = await inLayer(scope, name, () => readFileSync(path));
  if (bytes === unreadable) return undefined;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    session.report({
      code: "text-not-utf8",
      severity: "warning",
      layer: name,
      path: session.shown(path),
      message: "is not valid UTF-8; its bytes are packed as they are",
      hint: "save the file as UTF-8",
    });
  }
  reportInBytes(session, name, path, bytes);
  return { name, format: "text", bytes };
}

async function collectJson(scope: LayerScope, name: LayerName, path: string): Promise<CollectedLayer | undefined> {
  const { session, file } = scope;
  const kind = kindOf(name);
  if (kind.format !== "json") throw new Error(`${name} is no document`);
  const document = await readDocument<unknown>(path, kind.schema, session, {
    workspaceRoot: file.workspaceRoot,
    layer: name,
    unknown: "warning",
  });
  if (document === undefined) return undefined;
  if (name !== "mcp") reportInValue(session, name, document); // whose values are judged more strictly
  const payload =
    name === "subagents" ? inlineInstructions(scope, document as CheckedDocument<Subagents>) : document.value; // the table gives subagents this payload
  return payload === undefined ? undefined : { name, format: "json", payload, document };
}

// Authors name a Markdown file beside the document (decision A22); the layer holds its text.
function inlineInstructions(
  { session, file }: LayerScope,
  document: CheckedDocument<Subagents>,
): Subagents | undefined {
  let failed = false;
  const agents = Object.entries(document.value.agents).map(([name, agent]) => {
    const field = ["agents", name, "instructions"];
    const fail = (problem: { readonly code: string; readonly message: string; readonly hint?: string }) => {
      failed = true;
      reportAt(session, document, field, { ...problem, severity: "error", layer: "subagents", field: field.join(".") });
      return [name, agent] as const;
    };
    const found = resolveDeclared(agent.instructions, {
      from: dirname(document.path),
      root: file.directory,
      kind: "file",
      allowOutsideRoot: session.options.allowOutsideRoot ?? false,
      followLinks: false,
    });
    if (isProblem(found)) return fail(found);
    if (!found.path.endsWith(".md"))
      return fail({
        code: "subagent-not-markdown",
        message: `${printable(agent.instructions)} is no .md file`,
        hint: "instructions name a Markdown file",
      });
    const { size } = statSync(found.path);
    if (size > kindOf("subagents").maxSize)
      return fail({
        code: "layer-too-large",
        message: `${printable(agent.instructions)} holds ${size} bytes; the limit is ${kindOf("subagents").maxSize}`,
      });
    let bytes: Buffer;
    try {
      bytes = readFileSync(found.path);
    } catch (error) {
      const message = unreadableMessage(error);
      if (message === undefined) throw error;
      return fail(message);
    }
    try {
      const instructions = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      reportInBytes(session, "subagents", found.path, bytes);
      return [name, { ...agent, instructions }] as const;
    } catch {
      return fail({
        code: "text-not-utf8",
        message: `${printable(agent.instructions)} is not valid UTF-8`,
        hint: "save the file as UTF-8: a JSON layer can hold nothing else",
      });
    }
  });
  return failed ? undefined : { ...document.value, agents: Object.fromEntries(agents) };
}
