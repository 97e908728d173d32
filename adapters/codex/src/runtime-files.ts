import type { RuntimeFile } from "@stax/materialize";

/** runtimeFiles classifies what Codex 0.169 reads and writes. */
export const runtimeFiles: readonly RuntimeFile[] = [
  { path: "AGENTS.md", scope: "project", class: "managed" },
  { path: "**/AGENTS.md", scope: "project", class: "managed" },
  { path: ".agents/skills/**", scope: "project", class: "managed" },
  { path: ".agents/knowledge/**", scope: "project", class: "managed" },
  { path: ".codex/config.toml", scope: "project", class: "managed" },
  { path: ".codex/agents/*.toml", scope: "project", class: "managed" },
  { path: "**/AGENTS.override.md", scope: "project", class: "local-override" },
  { path: ".codex/AGENTS.md", scope: "user", class: "managed" },
  { path: ".codex/config.toml", scope: "user", class: "managed" },
  { path: ".codex/agents/*.toml", scope: "user", class: "managed" },
  { path: ".agents/skills/**", scope: "user", class: "managed" },
  { path: ".agents/knowledge/**", scope: "user", class: "managed" },
  { path: ".codex/AGENTS.override.md", scope: "user", class: "local-override" },
  { path: ".codex/auth.json", scope: "user", class: "secret" },
  { path: ".codex/history.jsonl", scope: "user", class: "state" },
  { path: ".codex/sessions/**", scope: "user", class: "state" },
  { path: ".codex/log/**", scope: "user", class: "state" },
  { path: ".codex/*.sqlite", scope: "user", class: "state" },
];
