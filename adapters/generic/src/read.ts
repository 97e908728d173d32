import {
  findingsInto,
  isObject,
  type JsonObject,
  looksSecret,
  parseConfig,
  type Read,
  type ReadContext,
  readLimit,
  type Section,
  textOf,
} from "@stax/materialize";
import { type FileEntry, type Layers, layerKinds, type RenderedLayerName, readEntry, sortTree } from "@stax/schema";
import { directory } from "./directory.ts";

type JsonLayer = "persona" | "subagents" | "mcp" | "secrets";

/** readJsonLayer reads a JSON layer in the format's own form. */
export const readJsonLayer =
  (feature: JsonLayer): Read<FileEntry> =>
  async (found, context) => {
    let layers: Layers = {};
    for (const { path, out } of found) {
      const value = await jsonAt(path, out, context);
      const given = feature === "mcp" && value !== undefined ? withoutSecretServers(value, path, context) : value;
      if (given === undefined) continue;
      const checked = layerKinds[feature].schema.safeParse(given);
      const [issue] = checked.error?.issues ?? [];
      if (checked.success) layers = { ...layers, [feature]: checked.data };
      else context.left(path, issue?.path.join(".") || undefined, issue?.message ?? "is not valid");
      if (!checked.success) context.left(path, undefined, "is no document of the format");
    }
    return { layers };
  };

async function jsonAt(path: string, file: FileEntry, context: ReadContext): Promise<JsonObject | undefined> {
  const value = parseConfig(await readEntry(file, readLimit), "json", (key, reason) => context.left(path, key, reason));
  if (typeof value !== "string") return value;
  context.left(path, undefined, value);
  return undefined;
}

// stax writes none; whoever edits the file may.
function withoutSecretServers(value: JsonObject, path: string, context: ReadContext): JsonObject {
  if (!isObject(value.servers)) return value;
  const kept = Object.entries(value.servers).filter(([name, server]) => {
    const isSecret = textsIn(server).some(looksSecret);
    if (isSecret) context.left(path, `servers.${name}`, "holds what looks like a credential", "declare a secret");
    return !isSecret;
  });
  return { ...value, servers: Object.fromEntries(kept) };
}

const textsIn = (value: unknown): readonly string[] =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];

/** readPrompt reads the prompt with its templates, byte for byte. */
export const readPrompt: Read<FileEntry> = async (found, context) => {
  const [file] = found;
  if (file === undefined) return {};
  const text = await textOf(file, context);
  return { layers: { prompt: { bytes: await readEntry(file.out, readLimit), text } } };
};

/** readTreeLayer reads the files of a layer as its author had them. */
export const readTreeLayer =
  (feature: RenderedLayerName & ("surfaces" | "rules" | "instructionTree" | "memory"), name: string): Read<FileEntry> =>
  async (found, context) => {
    const prefix = `${directory}/${name}/`;
    const tree = sortTree(found.map(({ path, out }) => ({ ...out, path: path.slice(prefix.length) })));
    const into = findingsInto(context, (path) => prefix + path);
    return { layers: { [feature]: await layerKinds[feature].parse(tree, into) } };
  };

/** readManifest reads what the consumer is and how it is configured; where everything lies is found without it. */
export const readManifest: Read<FileEntry> = async (found, context) => {
  const [file] = found;
  const manifest = file === undefined ? undefined : await jsonAt(file.path, file.out, context);
  if (manifest === undefined) return {};
  const { specVersion: _, layers: __, ...options } = manifest;
  return { options };
};

/** readComposed passes over documents that are composed of what lies beside the manifest: that itself is read, and would be there twice. */
export const readComposed: Read<Section> = (found, context) => {
  if (context.find(`${directory}/manifest.json`).length === 0) return { rest: found };
  for (const { path } of found)
    context.note({
      code: "import-changed",
      severity: "info",
      path,
      message: `is composed of what lies in ${directory}, which is read in its place`,
      hint: `change it there; to keep ${path} as it is, import from another runtime`,
    });
  return {};
};
