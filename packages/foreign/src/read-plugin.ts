import type { Diagnostic } from "@stax/errors";
import { printable } from "@stax/errors";
import { findFiles, readRuntime } from "@stax/materialize";
import { type FileTree, kindOf, type Layers } from "@stax/schema";
import { ForeignError } from "./error.ts";
import { identityOf, nameOf, type Report } from "./identity.ts";
import { type PluginManifest, readPluginManifest } from "./manifest.ts";
import { pluginContract } from "./plugin-contract.ts";
import { type Components, layOut } from "./plugin-layout.ts";

/** PluginFolder is a folder, and what is known of the plugin in it before its own manifest is read. */
export interface PluginFolder {
  readonly directory: string;
  /** The manifest's path in it; absent where somebody else says all there is to say. */
  readonly manifest?: string | undefined;
  /** What a marketplace says of it. */
  readonly entry?: (PluginManifest & { readonly strict: boolean }) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** ReadPlugin is what a plugin's folder holds. Paths of findings are relative to it. */
export interface ReadPlugin {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly layers: Layers;
  readonly diagnostics: readonly Diagnostic[];
}

/** Places that hold servers by convention: of Claude Code's plugins, and of Agent Plugins. */
const serverFiles = [".mcp.json", "mcp.json"];
const described = ["$schema", "name", "displayName", "version", "description", "author", "homepage", "repository"];
const known = new Set([
  ...described,
  "license",
  "keywords",
  "category",
  "tags",
  "engines",
  "metadata",
  "defaultEnabled",
  "source",
  "strict",
  "skills",
  "commands",
  "agents",
  "mcpServers",
]);

/** readPlugin reads a plugin's folder into layers. Throws FOREIGN_INVALID for a manifest that is none, and for more than the format carries. */
export async function readPlugin({ directory, manifest, entry, signal }: PluginFolder): Promise<ReadPlugin> {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (finding) => diagnostics.push(finding);
  const { tree, diagnostics: found } = findFiles(directory, ["**", ".claude-plugin/**"], signal);
  diagnostics.push(...found);
  const file = tree.find(({ path }) => path === manifest);
  const own = file === undefined ? undefined : await readPluginManifest(file);
  const said = joined(own, entry);
  const at = manifest ?? ".";
  const identity = identityOf({ ...entry, ...own, name: own?.name ?? entry?.name ?? "plugin" }, at, report);
  const onlySaid = entry?.strict === false;
  const layout = await layOut(tree, said, { name: nameOf(identity.name), onlySaid, serverFiles }, report);
  reportFields({ ...entry, ...own }, at, report);
  if (!onlySaid) reportRest(tree, layout.taken, report);
  const read = await readRuntime(pluginContract, layout.tree);
  for (const finding of read.diagnostics) report(withPath(finding, layout.origins));
  checkSizes(read.layers, directory);
  await reportPluginRoot(read.layers, report);
  return { ...identity, layers: read.layers, diagnostics };
}

function joined(own: PluginManifest | undefined, entry: PluginManifest | undefined): Components {
  const lists = (key: "skills" | "commands" | "agents") => {
    const both = [...(own?.[key] ?? []), ...(entry?.[key] ?? [])];
    return both.length === 0 ? {} : { [key]: both };
  };
  const mcpServers = own?.mcpServers ?? entry?.mcpServers;
  return {
    ...lists("skills"),
    ...lists("commands"),
    ...lists("agents"),
    ...(mcpServers !== undefined && { mcpServers }),
  };
}

function reportFields(manifest: object, path: string, report: Report): void {
  for (const field of Object.keys(manifest))
    if (!known.has(field))
      report({
        code: "plugin-left",
        severity: "warning",
        path,
        field,
        message: `${printable(field)} has no place in a package`,
      });
}

// For people, or for the repository around it.
const beside =
  /^(?:\.|readme|license|licence|notice|copying|changelog|contributing|security|code_of_conduct|package(?:-lock)?\.json|plugin\.json)/i;
const programs = /^(?:hooks|monitors|bin)$/;

// Of a folder it is said once.
function reportRest(tree: FileTree, taken: ReadonlySet<string>, report: Report): void {
  const rest = new Map<string, number>();
  for (const { path } of tree) {
    const [top = path] = path.split("/");
    if (!taken.has(path) && !beside.test(top)) rest.set(top, (rest.get(top) ?? 0) + 1);
  }
  for (const [path, count] of rest) {
    const what = programs.test(path)
      ? "holds programs that the runtime starts by itself, which"
      : `holds ${count === 1 ? "a file" : `${count} files`} that`;
    report({ code: "plugin-left", severity: "warning", path, message: `${what} a package of stax does not carry` });
  }
}

const withPath = (finding: Diagnostic, origins: ReadonlyMap<string, string>): Diagnostic =>
  finding.path === undefined ? finding : { ...finding, path: origins.get(finding.path) ?? finding.path };

function checkSizes({ skills }: Layers, directory: string): void {
  const { maxSize } = kindOf("skills");
  const size = (skills?.skills ?? []).reduce(
    (sum, { tree }) => sum + tree.reduce((all, file) => all + file.size, 0),
    0,
  );
  if (size > maxSize)
    throw new ForeignError(
      "FOREIGN_INVALID",
      `the skills in ${printable(directory)} hold ${size} bytes; the limit is ${maxSize}`,
      {
        hint: "take fewer of them, by a marketplace entry or a folder of your own",
      },
    );
}

// The variable has a value in the plugin's own runtime only, and nothing lies where it would lead.
async function reportPluginRoot({ skills, subagents }: Layers, report: Report): Promise<void> {
  const texts = [
    ...(skills?.skills ?? []).map(({ name, body }) => [`the skill ${name}`, body] as const),
    ...Object.entries(subagents?.agents ?? {}).map(
      ([name, { instructions }]) => [`the subagent ${name}`, instructions] as const,
    ),
  ];
  for (const [what, text] of texts)
    if (text.includes("${CLAUDE_PLUGIN_ROOT}"))
      report({
        code: "plugin-left",
        severity: "warning",
        message: `${what} names \${CLAUDE_PLUGIN_ROOT}, which leads nowhere outside the plugin's own runtime`,
      });
}
