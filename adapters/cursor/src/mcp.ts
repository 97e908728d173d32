import {
  atWorkspaceFolder,
  type Context,
  type JsonObject,
  mcpServers,
  notations,
  type Part,
  readServers,
  type Server,
  writeValue,
  writeValues,
} from "@stax/materialize";
import { serverDialect } from "./read.ts";

const variable = (name: string): string => `\${env:${name}}`;

/**
 * servers writes MCP servers as Cursor reads them. One entry that does not fit makes it take the whole file for empty, so that nothing is
 * written here but the fields it knows.
 */
export const servers: Part<"mcp", unknown, JsonObject> = {
  ...mcpServers("mcpServers", entryOf, {
    fidelity: "translated",
    keeps: ["command", "args", "env", "cwd", "url", "transport", "headers"],
  }),
  read: atWorkspaceFolder(readServers("mcpServers", serverDialect, notations.editor)),
};

function entryOf(server: Server, context: Context): JsonObject | undefined {
  if (!server.enabled) {
    context.lose(undefined, "is switched off, and Cursor's file has no field that says so");
    return undefined;
  }
  if (server.kind === "remote")
    return present({
      type: server.transport,
      url: writeValue(server.url, variable),
      headers: writeValues(server.headers, variable),
    });
  const args = server.args.map((arg) => writeValue(arg, variable));
  return present({
    type: "stdio",
    command: server.command,
    args: args.length === 0 ? undefined : args,
    env: writeValues(server.env, variable),
    cwd: server.source.cwd,
  });
}

const present = (fields: { readonly [key: string]: JsonObject[string] | undefined }): JsonObject =>
  Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
