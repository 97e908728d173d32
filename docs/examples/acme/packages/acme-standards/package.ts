import { definePackage } from "stax";

export default definePackage({
  name: "acme-standards",
  version: "1.0.0",
  description: "What every agent at Acme follows, whichever team it works for.",
  author: "acme-platform",
  license: "Apache-2.0",
  tags: ["standards"],

  rules: "./rules/",
  skills: "./skills/",
  knowledge: "./knowledge/",
  mcp: "./mcp-servers.ts",

  secrets: [
    { key: "HANDBOOK_TOKEN", required: false, kind: "token", description: "Reads Acme's engineering handbook" },
  ],
});
