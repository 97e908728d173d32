import * as z from "zod";
import { specVersionSchema } from "../name.ts";
import { jsonKind } from "./kind.ts";
import { mergeRecords } from "./merge-by.ts";

const stringMap = z.record(z.string(), z.string());

const serverSchema = z
  .looseObject({
    command: z.string().min(1, "must not be empty").optional(),
    args: z.array(z.string()).optional(),
    env: stringMap.optional(),
    cwd: z.string().optional(),
    url: z.string().min(1, "must not be empty").optional(),
    transport: z.enum(["http", "sse"], "must be http or sse").optional(),
    headers: stringMap.optional(),
    description: z.string().optional(),
    secrets: z.array(z.string()).optional(),
    enabledTools: z.array(z.string()).optional(),
    disabledTools: z.array(z.string()).optional(),
    enabled: z.boolean().default(true),
    connectTimeoutMs: z.number().int().positive().optional(),
    metadata: stringMap.optional(),
    registryRef: z
      .looseObject({
        registry: z.string().optional(),
        package: z.string(),
        version: z.string().optional(),
        digest: z.string().optional(),
      })
      .optional(),
  })
  .superRefine((server, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: path === "" ? [] : [path], message });
    const { command, url } = server;
    if (command !== undefined && url !== undefined)
      issue("url", "a server has either command (stdio) or url (remote), not both");
    if (command === undefined && url === undefined)
      issue("", "a server needs command (stdio) or url and transport (remote)");
    if (url !== undefined && server.transport === undefined)
      issue("transport", "a remote server needs transport: http or sse");
    if (url !== undefined && !isRemoteUrl(url))
      issue("url", "must be an http or https URL without user name and password");
    const foreign = url === undefined ? (["transport", "headers"] as const) : (["args", "env", "cwd"] as const);
    if (command !== undefined || url !== undefined)
      for (const field of foreign)
        if (server[field] !== undefined)
          issue(field, `${field} is not for a ${url === undefined ? "stdio" : "remote"} server`);
    for (const tool of server.enabledTools ?? [])
      if (server.disabledTools?.includes(tool))
        issue("disabledTools", `"${tool}" is in enabledTools and in disabledTools`);
  });

export const mcpSchema = z.looseObject({
  specVersion: specVersionSchema.default("1.0.0"),
  servers: z.record(z.string().min(1, "a server needs a name"), serverSchema),
});

/** McpServer is one server: stdio (`command`) or remote (`url`, `transport`). Placeholders `${KEY}` name declared secrets. */
export interface McpServer extends z.output<typeof serverSchema> {}
/** McpDefinition is what `defineMcp` takes. */
export interface McpDefinition extends z.input<typeof mcpSchema> {}
/** Mcp is the compiled layer: servers by name. */
export interface Mcp extends z.output<typeof mcpSchema> {}

/** MCP servers the agent uses: how to start or reach them, never their secrets. */
export const mcp = jsonKind<Mcp, McpDefinition, readonly ["agent", "package"]>({
  mediaType: "application/vnd.stax.mcp.v1+json",
  description: "MCP servers the agent uses: how to start or reach them, never their secrets",
  title: "mcp.json",
  source: "module",
  allowedIn: ["agent", "package"],
  maxSize: 1024 * 1024,
  schema: mcpSchema,
  items: ({ servers }) => Object.keys(servers),
  merge: (base, override) => ({ ...base, ...override, servers: mergeRecords(base.servers, override.servers) }),
  annotate: ({ servers }) => ({ "dev.stax.mcp.count": String(Object.keys(servers).length) }),
});

function isRemoteUrl(url: string): boolean {
  try {
    // A placeholder is no valid host or port; what it stands for is checked by whoever has the value.
    const { protocol, username, password } = new URL(url.replace(/\$\{[^}]*\}/g, "0"));
    return (protocol === "http:" || protocol === "https:") && username === "" && password === "";
  } catch {
    return false;
  }
}
