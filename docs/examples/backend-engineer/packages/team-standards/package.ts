import { definePackage } from "stax";

// A local package: built as an artifact of its own beside the agent, which refers to it by digest.
export default definePackage({
  name: "team-standards",
  version: "2.1.0",
  description: "What every agent of the platform team follows: commits, reviews, handling of personal data.",
  author: "harbourline",
  license: "Apache-2.0",
  tags: ["standards"],

  rules: "./rules/",
  skills: "./skills/",
  knowledge: "./knowledge/",
  mcp: "./mcp-servers.ts",

  secrets: [{ key: "WIKI_TOKEN", required: false, kind: "token", description: "Reads the internal wiki" }],
});
