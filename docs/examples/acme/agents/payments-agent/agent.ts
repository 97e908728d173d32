import claudeCode from "@stax/claude-code";
import { defineAgent } from "stax";

export default defineAgent({
  name: "payments-agent",
  version: "1.0.0",
  description: "Works on Acme's payment service and its ledger.",
  author: "acme-payments",
  license: "Apache-2.0",
  tags: ["payments"],

  adapter: claudeCode({
    model: "opus",
    permissions: {
      allowedTools: ["Read", "Grep", "Glob", "Bash(go test:*)", "Bash(git diff:*)"],
      askRules: ["Bash(git push:*)"],
      denyRules: ["Read(./.env)", "Bash(psql:*)"],
    },
  }),

  prompt: "./SYSTEM_PROMPT.md",
  rules: "./rules/",
  instructionTree: "./instruction-tree/",

  packages: [
    "registry.acme.example/packages/acme-standards:^1.0.0",
    "registry.acme.example/packages/community-skills:1.0.0",
  ],

  // The standards hold, with two exceptions that this team answers for; neither needs a copy of the package.
  overrides: {
    // Releases of the payment service are announced by its account managers.
    disable: { skills: ["release-notes"] },
    rules: { migrations: { globs: ["ledger/schema/**"], priority: 1, severity: "error" } },
  },
});
