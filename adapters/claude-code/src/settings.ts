import type { Context, Json, JsonObject, Part } from "@stax/materialize";
import type { ClaudeCodeOptions } from "./options.ts";
import { readModel, readPermissions, readSettings } from "./read.ts";

/** model writes the model; Claude Code's settings have no place for its parameters. */
export const model: Part<"modelConfig", ClaudeCodeOptions, JsonObject> = {
  feature: "modelConfig",
  fidelity: "native",
  write: (_, { options }) => (options.model === undefined ? [] : [{ items: ["model"], out: { model: options.model } }]),
  read: readModel,
};

/** permissions writes allow, deny and ask rules, and denies reading what the artifact's hints name (decision O9). */
export const permissions: Part<"toolPermissions", ClaudeCodeOptions, JsonObject> = {
  feature: "toolPermissions",
  fidelity: "native",
  write: (_, context) => {
    const { allowedTools = [], denyRules = [], askRules = [] } = context.options.permissions ?? {};
    const rules = { allow: allowedTools, deny: [...new Set([...denyRules, ...hintedDenials(context)])], ask: askRules };
    const present = Object.entries(rules).filter(([, list]) => list.length > 0);
    return present.length === 0 ? [] : [{ items: [], out: { permissions: Object.fromEntries(present) } }];
  },
  read: readPermissions,
};

function hintedDenials(context: Context<ClaudeCodeOptions>): readonly string[] {
  const { isolation, capabilities: { shell, processes, docker, network, filesystem } = {} } = context.hints ?? {};
  const denied = (filesystem?.denyRead ?? []).filter((pattern) => pattern !== "" && !/[\p{Cc}()]/u.test(pattern));
  if (denied.length > 0)
    context.note({
      code: "hint-applied",
      severity: "info",
      message: "hints.capabilities.filesystem.denyRead became Read() denials",
    });
  const others = {
    isolation,
    shell,
    processes,
    docker,
    network,
    workspace: filesystem?.workspace,
    writable: filesystem?.writable,
  };
  const ignored = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (ignored.length > 0)
    context.note({
      code: "hint-ignored",
      severity: "info",
      message: `Claude Code's files have no counterpart for the hints ${ignored.join(", ")}`,
    });
  return denied.map((pattern) => `Read(${pattern})`);
}

/** Settings that run a program or lift a restriction, by key: written only where the user allows it (decision O8). */
export const capabilities = {
  hooks: "runs programs at events of a session; also in the front matter of skills",
  apiKeyHelper: "runs a program to get credentials",
  awsAuthRefresh: "runs a program to get credentials",
  awsCredentialExport: "runs a program to get credentials",
  otelHeadersHelper: "runs a program to get headers",
  statusLine: "runs a program to draw the status line",
  fileSuggestion: "runs a program to suggest files",
  enableAllProjectMcpServers: "starts the project's MCP servers without asking",
  enabledMcpjsonServers: "starts named MCP servers without asking",
  enabledPlugins: "enables plugins, which bring hooks and servers",
  extraKnownMarketplaces: "adds sources of plugins",
  pluginConfigs: "configures plugins",
  sandbox: "changes what commands may reach",
  env: "sets environment variables of every session and command",
  skipDangerousModePermissionPrompt: "skips the question before all permissions are bypassed",
  defaultMode: "a permission mode other than default and plan asks less",
  additionalDirectories: "lets the agent reach directories outside the project",
} as const;

const gated = new Set<string>(Object.keys(capabilities));

/** passedThrough writes the other settings of the artifact. What the adapter generates wins over them. */
export const passedThrough: Part<"modelConfig", ClaudeCodeOptions, JsonObject> = {
  feature: "modelConfig",
  fidelity: "native",
  write: (_, context) => {
    const { settings = {}, model: generated } = context.options;
    const kept = Object.entries(settings).flatMap(([key, value]): readonly [string, Json][] => {
      if (key === "model" && generated !== undefined) return overridden(context, "settings.model");
      if (key === "permissions") return isObject(value) ? [["permissions", permissionKeys(value, context)]] : [];
      return !gated.has(key) || context.allows(key, `settings.${key}`) ? [[key, value]] : [];
    });
    return kept.length === 0 ? [] : [{ items: [], out: Object.fromEntries(kept) }];
  },
  read: readSettings,
};

const optionOf = { allow: "allowedTools", deny: "denyRules", ask: "askRules" } as const;

function permissionKeys(value: JsonObject, context: Context<ClaudeCodeOptions>): JsonObject {
  const kept = Object.entries(value).flatMap(([key, item]): readonly [string, Json][] => {
    const option = key === "allow" || key === "deny" || key === "ask" ? optionOf[key] : undefined;
    if (option !== undefined && context.options.permissions?.[option] !== undefined)
      return overridden(context, `settings.permissions.${key}`);
    const lifts = (key === "defaultMode" && item !== "default" && item !== "plan") || key === "additionalDirectories";
    return !lifts || context.allows(key, `settings.permissions.${key}`) ? [[key, item]] : [];
  });
  return Object.fromEntries(kept);
}

function overridden(context: Context, field: string): readonly never[] {
  context.note({
    code: "setting-overridden",
    severity: "warning",
    field,
    message: `${field} is replaced by the value that the adapter generates from its own options`,
  });
  return [];
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
