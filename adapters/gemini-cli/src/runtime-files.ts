import type { RuntimeFile } from "@stax/materialize";

/** runtimeFiles classifies what Gemini CLI 0.61 reads and writes. */
export const runtimeFiles: readonly RuntimeFile[] = [
  { path: "GEMINI.md", scope: "project", class: "managed" },
  { path: "**/GEMINI.md", scope: "project", class: "managed" },
  { path: ".gemini/settings.json", scope: "project", class: "managed" },
  { path: ".gemini/agents/**", scope: "project", class: "managed" },
  { path: ".agents/skills/**", scope: "project", class: "managed" },
  { path: ".agents/knowledge/**", scope: "project", class: "managed" },
  { path: ".gemini/.env", scope: "project", class: "secret" },
  { path: ".gemini/GEMINI.md", scope: "user", class: "managed" },
  { path: ".gemini/settings.json", scope: "user", class: "managed" },
  { path: ".gemini/agents/**", scope: "user", class: "managed" },
  { path: ".agents/skills/**", scope: "user", class: "managed" },
  { path: ".agents/knowledge/**", scope: "user", class: "managed" },
  { path: ".gemini/trustedFolders.json", scope: "user", class: "state" },
  { path: ".gemini/projects.json", scope: "user", class: "state" },
  { path: ".gemini/tmp/**", scope: "user", class: "state" },
  { path: ".gemini/history/**", scope: "user", class: "state" },
  ...["google_account_id", "installation_id", "state.json", "user_id"].map(
    (name) => ({ path: `.gemini/${name}`, scope: "user", class: "state" }) as const,
  ),
  { path: ".gemini/oauth_creds.json", scope: "user", class: "secret" },
  { path: ".gemini/google_accounts.json", scope: "user", class: "secret" },
  { path: ".gemini/mcp-oauth-tokens.json", scope: "user", class: "secret" },
  { path: ".gemini/mcp-oauth-tokens-v2.json", scope: "user", class: "secret" },
  { path: ".gemini/.env", scope: "user", class: "secret" },
];
