import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Adapter,
  apply,
  type Loss,
  type Materialization,
  type MaterializeOptions,
  materialize,
  plan,
  Root,
} from "@stax/materialize";
import {
  type AdapterConfig,
  type AgentConfig,
  type FileTree,
  fileEntry,
  type Layers,
  layerKinds,
  type ParseContext,
  sortTree,
} from "@stax/schema";
import { onTestFinished } from "vitest";

/** Written is what a runtime finds, and what was said about it. */
export interface Written {
  /** Every file by path, as text. */
  readonly files: Readonly<Record<string, string>>;
  readonly losses: readonly Loss[];
  readonly made: Materialization;
  /** The directory the files are in; removed when the test ends. */
  readonly directory: string;
}

/** writeLayers materializes layers for an adapter, or several together, into a directory of its own and reads back every file. */
export async function writeLayers(
  adapters: Adapter | readonly Adapter[],
  layers: Layers,
  adapter?: AdapterConfig,
  options: MaterializeOptions & Pick<AgentConfig, "hints"> = {},
): Promise<Written> {
  const { hints, ...wishes } = options;
  const all = "name" in adapters ? [adapters] : adapters;
  const config: AgentConfig = {
    specVersion: "1.0.0",
    kind: "agent",
    name: "sample",
    version: "1.0.0",
    adapter: adapter ?? all[0]?.configure() ?? { type: "none", runtime: "none", adapterVersion: "1.0.0" },
    ...(hints && { hints }),
  } as AgentConfig; // a config without an adapter is what materialize refuses
  const together = all.length > 1 ? { adapters: all.map(({ name }) => name) } : {};
  const made = materialize(layers, config, all, { ...together, ...wishes });
  const directory = mkdtempSync(join(tmpdir(), "stax-written-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const root = Root.at(directory);
  await apply(await plan(made.composed, [], root), root, { record: false });
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => statSync(join(directory, path)).isFile());
  const files = Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(directory, path), "utf8")]));
  return { files, losses: made.renderings.flatMap((rendering) => rendering.losses), made, directory };
}

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Sources are layers as an author has them: texts, files by path, documents, and keys of secrets. */
export interface Sources {
  readonly prompt?: string;
  readonly persona?: object;
  readonly surfaces?: Files;
  readonly rules?: Files;
  readonly skills?: Files;
  readonly instructionTree?: Files;
  readonly knowledge?: Files;
  readonly memory?: Files;
  /** Servers by name. */
  readonly mcp?: object;
  /** Subagents by name. */
  readonly subagents?: object;
  readonly secrets?: readonly string[];
}

const strict: ParseContext = {
  report: ({ severity, path, message }) => {
    if (severity === "error") throw new Error(`${path ?? ""}: ${message}`);
  },
};

const treeOf = (files: Files): FileTree =>
  sortTree(
    Object.entries(files).map(([path, content]) => fileEntry(path, content, { executable: path.endsWith(".sh") })),
  );

const trees = ["surfaces", "rules", "skills", "instructionTree", "knowledge", "memory"] as const;

/** parseLayers makes layers of sources, strictly: what the format refuses throws. */
export async function parseLayers(sources: Sources): Promise<Layers> {
  const { prompt, persona, mcp, subagents, secrets } = sources;
  const parsed = await Promise.all(
    trees.flatMap((name) => {
      const files = sources[name];
      return files === undefined
        ? []
        : [Promise.resolve(layerKinds[name].parse(treeOf(files), strict)).then((layer) => [name, layer] as const)];
    }),
  );
  return {
    ...Object.fromEntries(parsed),
    ...(prompt !== undefined && { prompt: { bytes: new TextEncoder().encode(prompt), text: prompt } }),
    ...(persona !== undefined && { persona: layerKinds.persona.schema.parse(persona) }),
    ...(mcp !== undefined && { mcp: layerKinds.mcp.schema.parse({ servers: mcp }) }),
    ...(subagents !== undefined && { subagents: layerKinds.subagents.schema.parse({ agents: subagents }) }),
    ...(secrets !== undefined && {
      secrets: layerKinds.secrets.schema.parse({ secrets: secrets.map((key) => ({ key, required: true })) }),
    }),
  };
}
