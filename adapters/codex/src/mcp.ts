import {
  type Context,
  type JsonObject,
  mcpServers,
  type RemoteServer,
  type Server,
  type StdioServer,
} from "@stax/materialize";
import type { Value } from "@stax/schema";
import { noReferences, serverDialect } from "./read-config.ts";

/**
 * servers writes `[mcp_servers.<name>]`. Codex expands nothing in these tables: a secret is the name of a variable that it forwards, or
 * that it puts into a header (decisions R5, B10); what needs more than that is a loss.
 */
export const servers = mcpServers("mcp_servers", entryOf, {
  fidelity: "translated",
  keeps: [
    "command",
    "args",
    "env",
    "cwd",
    "url",
    "transport",
    "headers",
    "enabledTools",
    "disabledTools",
    "connectTimeoutMs",
  ],
  read: { dialect: serverDialect, notation: noReferences },
});

function entryOf(server: Server, context: Context): JsonObject | undefined {
  const own = server.kind === "stdio" ? stdio(server, context) : remote(server, context);
  if (own === undefined) return undefined;
  const { connectTimeoutMs, enabledTools = [], disabledTools = [] } = server.source;
  return {
    ...own,
    ...(connectTimeoutMs !== undefined && { startup_timeout_sec: connectTimeoutMs / 1000 }),
    ...(enabledTools.length > 0 && { enabled_tools: enabledTools }),
    ...(disabledTools.length > 0 && { disabled_tools: disabledTools }),
    ...(!server.enabled && { enabled: false }),
  };
}

function stdio({ command, args, env, source }: StdioServer, context: Context): JsonObject | undefined {
  if (args.some((arg) => typeof arg !== "string"))
    return omit(context, "needs a secret in an argument, and Codex expands no variables there");
  const plain = Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const forwarded = Object.entries(env).flatMap(([name, value]) => forwardedAs(name, value, context));
  return {
    command,
    ...(args.length > 0 && { args: args as readonly string[] }), // none that is not a string is left
    ...(source.cwd !== undefined && { cwd: source.cwd }),
    ...(forwarded.length > 0 && { env_vars: [...new Set(forwarded)].sort() }),
    ...(plain.length > 0 && { env: Object.fromEntries(plain) }),
  };
}

// Codex forwards a variable under its own name only.
function forwardedAs(name: string, value: Value, context: Context): readonly string[] {
  if (typeof value === "string") return [];
  if ("env" in value && value.env === name) return [name];
  const names = namesIn(value);
  context.lose(
    "env",
    `${name} cannot be made of ${names.join(", ")}: Codex forwards variables under their own names only`,
    {
      hint: `declare the secret with exposeAs: { env: "${name}" }, or set ${name} where the server is started`,
    },
  );
  return names;
}

const namesIn = (value: Value): readonly string[] => {
  if (typeof value === "string") return [];
  return "env" in value ? [value.env] : value.template.flatMap((part) => (typeof part === "string" ? [] : [part.env]));
};

function remote({ url, headers, transport }: RemoteServer, context: Context): JsonObject | undefined {
  if (typeof url !== "string") return omit(context, "needs a secret in its url, and Codex expands no variables there");
  if (transport === "sse") return omit(context, "is reached by SSE, and Codex speaks streamable HTTP only");
  const plain: Record<string, string> = {};
  const fromEnvironment: Record<string, string> = {};
  let bearer: string | undefined;
  for (const [name, value] of Object.entries(headers)) {
    const token = name.toLowerCase() === "authorization" ? bearerOf(value) : undefined;
    if (typeof value === "string") plain[name] = value;
    else if (token !== undefined) bearer = token;
    else if ("env" in value) fromEnvironment[name] = value.env;
    else
      context.lose(
        "headers",
        `${name} mixes text and a secret, which Codex can do for "Bearer" only; the header is left out`,
        {
          hint: "let the whole header be the secret",
        },
      );
  }
  return {
    url,
    ...(bearer !== undefined && { bearer_token_env_var: bearer }),
    ...(Object.keys(plain).length > 0 && { http_headers: plain }),
    ...(Object.keys(fromEnvironment).length > 0 && { env_http_headers: fromEnvironment }),
  };
}

function bearerOf(value: Value): string | undefined {
  if (typeof value === "string" || "env" in value || value.template.length !== 2) return undefined;
  const [word, secret] = value.template;
  return word === "Bearer " && typeof secret === "object" ? secret.env : undefined;
}

function omit(context: Context, reason: string): undefined {
  context.lose(undefined, `${reason}; the server is omitted`);
  return undefined;
}
