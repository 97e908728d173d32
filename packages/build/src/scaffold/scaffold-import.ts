import { closeSync, existsSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type FileEntry, fileEntry, kindOf, type LayerName, type Layers, type PathLayerName } from "@stax/schema";
import { BuildError } from "../error.ts";
import { makeDirectories, removeEmpty } from "../make-directories.ts";
import { projectName, type Scaffold } from "./scaffold.ts";
import { definitionFile, moduleText } from "./templates.ts";

/** ImportedProject is a project made of layers that were read somewhere else. */
export interface ImportedProject {
  /** Created where it is missing. */
  readonly directory: string;
  readonly kind: "agent" | "package";
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly description: string;
  /** Of an agent: the adapter's name and what it takes. */
  readonly adapter?: { readonly name: string; readonly options: Readonly<Record<string, unknown>> } | undefined;
  readonly layers: Layers;
  readonly format?: "ts" | "yaml" | "json" | undefined;
}

/**
 * scaffoldImport writes layers as a project: a definition, and a folder or file for each layer. Nothing that exists is touched: when any
 * of its files is there, none is written. Throws `SCAFFOLD_EXISTS`, `SCAFFOLD_NAME`.
 */
export async function scaffoldImport(project: ImportedProject): Promise<Scaffold> {
  const directory = resolve(project.directory);
  const name = projectName(project.name, directory);
  const files = filesOf(project, name);
  const existing = files.filter(({ path }) => existsSync(join(directory, path))).map(({ path }) => path);
  if (existing.length > 0) {
    const [first, ...more] = existing;
    throw new BuildError(
      "SCAFFOLD_EXISTS",
      `${first}${more.length > 0 ? ` and ${more.length} more of the files` : ""} in ${project.directory} is there already`,
      { hint: "nothing was written; choose another directory" },
    );
  }
  return { directory, name, files: await writeAll(directory, files) };
}

function filesOf(project: ImportedProject, name: string): readonly FileEntry[] {
  const { format = "ts", layers, kind, adapter, description, version = "0.1.0" } = project;
  const parts = layersOf(layers, format);
  const value = {
    name,
    version,
    description,
    ...(kind === "agent" && adapter !== undefined && { adapter: configured(adapter) }),
    ...Object.fromEntries(parts.map(({ field, declared }) => [field, declared])),
    ...(layers.secrets !== undefined && { secrets: layers.secrets.secrets }),
  };
  const definition = definitionFile({ kind, name, adapter: adapter?.name ?? "", template: "minimal", format }, value);
  return [
    ...Object.entries(definition).map(([path, text]) => fileEntry(path, text)),
    ...parts.flatMap(({ files }) => files),
  ];
}

const configured = ({ name, options }: NonNullable<ImportedProject["adapter"]>) => ({
  name,
  ...(Object.keys(options).length > 0 && { options }),
});

interface LayerFiles {
  readonly field: PathLayerName;
  /** What the definition says: `./rules/`. */
  readonly declared: string;
  readonly files: readonly FileEntry[];
}

const folders: Readonly<Partial<Record<LayerName, string>>> = { instructionTree: "instruction-tree" };

function layersOf(layers: Layers, format: "ts" | "yaml" | "json"): readonly LayerFiles[] {
  const trees = (["surfaces", "instructionTree", "rules", "skills", "knowledge", "memory"] as const).flatMap(
    (field) => {
      const payload = layers[field];
      const kind = kindOf(field);
      if (payload === undefined || kind.format !== "tree") return [];
      const files = kind.files(payload);
      return files.length === 0 ? [] : [inFolder(field, folders[field] ?? field, files)];
    },
  );
  return [...promptFile(layers), ...trees, ...documents(layers, format)];
}

const inFolder = (field: PathLayerName, folder: string, files: readonly FileEntry[]): LayerFiles => ({
  field,
  declared: `./${folder}/`,
  files: files.map((file) => ({ ...file, path: `${folder}/${file.path}` })),
});

const promptFile = ({ prompt }: Layers): readonly LayerFiles[] =>
  prompt === undefined
    ? []
    : [{ field: "prompt", declared: "./SYSTEM_PROMPT.md", files: [fileEntry("SYSTEM_PROMPT.md", prompt.bytes)] }];

const factories = { mcp: "defineMcp", subagents: "defineSubagents", persona: "definePersona" } as const;

function documents({ mcp, subagents, persona }: Layers, format: "ts" | "yaml" | "json"): readonly LayerFiles[] {
  const module = (field: keyof typeof factories, base: string, value: object, more: readonly FileEntry[] = []) => {
    const path = `${base}.${format}`;
    return {
      field,
      declared: `./${path}`,
      files: [fileEntry(path, moduleText(factories[field], value, format)), ...more],
    };
  };
  const found: LayerFiles[] = [];
  if (persona !== undefined) found.push(module("persona", "persona", authored(persona)));
  if (mcp !== undefined) {
    // What a server leaves out is what the format takes for granted.
    const servers = Object.entries(mcp.servers).map(([name, { enabled, ...server }]) => [
      name,
      enabled ? server : { ...server, enabled },
    ]);
    found.push(module("mcp", "mcp-servers", { servers: Object.fromEntries(servers) }));
  }
  if (subagents !== undefined) {
    const entries = Object.entries(subagents.agents);
    const agents = entries.map(([name, agent]) => [name, { ...agent, instructions: `./subagents/${name}.md` }]);
    const texts = entries.map(([name, { instructions }]) => fileEntry(`subagents/${name}.md`, instructions));
    found.push(module("subagents", "subagents", { agents: Object.fromEntries(agents) }, texts));
  }
  return found;
}

function authored({ specVersion: _, ...document }: { readonly specVersion?: unknown }): object {
  return document;
}

/** Files are written to a directory that has none of them; when one cannot be, those before it are taken back. */
async function writeAll(directory: string, files: readonly FileEntry[]): Promise<readonly string[]> {
  const written: string[] = [];
  const made: string[] = [];
  try {
    for (const file of files) {
      const target = join(directory, file.path);
      makeDirectories(dirname(target), made);
      written.push(file.path);
      await writeFile(target, file);
    }
    return written;
  } catch (cause) {
    for (const path of written) rmSync(join(directory, path), { force: true });
    removeEmpty(made);
    throw new BuildError(
      "SCAFFOLD_EXISTS",
      `cannot write into ${directory}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause, hint: "nothing was left behind" },
    );
  }
}

async function writeFile(target: string, file: FileEntry): Promise<void> {
  const fd = openSync(target, "wx", file.executable ? 0o777 : 0o666);
  try {
    for await (const piece of file.open()) writeSync(fd, piece);
  } finally {
    closeSync(fd);
  }
}
