import { printable } from "@stax/errors";
import { type Layers, layerKinds, type McpServer, parseValue, secretShape, specVersion } from "@stax/schema";
import type { Found, Json, JsonObject, Read, ReadContext } from "../contract.ts";
import { isObject } from "./parse-config.ts";
import { EntryReader, type Literals } from "./server-entry.ts";

/** FoundServer is an MCP server as an author of stax writes it; absent fields are left out or undefined. */
export interface FoundServer {
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  readonly url?: string | undefined;
  readonly transport?: "http" | "sse" | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly description?: string | undefined;
  readonly secrets?: readonly string[] | undefined;
  readonly enabledTools?: readonly string[] | undefined;
  readonly disabledTools?: readonly string[] | undefined;
  readonly enabled?: boolean | undefined;
  readonly connectTimeoutMs?: number | undefined;
}

/** ServerReader turns values of a server's entry into those of the format. */
export interface ServerReader {
  /** Of the server. */
  readonly name: string;
  /** A string in which the runtime's references to variables become placeholders, and a credential a declared secret. */
  value(text: string): string;
  /** A map of such strings; `undefined` for none. A literal under a name like API_KEY becomes a declared secret. */
  values(map: Json | undefined): Readonly<Record<string, string>> | undefined;
  /** A list of such strings; `undefined` for none. */
  list(list: Json | undefined): readonly string[] | undefined;
  /** The secrets that were met in the values so far, by key. */
  readonly secrets: readonly string[];
  /** Declares a secret by its variable: a placeholder that stands for it. */
  secret(name: string): string;
  /** Fields of the entry that were not asked for are reported once the server is read; these are no loss. */
  ignore(...fields: readonly string[]): void;
  left(field: string, reason: string): void;
  changed(field: string, reason: string): void;
}

/** ServerDialect reads one entry; `undefined` where it is no server. */
export type ServerDialect = (entry: JsonObject, reader: ServerReader) => FoundServer | undefined;

/** Notation finds a runtime's references to variables in a string: the first group that matched is the variable's name. */
export type Notation = RegExp;

/** The notations of the runtimes: `${NAME}` (with `:-default`), `${env:NAME}`, `{env:NAME}`; editors take both of the first, and have variables of their own. */
export const notations = {
  braces: /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-(?:[^}$]|\$\{[^{}]*\}|\$(?!\{))*)?\}/g,
  editor:
    /\$\{(?:env:)?(?!(?:workspaceFolder|workspaceFolderBasename|userHome|pathSeparator)\})([A-Za-z_][A-Za-z0-9_]*)(?::-(?:[^}$]|\$\{[^{}]*\}|\$(?!\{))*)?\}/g,
  env: /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g,
  opencode: /\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g,
} as const;

/** readServers reads the servers below a key of a configuration file; the other keys are left to other parts. */
export const readServers =
  (key: string, dialect: ServerDialect, notation: Notation): Read<JsonObject> =>
  (found, context) => {
    const servers = new Map<string, FoundServer>();
    const literals: Literals = new Map();
    const rest: Found<JsonObject>[] = [];
    for (const { path, out } of found) {
      const { [key]: entries, ...others } = out;
      if (isObject(entries)) serversIn(entries, { path, key, dialect, notation, literals }, servers, context);
      else if (entries !== undefined) context.left(path, key, "holds no servers");
      if (Object.keys(others).length > 0) rest.push({ path, out: others });
    }
    return { layers: serversLayer(servers, context), rest };
  };

/** serversLayer makes an MCP layer of servers by name. */
export function serversLayer(servers: ReadonlyMap<string, FoundServer>, context: ReadContext): Layers {
  const valid = new Map<string, McpServer>();
  for (const [name, server] of servers) {
    const checked = checkedServer(name, server);
    if (typeof checked === "string")
      context.note({
        code: "import-left",
        severity: "warning",
        message: `the server "${printable(name)}" is not carried: ${checked}`,
      });
    else valid.set(name, checked);
  }
  return valid.size === 0 ? {} : { mcp: { specVersion, servers: Object.fromEntries(valid) } };
}

/** The server as the format has it, or why it cannot be one. */
function checkedServer(name: string, server: FoundServer): McpServer | string {
  const plain: unknown = JSON.parse(JSON.stringify({ servers: { [name]: server } })); // absent fields go
  const checked = layerKinds.mcp.schema.safeParse(plain);
  const [found] = Object.values(checked.data?.servers ?? {});
  return found ?? checked.error?.issues[0]?.message ?? "it is not valid";
}

interface Place {
  readonly path: string;
  readonly key: string;
  readonly dialect: ServerDialect;
  readonly notation: Notation;
  readonly literals: Literals;
}

function serversIn(
  entries: JsonObject,
  { path, key, dialect, notation, literals }: Place,
  servers: Map<string, FoundServer>,
  context: ReadContext,
): void {
  for (const [name, entry] of Object.entries(entries)) {
    const where = `${key}.${name}`;
    if (!isObject(entry)) {
      context.left(path, where, "is no server");
      continue;
    }
    const reader = new EntryReader(entry, { name, path, where, notation, literals }, context);
    const read = dialect(reader.entry, reader);
    const server = read === undefined ? "has neither a command nor a url that can be carried" : reader.complete(read);
    const problem = typeof server === "string" ? server : problemOf(name, server);
    if (typeof server === "string" || problem !== undefined) {
      context.left(path, where, problem ?? "is no server");
      continue;
    }
    reader.report();
    if (servers.has(name)) context.changed(path, where, "stands in place of the one of that name in another file");
    servers.set(name, server);
  }
}

/** Why a server must not be carried: it would not be valid, or carry something out that is no declared secret. */
function problemOf(name: string, server: FoundServer): string | undefined {
  const checked = checkedServer(name, server);
  if (typeof checked === "string") return checked;
  const secrets = new Set(server.secrets);
  const { command = "", cwd = "", args = [], url = "", env = {}, headers = {}, description = "" } = server;
  const fixed = [command, cwd, description, ...Object.keys(env), ...Object.keys(headers)];
  const values = [...args, url, ...Object.values(env), ...Object.values(headers)];
  const shape = [...fixed, ...values].map(secretShape).find((found) => found !== undefined);
  if (shape !== undefined) return `holds what looks like ${shape}`;
  const foreign = [
    ...fixed.flatMap((text) => parseValue(text, new Set()).foreign),
    ...values.flatMap((text) => parseValue(text, secrets).foreign),
  ];
  return foreign[0] === undefined ? undefined : `refers to ${foreign[0]} where stax has no place for a variable`;
}

/** stringOf is a field that holds text. */
export const stringOf = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** stringsOf is a field that holds a list of texts. */
export const stringsOf = (value: Json | undefined): readonly string[] | undefined =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : undefined;
