import { printable } from "@stax/errors";
import { type Layers, layerKinds, type McpServer, mcpFindings, secretShape, specVersion } from "@stax/schema";
import type { Found, Json, JsonObject, Read, ReadContext } from "../contract.ts";
import { isObject } from "./parse-config.ts";
import { holdsPassword } from "./without-credentials.ts";

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

/** The notations of the runtimes: `${NAME}` (with `:-default`), `${env:NAME}`, `{env:NAME}`. */
export const notations = {
  braces: /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}/g,
  env: /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g,
  opencode: /\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g,
} as const;

/** readServers reads the servers below a key of a configuration file; the other keys are left to other parts. */
export const readServers =
  (key: string, dialect: ServerDialect, notation: Notation): Read<JsonObject> =>
  (found, context) => {
    const servers = new Map<string, FoundServer>();
    const rest: Found<JsonObject>[] = [];
    for (const { path, out } of found) {
      const { [key]: entries, ...others } = out;
      if (isObject(entries)) serversIn(entries, path, key, { dialect, notation }, servers, context);
      else if (entries !== undefined) context.left(path, key, "holds no servers");
      if (Object.keys(others).length > 0) rest.push({ path, out: others });
    }
    return { layers: serversLayer(servers, context), rest };
  };

/** serversLayer makes an MCP layer of servers by name. */
export function serversLayer(servers: ReadonlyMap<string, FoundServer>, context: ReadContext): Layers {
  const valid: Record<string, McpServer> = {};
  for (const [name, server] of servers) {
    const plain: unknown = JSON.parse(JSON.stringify({ servers: { [name]: server } })); // absent fields go
    const checked = layerKinds.mcp.schema.safeParse(plain);
    const problem = checked.success
      ? mcpFindings(checked.data, new Set(server.secrets)).find(({ severity }) => severity === "error")?.message
      : (checked.error.issues[0]?.message ?? "it is not valid");
    if (checked.success && problem === undefined) Object.assign(valid, checked.data.servers);
    else
      context.note({
        code: "import-left",
        severity: "warning",
        message: `the server "${printable(name)}" is not carried: ${problem}`,
      });
  }
  return Object.keys(valid).length === 0 ? {} : { mcp: { specVersion, servers: valid } };
}

interface Language {
  readonly dialect: ServerDialect;
  readonly notation: Notation;
}

function serversIn(
  entries: JsonObject,
  path: string,
  key: string,
  { dialect, notation }: Language,
  servers: Map<string, FoundServer>,
  context: ReadContext,
): void {
  for (const [name, entry] of Object.entries(entries)) {
    const where = `${key}.${name}`;
    if (!isObject(entry)) {
      context.left(path, where, "is no server");
      continue;
    }
    const reader = new EntryReader(name, entry, path, where, notation, context);
    const server = dialect(reader.entry, reader);
    if (server === undefined) {
      context.left(path, where, "has neither a command nor a url that can be carried");
      continue;
    }
    reader.reportUnread();
    servers.set(name, reader.complete(server));
  }
}

// A name that promises a credential; its literal value has no place in an artifact.
const promising =
  /(?:^|[_-])(?:api[_-]?key|key|token|secret|password|passwd|pwd|pat|credentials?|authorization)$|^authorization$|apikey$/i;

class EntryReader implements ServerReader {
  /** Notes which fields are asked for. */
  readonly entry: JsonObject;
  readonly #asked = new Set<string>();
  readonly #secrets = new Set<string>();
  readonly #name: string;
  readonly #path: string;
  readonly #where: string;
  readonly #notation: Notation;
  readonly #context: ReadContext;

  constructor(name: string, entry: JsonObject, path: string, where: string, notation: Notation, context: ReadContext) {
    this.#name = name;
    this.#path = path;
    this.#where = where;
    this.#notation = notation;
    this.#context = context;
    const asked = this.#asked;
    this.entry = new Proxy(entry, {
      get: (target, field) => {
        if (typeof field === "string") asked.add(field);
        return Reflect.get(target, field);
      },
    });
  }

