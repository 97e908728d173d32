import { printable } from "@stax/errors";
import { environmentNameOf, type Layers, type McpServer, parseValue, secretShape, type Value } from "@stax/schema";
import type { Context, JsonObject, Part } from "../contract.ts";
import { type Notation, readServers, type ServerDialect } from "../read/servers.ts";

interface ServerBase {
  readonly name: string;
  readonly enabled: boolean;
  /** As the artifact has it. */
  readonly source: McpServer;
}

/** StdioServer is a server that is started, its placeholders parsed. */
export interface StdioServer extends ServerBase {
  readonly kind: "stdio";
  readonly command: string;
  readonly args: readonly Value[];
  /** With one entry for each secret that no value names. */
  readonly env: Readonly<Record<string, Value>>;
}

/** RemoteServer is a server that is reached, its placeholders parsed. */
export interface RemoteServer extends ServerBase {
  readonly kind: "remote";
  readonly transport: "http" | "sse";
  readonly url: Value;
  readonly headers: Readonly<Record<string, Value>>;
}

/** Server is an MCP server as adapters see it: `env` in a value is the name of a variable on the user's machine. */
export type Server = StdioServer | RemoteServer;

/**
 * mcpServers writes servers as keys of a configuration file in a runtime's dialect. Switched-off servers and those that would carry a
 * variable out of the user's environment are left out and reported (decisions B10, B11).
 */
export const mcpServers = (
  key: string,
  dialect: (server: Server, context: Context) => JsonObject | undefined,
  options: {
    readonly keeps: readonly string[];
    readonly fidelity?: "native" | "translated";
    /** The way back of one entry, and how the runtime refers to variables. */
    readonly read?: { readonly dialect: ServerDialect; readonly notation: Notation };
  },
): Part<"mcp", unknown, JsonObject> => ({
  feature: "mcp",
  fidelity: options.fidelity ?? "native",
  keeps: ["secrets", "enabled", ...options.keeps],
  write: function* (layers, context) {
    for (const server of serversOf(layers, context)) {
      const written = dialect(server, context.item(server.name));
      if (written !== undefined) yield { items: [server.name], out: { [key]: { [server.name]: written } } };
    }
  },
  ...(options.read !== undefined && { read: readServers(key, options.read.dialect, options.read.notation) }),
});

/** writeValue writes a value with a runtime's notation for variables. */
export function writeValue(value: Value, variable: (name: string) => string): string {
  if (typeof value === "string") return value;
  if ("env" in value) return variable(value.env);
  return value.template.map((part) => (typeof part === "string" ? part : variable(part.env))).join("");
}

