import { defineSubagents } from "stax";

export default defineSubagents({
  agents: {
    "query-reviewer": {
      description:
        "Reviews SQL and the Go code around it for locks, plans and transactions. Use before merging any change to a query.",
      invocation: "automatic",
      instructions: "./subagents/query-reviewer.md",
      tags: ["review", "postgresql"],
      handoff: { returnMode: "report" },
    },
    "migration-planner": {
      description: "Turns a schema change into steps that can each be deployed and rolled back alone.",
      invocation: "delegate",
      instructions: "./subagents/migration-planner.md",
      model: "sonnet",
      tags: ["planning", "postgresql"],
      handoff: { allowedFrom: ["query-reviewer"], returnMode: "patch" },
    },
  },
});
