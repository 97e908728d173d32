import type { RuntimeFile } from "@stax/materialize";

/** runtimeFiles classifies what Copilot CLI 1.0 and VS Code read and write. */
export const runtimeFiles: readonly RuntimeFile[] = [
  { path: ".github/copilot-instructions.md", scope: "project", class: "managed" },
  { path: "AGENTS.md", scope: "project", class: "managed" },
  { path: "**/AGENTS.md", scope: "project", class: "managed" },
  { path: ".github/instructions/**", scope: "project", class: "managed" },
  { path: ".github/skills/**", scope: "project", class: "managed" },
  { path: ".github/agents/**", scope: "project", class: "managed" },
  { path: ".mcp.json", scope: "project", class: "managed" },
  { path: ".vscode/mcp.json", scope: "project", class: "managed" },
  { path: ".agents/knowledge/**", scope: "project", class: "managed" },
  { path: ".github/copilot/settings.json", scope: "project", class: "managed" },
  { path: ".github/prompts/**", scope: "project", class: "local-override" },
  { path: ".github/copilot/settings.local.json", scope: "project", class: "local-override" },
  { path: ".vscode/settings.json", scope: "project", class: "local-override" },
  { path: ".copilot/copilot-instructions.md", scope: "user", class: "managed" },
  { path: ".copilot/instructions/**", scope: "user", class: "managed" },
  { path: ".copilot/skills/**", scope: "user", class: "managed" },
  { path: ".copilot/agents/**", scope: "user", class: "managed" },
  { path: ".copilot/mcp-config.json", scope: "user", class: "managed" },
  { path: ".agents/knowledge/**", scope: "user", class: "managed" },
  { path: ".copilot/settings.json", scope: "user", class: "managed" },
  // Trust and who is signed in live here.
  { path: ".copilot/config.json", scope: "user", class: "state" },
  { path: ".copilot/session-state/**", scope: "user", class: "state" },
  { path: ".copilot/logs/**", scope: "user", class: "state" },
];
