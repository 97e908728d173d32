import type { RuntimeFile } from "@stax/materialize";

/** runtimeFiles classifies what Claude Code 2.1 reads and writes. */
export const runtimeFiles: readonly RuntimeFile[] = [
  { path: "CLAUDE.md", scope: "project", class: "managed" },
  { path: "**/CLAUDE.md", scope: "project", class: "managed" },
  { path: ".claude/rules/**", scope: "project", class: "managed" },
  { path: ".claude/skills/**", scope: "project", class: "managed" },
  { path: ".claude/agents/**", scope: "project", class: "managed" },
  { path: ".claude/settings.json", scope: "project", class: "managed" },
  { path: ".mcp.json", scope: "project", class: "managed" },
  { path: ".agents/knowledge/**", scope: "project", class: "managed" },
  { path: "CLAUDE.local.md", scope: "project", class: "local-override" },
  { path: ".claude/settings.local.json", scope: "project", class: "local-override" },
  { path: ".claude/CLAUDE.md", scope: "user", class: "managed" },
  { path: ".claude/rules/**", scope: "user", class: "managed" },
  { path: ".claude/skills/**", scope: "user", class: "managed" },
  { path: ".claude/agents/**", scope: "user", class: "managed" },
  { path: ".claude/settings.json", scope: "user", class: "managed" },
  { path: ".agents/knowledge/**", scope: "user", class: "managed" },
  // Servers of the user live in this state file: keys are merged into it, it is never written whole over a person's.
  { path: ".claude.json", scope: "user", class: "state" },
  { path: ".claude/projects/**", scope: "user", class: "state" },
  { path: ".claude/todos/**", scope: "user", class: "state" },
  { path: ".claude/.credentials.json", scope: "user", class: "secret" },
];
