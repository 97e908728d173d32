import type { RuntimeFile } from "@stax/materialize";

/** runtimeFiles classifies what Cursor reads and writes. Rules of a user live in the app's settings, not in files. */
export const runtimeFiles: readonly RuntimeFile[] = [
  { path: "AGENTS.md", scope: "project", class: "managed" },
  { path: "**/AGENTS.md", scope: "project", class: "managed" },
  { path: ".cursorrules", scope: "project", class: "managed" },
  { path: ".cursor/rules/**", scope: "project", class: "managed" },
  { path: ".cursor/agents/**", scope: "project", class: "managed" },
  { path: ".cursor/skills/**", scope: "project", class: "managed" },
  { path: ".cursor/mcp.json", scope: "project", class: "managed" },
  { path: ".agents/knowledge/**", scope: "project", class: "managed" },
  { path: ".cursor/hooks.json", scope: "project", class: "local-override" },
  { path: ".cursor/cli.json", scope: "project", class: "local-override" },
  { path: ".cursor/sandbox.json", scope: "project", class: "local-override" },
  { path: ".vscode/settings.json", scope: "project", class: "local-override" },
  { path: ".cursor/agents/**", scope: "user", class: "managed" },
  { path: ".cursor/skills/**", scope: "user", class: "managed" },
  { path: ".cursor/mcp.json", scope: "user", class: "managed" },
  { path: ".cursor/cli-config.json", scope: "user", class: "state" },
  { path: ".cursor/projects/**", scope: "user", class: "state" },
  { path: ".cursor/mcp-approvals.json", scope: "user", class: "state" },
];
