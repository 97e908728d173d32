import { defineMcp } from "stax";

export default defineMcp({
  servers: {
    wiki: {
      description: "Searches the internal wiki",
      url: "https://mcp.harbourline.example/wiki",
      transport: "http",
      headers: { Authorization: "Bearer ${WIKI_TOKEN}" },
      secrets: ["WIKI_TOKEN"],
    },
  },
});
