import {
  type Context,
  type JsonObject,
  type Part,
  type Server,
  serversOf,
  writeValue,
  writeValues,
} from "@stax/materialize";
import type { GeminiCliOptions } from "./options.ts";
import { readMcpServers } from "./read.ts";

const variable = (name: string): string => `\${${name}}`;

/**
 * servers writes MCP servers as keys of settings.json. Gemini CLI takes what is before the first underscore for the server's name where it
 * decides on a tool, so that a name has hyphens instead.
 */
export const servers: Part<"mcp", GeminiCliOptions, JsonObject> = {
  feature: "mcp",
  fidelity: "translated",
  keeps: [
    "secrets",
    "enabled",
    "command",
    "args",
    "env",
    "cwd",
    "url",
    "transport",
    "headers",
    "enabledTools",
    "disabledTools",
  ],
  write: function* (layers, context) {
    const all = serversOf(layers, context);
    for (const server of all) {
      const item = context.item(server.name);
      const name = server.name.replaceAll("_", "-");
      if (!server.enabled) {
        item.lose(undefined, "is switched off, and Gemini CLI's settings have no field that says so");
        continue;
      }
      if (name !== server.name) {
        if (all.some((other) => other.name === name)) {
          item.lose(undefined, `would have to be called "${name}", which another server is`);
          continue;
        }
        item.lose("name", `is called "${name}": Gemini CLI takes what follows an underscore for a tool`, {
          fidelity: "translated",
        });
      }
      const entry = { ...entryOf(server), ...(isTrusted(server.name, context) && { trust: true }) };
      yield { items: [server.name], out: { mcpServers: { [name]: entry } } };
    }
  },
  read: readMcpServers,
};

function entryOf(server: Server): JsonObject {
  const { enabledTools, disabledTools, cwd } = server.source;
  const tools = {
    includeTools: enabledTools?.length ? [...enabledTools] : undefined,
    excludeTools: disabledTools?.length ? [...disabledTools] : undefined,
  };
  if (server.kind === "remote")
    return present({
      type: server.transport,
      url: writeValue(server.url, variable),
      headers: writeValues(server.headers, variable),
      ...tools,
    });
  const args = server.args.map((arg) => writeValue(arg, variable));
  return present({
    command: server.command,
    args: args.length === 0 ? undefined : args,
    env: writeValues(server.env, variable),
    cwd,
    ...tools,
  });
}

// Only the author's options can ask for it, and only the user can allow it (decision O8).
function isTrusted(name: string, context: Context<GeminiCliOptions>): boolean {
  const asked = context.options.config?.["mcpServers"];
  const entry = isObject(asked) && Object.hasOwn(asked, name) ? asked[name] : undefined;
  return isObject(entry) && entry["trust"] === true && context.allows("trust", `config.mcpServers.${name}.trust`);
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const present = (fields: { readonly [key: string]: JsonObject[string] | undefined }): JsonObject =>
  Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
