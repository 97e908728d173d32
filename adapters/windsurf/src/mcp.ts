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
import type { WindsurfOptions } from "./options.ts";
import { devinDialect, readPermissions, windsurfDialect } from "./read.ts";

const variable = (name: string): string => `\${env:${name}}`;

/** servers writes MCP servers as `.devin/config.json` holds them. */
export const servers = mcpServers("mcpServers", devinEntry, {
  keeps: ["command", "args", "env", "url", "transport", "headers"],
  read: { dialect: devinDialect, notation: notations.editor },
});

function devinEntry(server: Server, context: Context): JsonObject | undefined {
  if (!server.enabled) {
    context.lose(undefined, "is switched off, and .devin/config.json has no place that says so");
    return undefined;
  }
  if (server.kind === "stdio") return stdioEntry(server);
  const { url, transport, headers } = server;
  return present({ url: writeValue(url, variable), transport, headers: writeValues(headers, variable) });
}

/** deniedTools writes `disabledTools` of servers as denials of `mcp__<server>__<tool>`: a server's entry has no place for them. */
export const deniedTools: Part<"mcp", WindsurfOptions, JsonObject> = {
  feature: "mcp",
  fidelity: "translated",
  keeps: ["disabledTools"],
  write: function* ({ mcp }, context) {
    for (const [name, { disabledTools = [], enabled }] of Object.entries(mcp?.servers ?? {})) {
      const known = disabledTools.filter((tool) => /^[\w-]+$/.test(tool));
      if (!enabled || known.length === 0 || !/^[\w-]+$/.test(name)) continue;
      const rest = disabledTools.length - known.length;
      const others = rest === 0 ? "" : `; ${rest} of them cannot be named there`;
      context.item(name).lose("disabledTools", `are denied by permissions instead of at the server${others}`, {
        fidelity: "translated",
      });
      yield { items: [], out: { permissions: { deny: known.map((tool) => `mcp__${name}__${tool}`) } } };
    }
  },
};

/** permissions writes allow and deny rules. */
export const permissions: Part<"toolPermissions", WindsurfOptions, JsonObject> = {
  feature: "toolPermissions",
  fidelity: "native",
  write: (_, { options }) => {
    const { allow = [], deny = [] } = options.permissions ?? {};
    const set = Object.entries({ allow, deny }).filter(([, list]) => list.length > 0);
    return set.length === 0 ? [] : [{ items: [], out: { permissions: Object.fromEntries(set) } }];
  },
  read: readPermissions,
};

const oldServers = mcpServers("mcpServers", windsurfEntry, {
  fidelity: "translated",
  keeps: ["command", "args", "env", "url", "transport", "headers", "disabledTools"],
  read: { dialect: windsurfDialect, notation: notations.editor },
});

/** userServers writes the old Windsurf's `mcp_config.json`, which is a person's: servers there hold for all of the person's projects. */
export const userServers: Part<"mcp", WindsurfOptions, JsonObject> = {
  ...oldServers,
  write: function* (layers, context) {
    const found = Object.values(layers.mcp?.servers ?? {}).filter(({ enabled }) => enabled);
    if (found.length > 0) context.note(ofOneUser("the servers are written for all projects of one user"));
    const tools = found.flatMap(({ enabledTools }) => enabledTools ?? []).length;
    if (tools > 100)
      context.note({
        code: "mcp-tool-limit",
        severity: "warning",
        message: `the servers name ${tools} tools; Windsurf takes 100 of all servers together`,
      });
    yield* oldServers.write(layers, context);
  },
};

/** ofOneUser is the warning that servers of the old Windsurf belong to a user and do not travel with a project. */
export const ofOneUser = (what: string) =>
  ({
    code: "mcp-user-scope",
    severity: "warning",
    layer: "mcp",
    message: `Windsurf reads MCP servers from ~/.codeium/windsurf/mcp_config.json only, which is not portable: ${what}`,
  }) as const;

function windsurfEntry(server: Server): JsonObject {
  const { disabledTools = [] } = server.source;
  const off = {
    disabled: server.enabled ? undefined : true,
    disabledTools: disabledTools.length === 0 ? undefined : disabledTools,
  };
  if (server.kind === "stdio") return { ...stdioEntry(server), ...present(off) };
  const { url, transport, headers } = server;
  const written = writeValue(url, variable);
  return present({
    ...(transport === "sse" ? { url: written } : { serverUrl: written }),
    headers: writeValues(headers, variable),
    ...off,
  });
}

function stdioEntry({ command, args, env }: Extract<Server, { kind: "stdio" }>): JsonObject {
  const written = args.map((arg) => writeValue(arg, variable));
  return present({ command, args: written.length === 0 ? undefined : written, env: writeValues(env, variable) });
}

const present = (fields: { readonly [key: string]: JsonObject[string] | undefined }): JsonObject =>
  Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
