import {
  type Context,
  type JsonObject,
  mcpServers,
  notations,
  type Part,
  type Server,
  writeValue,
  writeValues,
} from "@stax/materialize";
import { readSwitchedOff, serverDialect } from "./read.ts";

const variable = (name: string): string => `\${${name}}`;

/** servers writes MCP servers as Claude Code reads them: `type` always, since it drops a server with a url and none (decision R1). */
export const servers = mcpServers("mcpServers", entryOf, {
  keeps: ["command", "args", "env", "url", "transport", "headers"],
  read: { dialect: serverDialect, notation: notations.braces },
});

function entryOf(server: Server, context: Context): JsonObject | undefined {
  if (!server.enabled && context.scope === "user") {
    context.lose(undefined, "is switched off, and Claude Code has no place in user scope that says so");
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
  });
}

const present = (fields: { readonly [key: string]: JsonObject[string] | undefined }): JsonObject =>
  Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));

/** switchedOff lists servers that are written but switched off, where Claude Code looks for that. */
export const switchedOff: Part<"mcp", unknown, JsonObject> = {
  feature: "mcp",
  fidelity: "native",
  write: ({ mcp }, { includeDisabled, scope }) => {
    const off = Object.entries(mcp?.servers ?? {}).flatMap(([name, { enabled }]) => (enabled ? [] : [name]));
    return includeDisabled && scope === "project" && off.length > 0
      ? [{ items: [], out: { disabledMcpjsonServers: off } }]
      : [];
  },
  read: readSwitchedOff,
};

/** deniedTools writes `disabledTools` of servers as denials of `mcp__<server>__<tool>`: a server's entry has no place for them. */
export const deniedTools: Part<"mcp", unknown, JsonObject> = {
  feature: "mcp",
  fidelity: "translated",
  keeps: ["disabledTools"],
  write: function* ({ mcp }, context) {
    for (const [name, { disabledTools = [], enabled }] of Object.entries(mcp?.servers ?? {})) {
      const known = disabledTools.filter((tool) => /^[\w-]+$/.test(tool));
      if ((!enabled && !context.includeDisabled) || known.length === 0 || !/^[\w-]+$/.test(name)) continue;
      const rest = disabledTools.length - known.length;
      const others = rest === 0 ? "" : `; ${rest} of them cannot be named there`;
      context.item(name).lose("disabledTools", `are denied in settings.json instead of at the server${others}`, {
        fidelity: "translated",
      });
      yield { items: [], out: { permissions: { deny: known.map((tool) => `mcp__${name}__${tool}`) } } };
    }
  },
};
