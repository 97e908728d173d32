import { type FileEntry, type FileTree, fileEntry, type Layers, sortTree } from "@stax/schema";
import * as z from "zod";
import type { Import } from "../adapter-contract.ts";
import type { FoundRule, Imported, Json, JsonObject, Part, Read, ReadContext, Scope } from "../index.ts";
import {
  allSurfaceSections,
  config,
  defineAdapter,
  document,
  files,
  knowledgePointer,
  knowledgeTree,
  lenientMarkdown,
  listField,
  mcpServers,
  nestedInstructions,
  notations,
  readMarkdownSubagents,
  readRuntime,
  rulesLayer,
  skillTrees,
  textOf,
} from "../index.ts";
import type { ServerDialect } from "./servers.ts";

const none = "none";

/** toyDialect reads servers with every field that a dialect can read. */
export const toyDialect: ServerDialect = ({ command, args, env, cwd, url, headers }, reader) =>
  typeof command === "string"
    ? {
        command: reader.value(command),
        args: reader.list(args),
        env: reader.values(env),
        ...(typeof cwd === "string" && { cwd }),
      }
    : typeof url === "string"
      ? { url: reader.value(url), transport: "http", headers: reader.values(headers) }
      : undefined;

const settings: Part<"modelConfig", unknown, JsonObject> = {
  feature: "modelConfig",
  fidelity: "native",
  write: () => [],
  read: (found) => {
    const taken: Record<string, Json> = {};
    const rest = found.map(({ path, out }) => {
      const { strange, mcp, $schema: _, ...others } = out;
      Object.assign(taken, others);
      return { path, out: { ...(strange !== undefined && { strange }), ...(mcp !== undefined && { mcp }) } };
    });
    return { rest: rest.filter(({ out }) => Object.keys(out).length > 0), options: taken };
  },
};

const readRules: Read<FileEntry> = async (found, context) => {
  const rules: FoundRule[] = [];
  for (const file of found) {
    const { fields, body } = lenientMarkdown(await textOf(file, context));
    const globs = listField(fields, "globs") ?? [];
    rules.push({
      from: file.path,
      path: file.path.slice(".toy/rules/".length),
      scope: globs.length > 0 ? "glob" : "always",
      globs,
      body,
      file: file.out,
    });
  }
  return { layers: await rulesLayer(rules, context) };
};

const noWrite = () => [];

/** toyAdapter is a runtime with a document, rules, skills, agents, knowledge, a JSON and a TOML configuration. */
export const toyAdapter = (more: Partial<Import> = {}) =>
  defineAdapter({
    name: "toy",
    displayName: "Toy",
    adapterVersion: "1.0.0",
    options: z.object({
      model: z.string().optional(),
      modelParams: z.record(z.string(), z.unknown()).optional(),
      mode: z.enum(["a", "b"]).optional(),
      list: z.array(z.string()).optional(),
      group: z.record(z.string(), z.string()).optional(),
      layout: z.string().optional(),
    }),
    outputs: [
      document(
        { project: "TOY.md", user: ".toy/TOY.md" },
        [allSurfaceSections, nestedInstructions("TOY.md"), knowledgePointer],
        {
          nested: "**/TOY.md",
          includes: { file: "AGENTS.md", directive: "@AGENTS.md", alone: true },
        },
      ),
      files(".toy/rules/**", { feature: "rules", fidelity: "native", write: noWrite, read: readRules }),
      files(".toy/skills/**", skillTrees(".toy/skills")),
      files(".toy/agents/*.md", {
        feature: "subagents",
        fidelity: "native",
        write: noWrite,
        read: readMarkdownSubagents(),
      }),
      files(".agents/knowledge/**", knowledgeTree),
      config("json", ".toy/toy.json", [
        settings,
        mcpServers("mcp", () => undefined, { keeps: [], read: { dialect: toyDialect, notation: notations.braces } }),
      ]),
      config("toml", ".toy/toy.toml", [settings]),
    ],
    unsupported: { prompt: none, persona: none, memory: none, secrets: none, toolPermissions: none },
    runtimeFiles: [
      { path: ".toy/state/**", scope: "project", class: "state" },
      { path: ".toy/local.json", scope: "project", class: "local-override" },
      { path: ".toy/key", scope: "project", class: "secret" },
    ],
    import: { signs: [".toy/**"], directories: [".toy"], ...more },
  });

type Files = Readonly<Record<string, string | Uint8Array>>;

/** treeOf makes a tree of contents by path. */
export const treeOf = (contents: Files): FileTree =>
  sortTree(Object.entries(contents).map(([path, content]) => fileEntry(path, content)));

/** Told is what was read, in forms that tests compare. */
export interface Told extends Imported {
  readonly outcomes: Readonly<Record<string, string>>;
  /** `code path: message` of each finding. */
  readonly said: readonly string[];
}

/** readToy reads files as the toy runtime does. */
export async function readToy(
  contents: Files | FileTree,
  more: Partial<Import> = {},
  scope: Scope = "project",
): Promise<Told> {
  const tree = Array.isArray(contents) ? (contents as FileTree) : treeOf(contents as Files); // isArray narrows no readonly array
  const imported = await readRuntime(toyAdapter(more), tree, { scope });
  return {
    ...imported,
    outcomes: Object.fromEntries(imported.files.map(({ path, outcome }) => [path, outcome])),
    said: imported.diagnostics.map(({ code, path = "", message }) => `${code} ${path}: ${message}`),
  };
}

/** serversOf reads servers from `.toy/toy.json`. */
export async function readToyServers(
  servers: unknown,
): Promise<Told & { readonly servers: NonNullable<Layers["mcp"]>["servers"] }> {
  const told = await readToy({ ".toy/toy.json": JSON.stringify({ mcp: servers }) });
  return { ...told, servers: told.layers.mcp?.servers ?? {} };
}

/** heard is a context that keeps what it is told. */
export function heard(): { readonly context: ReadContext; readonly said: string[] } {
  const said: string[] = [];
  const context: ReadContext = {
    scope: "project",
    runtime: "Toy",
    secret: (name) => `\${${name}}`,
    changed: (path, what, reason) => said.push(`changed ${path}: ${what ?? ""}: ${reason}`),
    left: (path, what, reason) => said.push(`left ${path}: ${what ?? ""}: ${reason}`),
    note: ({ code, path = "", message }) => said.push(`${code} ${path}: ${message}`),
    find: () => [],
  };
  return { context, said };
}
