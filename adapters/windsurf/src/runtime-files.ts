import type { RuntimeFile, Scope } from "@stax/materialize";

const all = (scope: Scope, kind: RuntimeFile["class"], ...paths: readonly string[]): readonly RuntimeFile[] =>
  paths.map((path) => ({ path, scope, class: kind }));

/** runtimeFiles classifies what Devin Desktop, and Windsurf before it, reads and writes. */
export const runtimeFiles: readonly RuntimeFile[] = [
  ...all("project", "managed", "**/AGENTS.md", ".devin/rules/**", ".devin/skills/**", ".devin/config.json"),
  ...all("project", "managed", ".agents/skills/**", ".agents/knowledge/**"),
  ...all("project", "managed", ".windsurf/rules/**", ".windsurf/workflows/**", ".windsurfrules"),
  ...all("project", "local-override", ".devin/config.local.json", "AGENTS.local.md", ".codeiumignore"),
  ...all("user", "managed", ".config/devin/AGENTS.md", ".config/devin/config.json", ".config/devin/skills/**"),
  ...all("user", "managed", ".agents/skills/**", ".agents/knowledge/**"),
  ...all("user", "managed", ".codeium/windsurf/mcp_config.json", ".codeium/windsurf/global_workflows/**"),
  // The user's rules lie among the memories of the application; everything else there is its own.
  ...all("user", "managed", ".codeium/windsurf/memories/global_rules.md"),
  ...all("user", "state", ".codeium/windsurf/memories/**"),
  ...all("user", "secret", ".codeium/windsurf/user_settings.pb"),
];
