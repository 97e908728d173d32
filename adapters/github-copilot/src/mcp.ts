import {
  type Context,
  type JsonObject,
  mcpServers,
  type Part,
  type Server,
  serversOf,
  writeValue,
  writeValues,
} from "@stax/materialize";
import { compareBytes, environmentNameOf, type SecretDeclaration } from "@stax/schema";
import { readCliServers, readEditorServers } from "./read-servers.ts";

const keeps = ["command", "args", "env", "url", "transport", "headers"];
const variable = (name: string): string => `\${${name}}`;
const input = (name: string): string => `\${input:${name}}`;

/** cliServers writes servers for Copilot CLI and the cloud agent: `mcpServers`, `type` always, `${NAME}`, and which tools are offered. */
export const cliServers: Part<"mcp", unknown, JsonObject> = {
  ...mcpServers("mcpServers", (server, context) => cliEntry(server, context), {
    fidelity: "translated",
    keeps: [...keeps, "enabledTools"],
  }),
  read: readCliServers,
};

function cliEntry(server: Server, context: Context): JsonObject | undefined {
  const entry = entryOf(server, variable, context);
  const tools = server.source.enabledTools;
  if (entry === undefined || tools === undefined || tools.length === 0) return entry;
  if (context.scope === "project")
    context.lose("enabledTools", "holds in Copilot CLI only: VS Code keeps the choice of tools itself", {
      fidelity: "translated",
    });
  return { ...entry, tools: [...tools] };
}

/** editorServers writes servers for VS Code: `servers`, and an input for each secret, which the editor asks for and keeps (S34-11). */
export const editorServers: Part<"mcp", unknown, JsonObject> = {
  feature: "mcp",
  fidelity: "translated",
  keeps: ["secrets", "enabled", ...keeps],
  write: function* (layers, context) {
    const asked = new Set<string>();
    const ask = (name: string): string => {
      asked.add(name);
      return input(name);
    };
    for (const server of serversOf(layers, context)) {
      const entry = entryOf(server, ask, context.item(server.name));
      if (entry !== undefined) yield { items: [server.name], out: { servers: { [server.name]: entry } } };
    }
    const secrets = [...context.secrets.values()].filter((secret) => asked.has(environmentNameOf(secret)));
    const inputs = secrets.sort((a, b) => compareBytes(environmentNameOf(a), environmentNameOf(b))).map(inputOf);
    if (inputs.length > 0) yield { items: [], out: { inputs } };
  },
  read: readEditorServers,
};

const inputOf = (secret: SecretDeclaration): JsonObject => ({
  type: "promptString",
  id: environmentNameOf(secret),
  description: secret.description ?? secret.key,
  password: true,
});

function entryOf(server: Server, reference: (name: string) => string, context: Context): JsonObject | undefined {
  if (!server.enabled) {
    context.lose(undefined, "is switched off, and Copilot's files have no field that says so");
    return undefined;
  }
  if (server.kind === "remote")
    return present({
      type: server.transport,
      url: writeValue(server.url, reference),
      headers: writeValues(server.headers, reference),
    });
  const args = server.args.map((arg) => writeValue(arg, reference));
  return present({
    type: "stdio",
    command: server.command,
    args: args.length === 0 ? undefined : args,
    env: writeValues(server.env, reference),
  });
}

const present = (fields: { readonly [key: string]: JsonObject[string] | undefined }): JsonObject =>
  Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
