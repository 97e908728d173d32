import {
  type Context,
  type JsonObject,
  mcpServers,
  type Part,
  type Server,
  writeValue,
  writeValues,
} from "@stax/materialize";
import { isExpansion } from "./permission.ts";
import { readServers } from "./read-servers.ts";

const variable = (name: string): string => `{env:${name}}`;

/** servers writes `mcp.<name>`: one list for command and arguments, `environment`, and variables as `{env:NAME}`. */
export const servers: Part<"mcp", unknown, JsonObject> = {
  ...mcpServers("mcp", entryOf, {
    fidelity: "translated",
    keeps: ["command", "args", "env", "cwd", "url", "transport", "headers", "connectTimeoutMs", "disabledTools"],
  }),
  read: readServers,
};

function entryOf(server: Server, context: Context): JsonObject | undefined {
  // In names and literal text, the start of an expansion would be completed by whatever follows in the file.
  if (literalsOf(server).some(isExpansion)) {
    context.lose(undefined, "holds what opencode would replace by a variable or file of yours; the server is omitted", {
      severity: "error",
      code: "mcp-secret-undeclared",
    });
    return undefined;
  }
  const { connectTimeoutMs, disabledTools = [] } = server.source;
  if (disabledTools.length > 0)
    context.lose("disabledTools", "are denied under permission instead of at the server", { fidelity: "translated" });
  return {
    ...(server.kind === "stdio" ? local(server) : remote(server)),
    ...(connectTimeoutMs !== undefined && connectTimeoutMs > 0 && { timeout: Math.ceil(connectTimeoutMs) }),
    ...(!server.enabled && { enabled: false }),
  };
}

function local({ command, args, env, source }: Extract<Server, { kind: "stdio" }>): JsonObject {
  const environment = writeValues(env, variable);
  return {
    type: "local",
    command: [command, ...args.map((arg) => writeValue(arg, variable))],
    ...(source.cwd !== undefined && { cwd: source.cwd }),
    ...(environment && { environment }),
  };
}

function remote({ url, headers }: Extract<Server, { kind: "remote" }>): JsonObject {
  const written = writeValues(headers, variable);
  return { type: "remote", url: writeValue(url, variable), ...(written && { headers: written }) };
}

function literalsOf(server: Server): readonly string[] {
  const values =
    server.kind === "stdio"
      ? [...server.args, ...Object.values(server.env)]
      : [server.url, ...Object.values(server.headers)];
  const names =
    server.kind === "stdio"
      ? [server.command, server.source.cwd ?? "", ...Object.keys(server.env)]
      : Object.keys(server.headers);
  const texts = values.flatMap((value) => {
    if (typeof value === "string") return [value];
    return "env" in value ? [] : value.template.filter((part) => typeof part === "string");
  });
  return [server.name, ...names, ...texts];
}
