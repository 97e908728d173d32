import type { RuntimeFile, Scope } from "@stax/materialize";

const managed = ["AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md", "BOOTSTRAP.md", "TOOLS.md", "HEARTBEAT.md"];
const directories = ["skills/**", "memory/**", ".agents/knowledge/**"];

const inScope = (scope: Scope, prefix: string): readonly RuntimeFile[] =>
  [...managed, ...directories].map((path) => ({ path: `${prefix}${path}`, scope, class: "managed" }));

/** runtimeFiles classifies what OpenClaw 2026.9 reads and writes. */
export const runtimeFiles: readonly RuntimeFile[] = [
  ...inScope("project", ""),
  ...inScope("user", ".openclaw/workspace/"),
  // The agent's own long-term memory: it writes there, and an artifact does not.
  { path: "MEMORY.md", scope: "project", class: "state" },
  { path: ".openclaw/workspace/MEMORY.md", scope: "user", class: "state" },
  { path: ".openclaw/openclaw.json", scope: "user", class: "state" },
  { path: ".openclaw/state/**", scope: "user", class: "state" },
  { path: ".openclaw/agents/**", scope: "user", class: "state" },
  { path: ".openclaw/logs/**", scope: "user", class: "state" },
  { path: ".openclaw/credentials/**", scope: "user", class: "secret" },
  { path: ".openclaw/.env", scope: "user", class: "secret" },
];