/** writeValues writes a map of values; `undefined` for an empty one. */
export function writeValues(
  values: Readonly<Record<string, Value>>,
  variable: (name: string) => string,
): Readonly<Record<string, string>> | undefined {
  const entries = Object.entries(values).map(([name, value]) => [name, writeValue(value, variable)]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** serversOf parses the servers that are to be configured, and reports those that are not. */
export function serversOf(layers: Layers, context: Context): readonly Server[] {
  return Object.entries(layers.mcp?.servers ?? {}).flatMap(([name, server]) => {
    const item = context.item(name);
    if (!server.enabled && !context.includeDisabled) {
      item.lose(undefined, "is switched off and is not configured", {
        severity: "info",
        hint: "--include-disabled writes it as switched off where the runtime can",
      });
      return [];
    }
    const parsed = parseServer(name, server, item);
    return parsed === undefined ? [] : [parsed];
  });
}

function parseServer(name: string, source: McpServer, context: Context): Server | undefined {
  const reader = new ValueReader(context);
  const { command, url, transport, enabled } = source;
  const undeclared = (source.secrets ?? []).find((key) => !context.secrets.has(key));
  if (undeclared !== undefined)
    return omit(context, `needs the secret "${printable(undeclared)}", which is not declared`);
  const common = { name, enabled, source };
  const server: Server | undefined =
    command !== undefined
      ? {
          ...common,
          kind: "stdio",
          command: reader.plain(command),
          args: (source.args ?? []).map((arg) => reader.value(arg)),
          env: environmentOf(source, reader, context),
        }
      : url !== undefined && transport !== undefined
        ? { ...common, kind: "remote", transport, url: reader.value(url), headers: reader.values(source.headers ?? {}) }
        : undefined;
  if (source.cwd !== undefined) reader.plain(source.cwd);
  const [credential] = reader.credentials;
  if (credential !== undefined) return omit(context, `holds what looks like ${credential}`, "secret-value");
  const [foreign] = reader.foreign;
  if (foreign !== undefined) return omit(context, `refers to ${printable(foreign)}, which is no declared secret`);
  if (server === undefined) return omit(context, "has neither a command nor a url with its transport");
  if (server.kind === "remote" && (source.secrets ?? []).some((key) => !reader.used.has(key)))
    context.note({
      code: "mcp-remote-secret",
      severity: "warning",
      message: `the server "${printable(name)}" needs a secret, but no header or url says where it goes`,
      hint: 'write e.g. headers: { Authorization: "Bearer ${KEY}" }',
    });
  return server;
}

function omit(context: Context, reason: string, code = "mcp-secret-undeclared"): undefined {
  context.lose(undefined, `${reason}; the server is omitted`, { severity: "error", code });
  return undefined;
}

// Each secret that a stdio server lists and no value names is handed over under its own name.
function environmentOf(source: McpServer, reader: ValueReader, context: Context): Readonly<Record<string, Value>> {
  const env: Record<string, Value> = { ...reader.values(source.env ?? {}) };
  for (const key of source.secrets ?? []) {
    const secret = context.secrets.get(key);
    if (secret === undefined) continue;
    const name = environmentNameOf(secret);
    // A literal under the name of a secret would be its value: the reference takes its place.
    const literal = typeof env[name] === "string" && env[name] !== "";
    if (literal)
      context.lose("env", `held a literal value for the secret "${printable(key)}"; a reference is written instead`, {
        severity: "error",
        code: "secret-value",
      });
    if (literal || (!reader.used.has(key) && env[name] === undefined)) env[name] = reader.reference(key);
  }
  return env;
}

class ValueReader {
  readonly foreign: string[] = [];
  readonly credentials: string[] = [];
  readonly used = new Set<string>();
  readonly #context: Context;
  readonly #keys: ReadonlySet<string>;

  constructor(context: Context) {
    this.#context = context;
    this.#keys = new Set(context.secrets.keys());
  }

  value(text: string): Value {
    const { value, foreign } = parseValue(text, this.#keys);
    this.foreign.push(...foreign, ...(text.match(fileExpansion) ?? []));
    const shape = secretShape(text);
    if (shape !== undefined) this.credentials.push(shape);
    if (typeof value === "string") return value;
    if ("env" in value) return this.reference(value.env);
    return { template: value.template.map((part) => (typeof part === "string" ? part : this.reference(part.env))) };
  }

  values(map: Readonly<Record<string, string>>): Readonly<Record<string, Value>> {
    for (const name of Object.keys(map)) this.plain(name);
    return Object.fromEntries(Object.entries(map).map(([name, text]) => [name, this.value(text)]));
  }

  /** A string in which no placeholder may stand, declared or not. */
  plain(text: string): string {
    this.foreign.push(...parseValue(text, new Set()).foreign, ...(text.match(fileExpansion) ?? []));
    return text;
  }

  reference(key: string): { readonly env: string } {
    this.used.add(key);
    const secret = this.#context.secrets.get(key);
    const name = secret === undefined ? key : environmentNameOf(secret);
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      this.foreign.push(`the secret "${key}", whose name is no environment variable's`);
    return { env: name };
  }
}

// opencode and Devin read files through these; no other notation of theirs is missed by parseValue.
const fileExpansion = /\{file:[^}]*\}/g;
