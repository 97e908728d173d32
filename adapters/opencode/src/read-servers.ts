import {
  type Found,
  isObject,
  type Json,
  type JsonObject,
  notations,
  type Read,
  readServers as readEntries,
  type ServerDialect,
  type ServerReader,
  stringOf,
} from "@stax/materialize";
import { asOne } from "./read-configs.ts";
import { toolNames } from "./tool-names.ts";

/** readServers reads the files of the configuration as one, takes the servers out, and gives back to each the tools that are denied last. */
export const readServers: Read<JsonObject> = (found, context) => {
  const config = asOne(found, context);
  const { denied, rest } = deniedTools(config);
  return readEntries("mcp", dialect(denied), notations.opencode)(rest, context);
};

const dialect =
  (denied: ReadonlyMap<string, readonly string[]>): ServerDialect =>
  (entry, reader) => {
    const { type, command, url, timeout } = entry;
    const common = {
      disabledTools: denied.get(reader.name),
      enabled: entry.enabled === false ? false : undefined,
      connectTimeoutMs: typeof timeout === "number" && timeout > 0 ? Math.ceil(timeout) : undefined,
    };
    if (Array.isArray(command) && type !== "remote") {
      const [program, ...args] = reader.list(withoutFiles(command, "command", reader)) ?? [];
      if (program === undefined || program === "") return undefined;
      const env = reader.values(withoutFiles(entry.environment, "environment", reader));
      return { ...common, command: program, args: args.length === 0 ? undefined : args, env, cwd: stringOf(entry.cwd) };
    }
    if (typeof url !== "string" || type === "local") return undefined;
    return {
      ...common,
      url: reader.value(url),
      transport: "http",
      headers: reader.values(withoutFiles(entry.headers, "headers", reader)),
    };
  };

/** A file that a value is read from holds what nobody else should see: a secret takes its place. */
function withoutFiles(value: Json | undefined, at: string, reader: ServerReader): Json | undefined {
  if (typeof value === "string") {
    if (!/\{file:/i.test(value)) return value;
    const name = `${reader.name}_${at.slice(at.indexOf(".") + 1)}`.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
    const variable = /^[A-Z_]/.test(name) ? name : `_${name}`;
    reader.left(at, `is read from a file, which is not carried; the secret ${variable} takes its place`);
    return value.replace(/\{file:[^}]*\}/gi, `{env:${variable}}`);
  }
  if (Array.isArray(value))
    return value.map((item: Json, index) => withoutFiles(item, `${at}.${index}`, reader) ?? item);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutFiles(item, `${at}.${key}`, reader) ?? item]),
  );
}

interface Denied {
  readonly denied: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly Found<JsonObject>[];
}

/** The last entries of `permission` that deny one tool of a server: that is how a server's disabled tools are written. */
function deniedTools(config: readonly Found<JsonObject>[]): Denied {
  const servers = config.flatMap(({ out }) => (isObject(out.mcp) ? Object.keys(out.mcp) : []));
  const denied = new Map<string, readonly string[]>();
  const rest = config.map(({ path, out }) => {
    if (!isObject(out.permission)) return { path, out };
    const entries = Object.entries(out.permission);
    for (let last = entries.at(-1); last !== undefined; last = entries.at(-1)) {
      const [name, action] = last;
      const server = action === "deny" ? serverOf(name, servers) : undefined;
      if (server === undefined) break;
      const tool = name.slice((toolNames(server, [""])[0] ?? "").length);
      denied.set(server, [tool, ...(denied.get(server) ?? [])]);
      entries.pop();
    }
    const { permission, ...others } = out;
    const kept = entries.length === 0 ? others : { ...out, permission: Object.fromEntries(entries) };
    return { path, out: entries.length === Object.keys(permission).length ? out : kept };
  });
  return { denied, rest };
}

// Of several servers that a name may belong to, the one with the longest name.
function serverOf(name: string, servers: readonly string[]): string | undefined {
  if (!/^[\w-]+$/.test(name)) return undefined;
  const fitting = servers.filter((server) => {
    const [prefix = ""] = toolNames(server, [""]);
    return name.startsWith(prefix) && name.length > prefix.length;
  });
  return fitting.sort((a, b) => b.length - a.length)[0];
}
