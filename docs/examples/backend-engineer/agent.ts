import claudeCode from "@stax/claude-code";
import generic from "@stax/generic";
import { defineAgent } from "stax";

export default defineAgent({
  name: "backend-engineer",
  version: "1.4.0",
  description: "Backend engineer for Harbourline's Go services: berths, shipments and tariffs.",
  author: "harbourline",
  license: "Apache-2.0",
  url: "https://harbourline.example/agents/backend-engineer",
  tags: ["go", "postgresql", "code-review"],

  adapter: claudeCode({
    model: "opus",
    permissions: {
      allowedTools: [
        "Read",
        "Grep",
        "Glob",
        "Bash(go test:*)",
        "Bash(go vet:*)",
        "Bash(git log:*)",
        "Bash(git diff:*)",
      ],
      askRules: ["Bash(goose:*)", "Bash(git push:*)"],
      denyRules: ["Read(./.env)", "Read(./deploy/secrets/**)", "Bash(psql:*)"],
    },
  }),
  adapterFallback: [
    generic({
      runtime: "generic",
      importMode: "filesystem",
      fidelity: "best-effort",
      config: { schema: "https://harbourline.example/schemas/agent-import.json" },
      targets: [
        { kind: "file", path: "AGENTS.md", scope: "project", description: "Instructions" },
        { kind: "directory", path: ".agents", scope: "project", description: "Skills, rules and knowledge" },
      ],
    }),
  ],

  persona: "./personas/ines-duarte.ts",
  prompt: "./SYSTEM_PROMPT.md",
  mcp: "./mcp-servers.ts",
  skills: "./skills/",
  rules: "./rules/",
  knowledge: "./knowledge/",
  memory: "./memory/",
  surfaces: "./surfaces/",
  instructionTree: "./instruction-tree/",
  subagents: "./subagents.ts",

  packages: ["./packages/team-standards"],

  secrets: [
    {
      key: "SHIPMENTS_DB_URL",
      required: true,
      kind: "connection-string",
      description: "Read-only replica of the shipments database",
    },
    {
      key: "TICKETS_TOKEN",
      required: true,
      kind: "token",
      description: "Personal access token of the ticket tracker",
      exposeAs: { env: "HARBOURLINE_TICKETS_TOKEN" },
    },
    {
      key: "LOADTEST_KEY",
      required: false,
      kind: "api-key",
      description: "Starts load tests against staging; only needed when that server is enabled",
    },
  ],

  hints: {
    isolation: "container",
    capabilities: {
      shell: true,
      processes: true,
      docker: false,
      network: { mode: "restricted", allowlist: ["mcp.harbourline.example", "proxy.golang.org"] },
      filesystem: { workspace: "/workspace", writable: ["/workspace"], denyRead: ["**/.env", "**/deploy/secrets/**"] },
    },
  },
});
