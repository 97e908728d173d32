import {
  atWorkspaceFolder,
  type Found,
  isObject,
  type Json,
  type JsonObject,
  notations,
  parseConfig,
  type Read,
  type ReadContext,
  readServers,
  type ServerDialect,
  stringOf,
  stringsOf,
} from "@stax/materialize";
import { readEntry, type SecretDeclaration, secretShape } from "@stax/schema";

const limit = 16 * 1024 * 1024;

/** serverDialect reads an entry of Copilot's and of VS Code's file; one with a url and no type is reached by http. */
export const serverDialect: ServerDialect = (entry, reader) => {
  const { type, command, args, env, cwd, url, headers, tools } = entry;
  const listed = stringsOf(tools);
  if (listed?.length === 0) reader.left("tools", "offers no tool at all, which a server of stax cannot say");
  const enabledTools = listed === undefined || listed.length === 0 || listed.includes("*") ? undefined : listed;
  if (typeof command === "string")
    return {
      command: reader.value(command),
      args: reader.list(args),
      env: reader.values(env),
      cwd: typeof cwd === "string" ? reader.value(cwd) : undefined,
      enabledTools,
    };
  if (typeof url !== "string") return undefined;
  const transport = type === "sse" ? "sse" : "http";
  return { url: reader.value(url), transport, headers: reader.values(headers), enabledTools };
};

/** cliNotation finds `${NAME}`, `${NAME:-default}` and the cloud agent's `$COPILOT_MCP_NAME`. */
const cliNotation = new RegExp(`${notations.editor.source}|\\$(COPILOT_MCP_[A-Za-z0-9_]+)`, "g");

/** readCliServers reads `mcpServers` as Copilot CLI does. */
export const readCliServers: Read<JsonObject> = readServers("mcpServers", serverDialect, cliNotation);

const editorNotation = /\$\{(?:env|input):([A-Za-z_][A-Za-z0-9_]*)\}/g;
const editorEntries = atWorkspaceFolder(readServers("servers", serverDialect, editorNotation));

/** readEditorServers reads `servers` as VS Code does; what the editor asks for (`inputs`) becomes declared secrets. */
export const readEditorServers: Read<JsonObject> = async (found, context) => {
  const inputs = found.flatMap((file) => inputsOf(file, context));
  const named = new Map(inputs.map(({ id, secret }) => [id, secret.key]));
  const tools = await cliTools(context);
  const entries = found.map(({ path, out: { inputs: _, ...others } }) => ({
    path,
    out: withTools(renamed(others, named), tools),
  }));
  const { layers = {}, rest = [] } = await editorEntries(entries, context);
  const used = new Set(Object.values(layers.mcp?.servers ?? {}).flatMap(({ secrets = [] }) => secrets));
  for (const input of inputs) reportInput(input, used.has(input.secret.key), context);
  const declared = inputs.map(({ secret }) => secret).filter(({ key }) => used.has(key));
  return {
    rest,
    layers: { ...layers, ...(declared.length > 0 && { secrets: { specVersion: "1.0.0", secrets: declared } }) },
  };
};

interface Input {
  readonly path: string;
  readonly id: string;
  readonly secret: SecretDeclaration;
  readonly input: JsonObject;
}

function reportInput({ path, id, secret, input }: Input, used: boolean, context: ReadContext): void {
  if (!used) {
    context.left(path, `inputs.${id}`, "is asked for, and no server takes it");
    return;
  }
  if (input.type !== "promptString" || input.password !== true)
    context.changed(path, `inputs.${id}`, `is asked for openly; it is the declared secret ${secret.key} now`);
  for (const field of ["default", "options", "command", "args"])
    if (input[field] !== undefined) context.left(path, `inputs.${id}.${field}`, "a secret of stax has no field for it");
}

function inputsOf({ path, out }: Found<JsonObject>, context: ReadContext): readonly Input[] {
  const inputs = new Map<string, Input>();
  const listed: readonly Json[] = Array.isArray(out.inputs) ? out.inputs : [];
  if (out.inputs !== undefined && !Array.isArray(out.inputs)) context.left(path, "inputs", "is no list");
  for (const input of listed) {
    const id = isObject(input) ? stringOf(input.id) : undefined;
    if (!isObject(input) || id === undefined) {
      context.left(path, "inputs", "holds one without an id");
      continue;
    }
    const key = variableOf(id);
    const description = stringOf(input.description);
    const secret = { key, required: true, ...(isDescription(description, key) && { description }) };
    if (![...inputs.values()].some((other) => other.secret.key === key)) inputs.set(id, { path, id, secret, input });
  }
  return [...inputs.values()];
}

const isDescription = (text: string | undefined, key: string): text is string =>
  text !== undefined && text !== key && secretShape(text) === undefined;

/** The variable that stands for what the editor asks for under an id. */
function variableOf(id: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(id)) return id;
  const plain = id
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .replace(/^(?=\d)/, "_");
  return plain === "" ? "INPUT" : plain;
}

/** References to inputs by the variables that stand for them; those to an input that is asked for nowhere are asked for all the same. */
const renamed = (object: JsonObject, named: ReadonlyMap<string, string>): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, renamedIn(value, named)]));

function renamedIn(value: Json, named: ReadonlyMap<string, string>): Json {
  if (isObject(value)) return renamed(value, named);
  if (Array.isArray(value)) return value.map((item: Json) => renamedIn(item, named));
  if (typeof value !== "string") return value;
  return value.replace(/\$\{input:([^{}]*)\}/g, (_, id: string) => `\${input:${named.get(id) ?? variableOf(id)}}`);
}

/** VS Code keeps the choice of tools itself: a server that is in the file of the CLI too is the same server, with the choice made there. */
async function cliTools(context: ReadContext): Promise<ReadonlyMap<string, Json>> {
  const [file] = context.scope === "project" ? context.find(".mcp.json") : [];
  if (file === undefined || file.size > limit) return new Map();
  const value = parseConfig(await readEntry(file, limit), "json");
  const servers = typeof value === "string" ? undefined : value.mcpServers;
  return new Map(
    Object.entries(isObject(servers) ? servers : {}).flatMap(([name, entry]) =>
      isObject(entry) && entry.tools !== undefined ? [[name, entry.tools] as const] : [],
    ),
  );
}

function withTools(out: JsonObject, tools: ReadonlyMap<string, Json>): JsonObject {
  if (!isObject(out.servers)) return out;
  const servers = Object.entries(out.servers).map(([name, entry]) => {
    const chosen = tools.get(name);
    return [
      name,
      isObject(entry) && chosen !== undefined && entry.tools === undefined ? { ...entry, tools: chosen } : entry,
    ];
  });
  return { ...out, servers: Object.fromEntries(servers) };
}
