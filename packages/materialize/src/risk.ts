import { type AgentConfig, environmentNameOf, type Layers } from "@stax/schema";
import type { CapabilityUse } from "./contract.ts";
import type { Rendering } from "./rendering.ts";

/** Risk is what an artifact brings that can run, reach out or ask for something: what a person looks at before agreeing. */
export interface Risk {
  /** Programs that MCP servers start. */
  readonly commands: readonly { readonly server: string; readonly command: string; readonly args: readonly string[] }[];
  /** Hosts that remote MCP servers live on. */
  readonly hosts: readonly string[];
  /** Where each server comes from (S06-25). */
  readonly origins: readonly ServerOrigin[];
  readonly secrets: readonly { readonly key: string; readonly required: boolean; readonly environment: string }[];
  readonly capabilities: readonly CapabilityUse[];
  /** Executable files in skills. */
  readonly executables: readonly string[];
  /** Tools that the artifact's options allow without asking. */
  readonly allowedTools: readonly string[];
}

/** ServerOrigin tells a server written in the artifact from one that a registry describes. */
export interface ServerOrigin {
  readonly server: string;
  readonly origin: "inline" | "registry";
  readonly registry?: string | undefined;
  readonly package?: string | undefined;
  readonly version?: string | undefined;
  readonly digest?: string | undefined;
}

/** riskOf lists what an artifact brings. Switched-off servers are left out unless they are written. */
export function riskOf(
  layers: Layers,
  config: Pick<AgentConfig, "adapter">,
  renderings: readonly Rendering[],
  includeDisabled = false,
): Risk {
  const servers = Object.entries(layers.mcp?.servers ?? {}).filter(([, { enabled }]) => enabled || includeDisabled);
  const hosts = servers.flatMap(([, { url }]) => (url === undefined ? [] : [hostOf(url)]));
  return {
    commands: servers.flatMap(([server, { command, args = [] }]) =>
      command === undefined ? [] : [{ server, command, args }],
    ),
    hosts: [...new Set(hosts)].sort(),
    origins: servers.map(([server, { registryRef }]) =>
      registryRef === undefined
        ? { server, origin: "inline" }
        : {
            server,
            origin: "registry",
            registry: registryRef.registry,
            package: registryRef.package,
            version: registryRef.version,
            digest: registryRef.digest,
          },
    ),
    secrets: (layers.secrets?.secrets ?? []).map((secret) => ({
      key: secret.key,
      required: secret.required,
      environment: environmentNameOf(secret),
    })),
    capabilities: renderings.flatMap(({ capabilities }) => capabilities),
    executables: (layers.skills?.skills ?? []).flatMap(({ name, tree }) =>
      tree.filter(({ executable }) => executable).map(({ path }) => `skills/${name}/${path}`),
    ),
    allowedTools: allowedToolsOf(config),
  };
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

function allowedToolsOf({ adapter }: Pick<AgentConfig, "adapter">): readonly string[] {
  const { permissions } = adapter.config;
  const allowed: unknown =
    typeof permissions === "object" && permissions !== null && "allowedTools" in permissions
      ? permissions.allowedTools
      : [];
  return Array.isArray(allowed) ? allowed.filter((tool) => typeof tool === "string") : [];
}
