import type { AgentConfig, Config, Layers } from "@stax/schema";

/** Risk is what an artifact brings that a reviewer looks at first. Lists are sorted. */
export interface Risk {
  /** Programs that MCP servers start, with their arguments. */
  readonly commands: readonly string[];
  /** Hosts that MCP servers talk to. */
  readonly hosts: readonly string[];
  /** Secrets by key; required ones first marked. */
  readonly secrets: readonly string[];
  /** Tools that the adapter's options allow without asking. */
  readonly tools: readonly string[];
  /** Files that a runtime may execute. */
  readonly executables: readonly string[];
}

/** riskOf summarises what an artifact runs, reaches and asks for. */
export function riskOf(config: Config, layers: Layers): Risk {
  const servers = Object.values(layers.mcp?.servers ?? {});
  const sorted = (list: readonly string[]) => [...new Set(list)].sort();
  return {
    commands: sorted(
      servers.flatMap(({ command, args = [] }) =>
        command === undefined ? [] : [[command, ...args].map(quoted).join(" ")],
      ),
    ),
    hosts: sorted(servers.flatMap(({ url }) => (url === undefined ? [] : [hostOf(url)]))),
    secrets: sorted((layers.secrets?.secrets ?? []).map(({ key, required }) => (required ? `${key} (required)` : key))),
    tools: sorted(allowedToolsOf(config)),
    executables: sorted(
      (layers.skills?.skills ?? []).flatMap(({ name, tree }) =>
        tree.filter(({ executable }) => executable).map(({ path }) => `skills/${name}/${path}`),
      ),
    ),
  };
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word));

function hostOf(url: string): string {
  try {
    return new URL(url.replace(/\$\{[^}]*\}/g, "0")).host;
  } catch {
    return url;
  }
}

function allowedToolsOf(config: Config): readonly string[] {
  if (config.kind !== "agent") return [];
  const { permissions } = (config as AgentConfig).adapter.config as {
    readonly permissions?: { readonly allowedTools?: unknown };
  }; // options belong to the adapter; this one name is the format's
  return Array.isArray(permissions?.allowedTools)
    ? permissions.allowedTools.filter((tool) => typeof tool === "string")
    : [];
}
