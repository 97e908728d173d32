import {
  below,
  type Context,
  type Feature,
  type Part,
  type Piece,
  type Read,
  type Server,
  serversOf,
} from "@stax/materialize";
import { type FileEntry, type FileTree, fileEntry, kindOf, type Layers, type RenderedLayerName } from "@stax/schema";
import { directory } from "./directory.ts";
import { readJsonLayer, readPrompt, readTreeLayer } from "./read.ts";

type FilePart<F extends Feature> = Part<F, unknown, FileEntry>;

const part = <F extends Feature>(
  feature: F,
  write: (layers: Layers, context: Context) => Iterable<Piece<FileEntry>>,
  read: Read<FileEntry>,
): FilePart<F> => ({ feature, fidelity: "native", write, read });

/** jsonFile is a JSON document for people and programs. */
export const jsonFile = (name: string, value: unknown): FileEntry =>
  fileEntry(`${directory}/${name}`, `${JSON.stringify(value, undefined, 2)}\n`);

/** promptFile is the prompt with its templates, byte for byte. */
export const promptFile = part(
  "prompt",
  ({ prompt }) =>
    prompt === undefined ? [] : [{ items: ["prompt"], out: fileEntry(`${directory}/SYSTEM_PROMPT.md`, prompt.bytes) }],
  readPrompt,
);

/** jsonLayer writes a JSON layer with every item in it. */
export const jsonLayer = <F extends "persona" | "subagents">(feature: F): FilePart<F> =>
  part(
    feature,
    (layers) => {
      const payload = layers[feature];
      return payload === undefined
        ? []
        : [{ items: itemsOf(feature, layers), out: jsonFile(`${feature}.json`, payload) }];
    },
    readJsonLayer(feature),
  );

/** secretsFile writes the declarations; there are no values. */
export const secretsFile = part(
  "secrets",
  ({ secrets }) => (secrets === undefined ? [] : [{ items: [], out: jsonFile("secrets.json", secrets) }]),
  readJsonLayer("secrets"),
);

/** mcpFile writes the servers that may be configured, in the format's own form: placeholders stay `${KEY}`. */
export const mcpFile = part(
  "mcp",
  (layers, context) => {
    const servers = serversOf(layers, context);
    if (servers.length === 0) return [];
    const out = jsonFile("mcp.json", {
      ...layers.mcp,
      servers: Object.fromEntries(servers.map((server) => [server.name, sourceOf(server)])),
    });
    return [{ items: servers.map(({ name }) => name), out }];
  },
  readJsonLayer("mcp"),
);

// As authored, but for a literal under a declared secret's name: a reference took its place, and the server lists the secret anyway.
function sourceOf(server: Server): Server["source"] {
  if (server.kind === "remote" || server.source.env === undefined) return server.source;
  const env = Object.entries(server.source.env).filter(
    ([name, text]) => typeof server.env[name] === "string" || text.includes("${"),
  );
  return { ...server.source, env: Object.fromEntries(env) };
}

const itemsOf = (feature: RenderedLayerName, layers: Layers): readonly string[] =>
  kindOf(feature).items(layers[feature] as never); // the payload of this very kind

/** treeLayer writes the files of a layer as its author had them. */
export const treeLayer = <F extends "surfaces" | "rules" | "instructionTree" | "memory">(
  feature: F,
  name: string,
): FilePart<F> =>
  part(
    feature,
    (layers) => {
      const payload = layers[feature];
      if (payload === undefined) return [];
      const kind = kindOf(feature);
      const files: FileTree = kind.format === "tree" ? kind.files(payload) : [];
      // One piece carries the items of the whole layer: which file holds which is the kind's own business.
      return files.map((file, index) => ({
        items: index === 0 ? itemsOf(feature, layers) : [],
        out: below(`${directory}/${name}`, file),
      }));
    },
    readTreeLayer(feature, name),
  );
