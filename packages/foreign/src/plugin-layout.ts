import { type Diagnostic, printable } from "@stax/errors";
import { sensitiveFile } from "@stax/layers";
import { isObject, type Json, type JsonObject, parseConfig, pathProblem, readLimit } from "@stax/materialize";
import { type FileEntry, type FileTree, fileEntry, readEntry, sortTree } from "@stax/schema";
import type { Report } from "./identity.ts";
import type { PluginManifest } from "./manifest.ts";
import { places } from "./plugin-contract.ts";

/** Components is where a manifest says that the parts of a plugin lie, beside the places they have by convention. */
export type Components = Pick<PluginManifest, "skills" | "commands" | "agents" | "mcpServers">;

export interface LayoutOptions {
  /** A plugin that is a skill itself has its name. */
  readonly name: string;
  /** What is said is all: what lies in the conventional places belongs to other plugins. */
  readonly onlySaid: boolean;
  /** Files of the plugin with servers, by convention. */
  readonly serverFiles: readonly string[];
}

/** Layout is a plugin's files in the places that they have by convention. */
export interface Layout {
  readonly tree: FileTree;
  /** Where each of them lies in the plugin's folder. */
  readonly origins: ReadonlyMap<string, string>;
  /** Files of the folder that were taken. */
  readonly taken: ReadonlySet<string>;
}

/** layOut puts the parts of a plugin where they lie by convention. What leaves the folder, or is secret by its name, is reported and left. */
export async function layOut(
  tree: FileTree,
  said: Components,
  options: LayoutOptions,
  report: Report,
): Promise<Layout> {
  const layout = new LayoutBuilder(tree, options.name, report);
  const folders = (own: string, more: readonly string[] | undefined) =>
    [...(options.onlySaid && more !== undefined ? [] : [own]), ...(more ?? [])].map((path) => layout.inside(path));
  for (const folder of folders("skills", said.skills)) layout.skills(folder);
  for (const folder of folders("commands", said.commands)) layout.documents(folder, places.commands);
  for (const folder of folders("agents", said.agents)) layout.documents(folder, places.agents);
  await layout.servers(said.mcpServers, options.onlySaid && said.mcpServers !== undefined ? [] : options.serverFiles);
  return layout.finish();
}

class LayoutBuilder {
  readonly #files: ReadonlyMap<string, FileEntry>;
  readonly #name: string;
  readonly #report: Report;
  readonly #placed = new Map<string, FileEntry>();
  readonly #origins = new Map<string, string>();
  readonly #taken = new Set<string>();

  constructor(tree: FileTree, name: string, report: Report) {
    this.#files = new Map(tree.map((file) => [file.path, file]));
    this.#name = name;
    this.#report = report;
  }

  /** inside is a path of a manifest, relative to the folder; `undefined`, and a finding, where it leaves it. */
  inside(said: string): string | undefined {
    const path = said.replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "");
    if (path === "" || path === ".") return "";
    const problem = pathProblem(path);
    if (problem === undefined) return path;
    this.#left(undefined, `"${printable(said)}" ${problem}`);
    return undefined;
  }

  /** skills takes a folder of skills, or one skill. */
  skills(folder: string | undefined): void {
    if (folder === undefined) return;
    const below = this.#below(folder);
    const isSkill = below.some(([rest]) => rest === "SKILL.md");
    const own = isSkill ? `${places.skills}/${folder.split("/").at(-1) || this.#name}` : places.skills;
    // A folder that is a skill as a whole holds other things, too: its manifest, documents for people, what is hidden.
    for (const [rest, file] of below)
      if (folder !== "" || !/^\.|^hooks\//.test(rest)) this.#place(`${own}/${rest}`, file);
  }

  /** documents takes a folder of Markdown files, or one of them. */
  documents(folder: string | undefined, place: string): void {
    if (folder === undefined) return;
    const one = this.#files.get(folder);
    if (one !== undefined) this.#place(`${place}/${folder.split("/").at(-1)}`, one);
    else
      for (const [rest, file] of this.#below(folder)) if (rest.endsWith(".md")) this.#place(`${place}/${rest}`, file);
  }

  /** servers takes servers as they are said, and those of files. */
  async servers(said: Components["mcpServers"], conventional: readonly string[]): Promise<void> {
    const servers = new Map<string, Json>();
    const named = Array.isArray(said) ? (said as readonly string[]) : []; // a list is of paths, as the schema says
    const paths = [...conventional, ...named.map((path) => this.inside(path))].filter((path) => path !== undefined);
    let origin: string | undefined;
    for (const path of new Set(paths)) {
      const file = this.#files.get(path);
      if (file === undefined) continue;
      this.#taken.add(path);
      origin ??= path;
      const read = file.size > readLimit ? "is too large" : parseConfig(await readEntry(file, readLimit), "json");
      if (typeof read === "string") this.#left(path, read);
      else this.#addServers(read, path, servers);
    }
    if (said !== undefined && !Array.isArray(said)) this.#addServers(said as JsonObject, undefined, servers); // JSON, as the schema says
    if (servers.size === 0) return;
    const text = JSON.stringify({ mcpServers: Object.fromEntries(servers) });
    this.#placed.set(places.servers, fileEntry(places.servers, text));
    if (origin !== undefined) this.#origins.set(places.servers, origin);
  }

  #addServers(read: JsonObject, path: string | undefined, servers: Map<string, Json>): void {
    const { mcpServers, $schema: _, ...flat } = read;
    for (const [name, entry] of Object.entries(isObject(mcpServers) ? mcpServers : flat)) {
      const own = /\$\{([A-Z_]*PLUGIN_(?:ROOT|DATA))\}/.exec(JSON.stringify(entry))?.[1];
      if (own !== undefined)
        this.#left(
          path,
          `the server "${printable(name)}" runs what lies in the plugin (\${${own}}), which a package does not carry`,
        );
      else if (servers.has(name)) this.#left(path, `the server "${printable(name)}" is there twice; the first is kept`);
      else servers.set(name, entry);
    }
  }

  finish(): Layout {
    return { tree: sortTree([...this.#placed.values()]), origins: this.#origins, taken: this.#taken };
  }

  #below(folder: string): readonly (readonly [rest: string, file: FileEntry])[] {
    const prefix = folder === "" ? "" : `${folder}/`;
    return [...this.#files].flatMap(([path, file]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), file] as const] : [],
    );
  }

  #place(path: string, file: FileEntry): void {
    this.#taken.add(file.path);
    const sensitive = sensitiveFile(file.path);
    if (sensitive !== undefined) this.#left(file.path, `is left out: ${sensitive.what}`);
    else if (this.#origins.get(path) === file.path)
      return; // named twice
    else if (this.#placed.has(path)) this.#left(file.path, `${printable(path)} is there already; the first is kept`);
    else {
      this.#placed.set(path, { ...file, path });
      this.#origins.set(path, file.path);
    }
  }

  #left(path: string | undefined, message: string): void {
    const finding: Diagnostic = { code: "plugin-left", severity: "warning", message };
    this.#report(path === undefined ? finding : { ...finding, path });
  }
}
