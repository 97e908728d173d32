import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { type Diagnostic, printable } from "@stax/errors";
import { parseJson } from "@stax/layers";
import { findFiles, mergeRecovered, pathProblem } from "@stax/materialize";
import { fileEntry, type Layers } from "@stax/schema";
import { ForeignError } from "./error.ts";
import { identityOf } from "./identity.ts";
import { type Marketplace, type MarketplaceEntry, readMarketplace } from "./manifest.ts";
import { type ReadPlugin, readPlugin } from "./read-plugin.ts";

/** ForeignKind is what somebody else's folder is. */
export type ForeignKind = "claude-plugin" | "claude-marketplace" | "agent-plugin" | "skills";

/** Foreign is somebody else's folder as the layers of a package. Paths of findings are relative to the folder. */
export interface Foreign extends ReadPlugin {
  readonly kind: ForeignKind;
  /** The file that says what it is, relative to the folder; absent for a folder of skills. */
  readonly manifest?: string;
}

export interface ForeignOptions {
  /** Of a marketplace: only this plugin. */
  readonly plugin?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const manifests = {
  "claude-marketplace": ".claude-plugin/marketplace.json",
  "claude-plugin": ".claude-plugin/plugin.json",
  "agent-plugin": "plugin.json",
} as const;

/** foreignKindOf tells what a folder is by what lies in it; `undefined` for none of these. A marketplace that is a plugin, too, is one plugin. */
export function foreignKindOf(folder: string): ForeignKind | undefined {
  const has = (path: string): boolean => statSync(join(folder, path), { throwIfNoEntry: false })?.isFile() ?? false;
  if (has(manifests["claude-plugin"])) return "claude-plugin";
  if (has(manifests["claude-marketplace"])) return "claude-marketplace";
  if (has(manifests["agent-plugin"]) && isAgentPlugin(folder)) return "agent-plugin";
  const holders = ["", "skills"].flatMap((at) => [
    at,
    ...directoriesIn(join(folder, at)).map((name) => join(at, name)),
  ]);
  return holders.some((at) => has(join(at, "SKILL.md"))) ? "skills" : undefined;
}

function isAgentPlugin(folder: string): boolean {
  const [file] = findFiles(folder, [manifests["agent-plugin"]]).tree;
  if (file === undefined || file.size > 1024 * 1024) return false;
  try {
    const content = file.open();
    if (!(Symbol.iterator in content)) return false;
    const value = parseJson(Buffer.concat([...content].map((piece) => piece.slice())));
    const schema = typeof value === "object" && value !== null && "$schema" in value ? value.$schema : undefined;
    return (
      typeof schema === "string" &&
      /^https:\/\/agent-plugins\.org\/schemas\/1\.[^/]*\/plugin\.schema\.json$/.test(schema)
    );
  } catch {
    return false; // somebody else's plugin.json
  }
}

function directoriesIn(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

/**
 * readForeign reads a Claude Code plugin or marketplace, an Agent Plugin or a folder of skills as the layers of a package: skills, commands
 * as skills, subagents and MCP servers. The same files give the same layers. What a package cannot carry is reported; nothing outside the
 * folder is read, and nothing of it is run. Throws FOREIGN_MISSING, FOREIGN_INVALID, PLUGIN_UNKNOWN.
 */
export async function readForeign(folder: string, { plugin, signal }: ForeignOptions = {}): Promise<Foreign> {
  // A folder may be a plugin and list itself in a marketplace of its own.
  const named = plugin !== undefined && existsSync(join(folder, manifests["claude-marketplace"]));
  const kind = named ? "claude-marketplace" : foreignKindOf(folder);
  if (kind === undefined)
    throw new ForeignError("FOREIGN_MISSING", `${printable(folder)} is no plugin, marketplace or folder of skills`, {
      hint: `looked for ${Object.values(manifests).join(", ")} and skills/*/SKILL.md`,
    });
  if (kind === "claude-marketplace") return await readWholeMarketplace(folder, plugin, signal);
  if (kind === "skills") return { kind, ...(await readSkills(folder, signal)) };
  return {
    kind,
    manifest: manifests[kind],
    ...(await readPlugin({ directory: folder, manifest: manifests[kind], signal })),
  };
}

function readSkills(folder: string, signal: AbortSignal | undefined): Promise<ReadPlugin> {
  const own = existsSync(join(folder, "skills")) ? [] : ["./"];
  const entry = { name: basename(folder), strict: true, ...(own.length > 0 && { skills: own }) };
  return readPlugin({ directory: folder, entry, signal });
}

async function readWholeMarketplace(
  folder: string,
  only: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Foreign> {
  const manifest = manifests["claude-marketplace"];
  const file = findFiles(folder, [manifest], signal).tree[0] ?? fileEntry(manifest, "");
  const marketplace = await readMarketplace(file);
  const entries = marketplace.plugins.filter(({ name }) => only === undefined || name === only);
  if (only !== undefined && entries.length === 0) throw unknownPlugin(only, marketplace);
  const diagnostics: Diagnostic[] = [];
  const read: ReadPlugin[] = [];
  for (const entry of entries) {
    const found = await readEntryOf(folder, entry, marketplace, diagnostics, signal);
    if (found !== undefined) read.push(found);
  }
  const [first] = read;
  if (only !== undefined && first === undefined) throw unknownPlugin(only, marketplace);
  if (only !== undefined && first !== undefined) return { kind: "claude-marketplace", manifest, ...first, diagnostics };
  const { version = marketplace.metadata.version, description = marketplace.metadata.description } = marketplace;
  const identity = identityOf({ name: marketplace.name, version, description }, manifest, (found) =>
    diagnostics.push(found),
  );
  return { kind: "claude-marketplace", manifest, ...identity, layers: merged(read, diagnostics), diagnostics };
}

const unknownPlugin = (name: string, { plugins }: Marketplace): ForeignError =>
  new ForeignError("PLUGIN_UNKNOWN", `the marketplace has no plugin "${printable(name)}" in its own folder`, {
    hint: `it has ${plugins
      .slice(0, 20)
      .map((entry) => printable(entry.name))
      .join(", ")}${plugins.length > 20 ? ", …" : ""}`,
  });

async function readEntryOf(
  folder: string,
  entry: MarketplaceEntry,
  { metadata }: Marketplace,
  diagnostics: Diagnostic[],
  signal: AbortSignal | undefined,
): Promise<ReadPlugin | undefined> {
  const left = (message: string): undefined => {
    diagnostics.push({
      code: "plugin-left",
      severity: "warning",
      path: manifests["claude-marketplace"],
      message: `the plugin "${printable(entry.name)}" ${message}`,
    });
    return undefined;
  };
  if (typeof entry.source !== "string") return left("lies elsewhere, and is not read; fetch it and name its folder");
  const base = metadata.pluginRoot === undefined || entry.source.startsWith("./") ? "" : `${metadata.pluginRoot}/`;
  const at = plainPath(`${base}${entry.source}`);
  const problem = at === "" ? undefined : pathProblem(at);
  if (problem !== undefined) return left(`lies at a place that ${problem}`);
  const [inside] = findFolder(folder, at);
  if (inside === undefined) return left("is not where the marketplace says, or behind a link");
  const manifest =
    existsSync(join(inside, manifests["claude-plugin"])) && entry.strict ? manifests["claude-plugin"] : undefined;
  const read = await readPlugin({ directory: inside, manifest, entry, signal });
  for (const finding of read.diagnostics) diagnostics.push(below(at, finding));
  return read;
}

const plainPath = (path: string): string =>
  path
    .split("/")
    .filter((segment) => segment !== "" && segment !== ".")
    .join("/");

// A folder is entered by plain names only: a link may lead anywhere.
function findFolder(folder: string, at: string): readonly string[] {
  let here = folder;
  for (const segment of at === "" ? [] : at.split("/")) {
    const entry = existsSync(here)
      ? readdirSync(here, { withFileTypes: true }).find(({ name }) => name === segment)
      : undefined;
    if (entry?.isDirectory() !== true) return [];
    here = join(here, segment);
  }
  return [here];
}

const below = (at: string, finding: Diagnostic): Diagnostic =>
  at === ""
    ? finding
    : { ...finding, path: finding.path === undefined || finding.path === "." ? at : `${at}/${finding.path}` };

function merged(read: readonly ReadPlugin[], diagnostics: Diagnostic[]): Layers {
  return read.reduce(
    (layers, { name, layers: more }) =>
      mergeRecovered(layers, more, (layer, item) =>
        diagnostics.push({
          code: "plugin-duplicate",
          severity: "warning",
          message: `${layer} "${printable(item)}" of the plugin ${name} is another one than that of a plugin before it, which is kept`,
          hint: "name one plugin: <folder>#<plugin>",
        }),
      ),
    {} as Layers,
  );
}