  get secrets(): readonly string[] {
    return [...this.#secrets];
  }

  secret(name: string): string {
    this.#secrets.add(name);
    return this.#context.secret(name);
  }

  value(text: string): string {
    return this.#valueNamed(text, this.#name);
  }

  values(map: Json | undefined): Readonly<Record<string, string>> | undefined {
    if (!isObject(map)) return undefined;
    const values = Object.entries(map).map(([name, value]) => [name, this.#valueNamed(textOf(value), name, true)]);
    return values.length === 0 ? undefined : Object.fromEntries(values);
  }

  list(list: Json | undefined): readonly string[] | undefined {
    if (!Array.isArray(list)) return undefined;
    const values = list.map((item: Json, index) => {
      const flag = textOf(list[index - 1] ?? "");
      const follows = /^--?[\w-]+$/.test(flag) && promising.test(flag);
      return this.#valueNamed(textOf(item), follows ? flag : this.#name, follows);
    });
    return values.length === 0 ? undefined : values;
  }

  ignore(...fields: readonly string[]): void {
    for (const field of fields) this.#asked.add(field);
  }

  left(field: string, reason: string): void {
    this.#asked.add(field);
    this.#context.left(this.#path, `${this.#where}.${field}`, reason);
  }

  changed(field: string, reason: string): void {
    this.#asked.add(field);
    this.#context.changed(this.#path, `${this.#where}.${field}`, reason);
  }

  reportUnread(): void {
    for (const field of Object.keys(this.entry))
      if (!this.#asked.has(field))
        this.#context.left(this.#path, `${this.#where}.${field}`, "a server of stax has no field for it");
  }

  /** A variable that is handed over under its own name needs no entry in `env`: the list of secrets says it. */
  complete(server: FoundServer): FoundServer {
    const secrets = [...new Set([...(server.secrets ?? []), ...this.#secrets])];
    const env = Object.entries(server.env ?? {});
    while (env.length > 0 && isOwn(env.at(-1))) env.pop();
    const { env: _, secrets: __, ...others } = server;
    return {
      ...others,
      ...(env.length > 0 && { env: Object.fromEntries(env) }),
      ...(secrets.length > 0 && { secrets }),
    };
  }

  #valueNamed(text: string, name: string, mayPromise = false): string {
    let references = 0;
    const replaced = text.replace(this.#notation, (whole, ...groups: unknown[]) => {
      const variable = groups.find((group): group is string => typeof group === "string");
      if (variable === undefined) return whole;
      references += 1;
      if (whole.includes(":-"))
        this.#context.changed(this.#path, `${this.#where}: ${variable}`, "had a default value, which is not carried");
      return this.secret(variable);
    });
    if (references > 0) return replaced;
    const scheme = /^(Bearer|Basic|Token)\s+(?=\S)/i.exec(text);
    const promises = mayPromise && promising.test(name) && text.trim() !== "";
    if (secretShape(text) === undefined && !holdsPassword(text) && !promises) return text;
    return this.#withoutCredential(name, scheme?.[0] ?? "");
  }

  #withoutCredential(name: string, scheme: string): string {
    const own = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && /[_A-Z]/.test(name) && name === name.toUpperCase();
    const variable = own
      ? name
      : `${this.#name}_${name === this.#name ? "secret" : name}`
          .toUpperCase()
          .replace(/[^A-Z0-9]+/g, "_")
          .replace(/^_+|_+$/g, "")
          .replace(/^(?=\d)/, "_");
    this.#context.note({
      code: "import-secret",
      severity: "warning",
      path: this.#path,
      message: `${printable(this.#where)}: ${printable(name)} holds what looks like a credential; the secret ${variable} takes its place`,
      hint: `set ${variable} in the environment; the value stays in ${this.#path} and nowhere else`,
    });
    return scheme + this.secret(variable);
  }
}

const isOwn = (entry: readonly [string, string] | undefined): boolean =>
  entry !== undefined && entry[1] === `\${${entry[0]}}`;

const textOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** stringOf is a field that holds text. */
export const stringOf = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** stringsOf is a field that holds a list of texts. */
export const stringsOf = (value: Json | undefined): readonly string[] | undefined =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : undefined;
