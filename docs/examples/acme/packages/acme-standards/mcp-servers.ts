import { defineMcp } from "stax";

export default defineMcp({
  servers: {
    handbook: {
      description: "Searches the engineering handbook",
      url: "https://mcp.acme.example/handbook",
      transport: "http",
      headers: { Authorization: "Bearer ${HANDBOOK_TOKEN}" },
      secrets: ["HANDBOOK_TOKEN"],
    },
  },
});
