import type { RuntimeFile } from "@stax/materialize";

/** runtimeFiles classifies what opencode 1.18 reads and writes. */
export const runtimeFiles: readonly RuntimeFile[] = [
  { path: "AGENTS.md", scope: "project", class: "managed" },
  { path: "**/AGENTS.md", scope: "project", class: "managed" },
  { path: "opencode.jsonc", scope: "project", class: "managed" },
  { path: ".agents/skills/**", scope: "project", class: "managed" },
  { path: ".agents/knowledge/**", scope: "project", class: "managed" },
  { path: ".opencode/agents/*.md", scope: "project", class: "managed" },
  { path: ".opencode/commands/*.md", scope: "project", class: "managed" },
  { path: ".opencode/**/*.local.md", scope: "project", class: "local-override" },
  // opencode makes these itself, in any run.
  { path: ".opencode/.gitignore", scope: "project", class: "state" },
  { path: ".opencode/package.json", scope: "project", class: "state" },
  { path: ".opencode/bun.lock", scope: "project", class: "state" },
  { path: ".opencode/node_modules/**", scope: "project", class: "state" },
  { path: ".opencode/plans/**", scope: "project", class: "state" },
  { path: ".config/opencode/AGENTS.md", scope: "user", class: "managed" },
  { path: ".config/opencode/opencode.jsonc", scope: "user", class: "managed" },
  { path: ".config/opencode/agents/*.md", scope: "user", class: "managed" },
  { path: ".config/opencode/commands/*.md", scope: "user", class: "managed" },
  { path: ".agents/skills/**", scope: "user", class: "managed" },
  { path: ".agents/knowledge/**", scope: "user", class: "managed" },
  { path: ".local/share/opencode/auth.json", scope: "user", class: "secret" },
  { path: ".local/share/opencode/mcp-auth.json", scope: "user", class: "secret" },
  { path: ".local/share/opencode/**", scope: "user", class: "state" },
  { path: ".local/state/opencode/**", scope: "user", class: "state" },
  { path: ".cache/opencode/**", scope: "user", class: "state" },
];
