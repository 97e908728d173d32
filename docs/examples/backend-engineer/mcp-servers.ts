import { defineMcp } from "stax";

// ${KEY} stands for a declared secret. The artifact carries the placeholder; each runtime gets it in its own notation.
export default defineMcp({
  servers: {
    "shipments-db": {
      description: "Reads the shipments database: schema, plans, statistics",
      command: "postgres-mcp",
      args: ["--access-mode", "restricted", "--statement-timeout", "5s"],
      env: { DATABASE_URI: "${SHIPMENTS_DB_URL}", PGAPPNAME: "backend-engineer" },
      secrets: ["SHIPMENTS_DB_URL"],
      enabledTools: ["list_schemas", "get_object_details", "explain_query", "analyze_query_indexes"],
      registryRef: { registry: "https://registry.harbourline.example", package: "postgres-mcp", version: "0.3.0" },
    },
    tickets: {
      description: "Reads and comments on tickets",
      url: "https://mcp.harbourline.example/tickets",
      transport: "http",
      headers: { Authorization: "Bearer ${TICKETS_TOKEN}", "X-Team": "platform-backend" },
      secrets: ["TICKETS_TOKEN"],
    },
    loadtest: {
      description: "Starts load tests against staging. Off by default: a run costs money and pages the on-call.",
      url: "https://mcp.harbourline.example/loadtest",
      transport: "http",
      headers: { "X-Api-Key": "${LOADTEST_KEY}" },
      secrets: ["LOADTEST_KEY"],
      enabled: false,
    },
  },
});
