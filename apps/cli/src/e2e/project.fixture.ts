import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Files is what a directory holds: texts by path. A path that ends in `*` is executable. */
export type Files = Readonly<Record<string, string>>;

/** write puts files into a directory. */
export function write(directory: string, files: Files): string {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name.replace(/\*$/, ""));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    if (name.endsWith("*")) chmodSync(path, 0o755);
  }
  return directory;
}

/** agent is an agent in JSON with every field that it needs; `fields` are added or win. */
export const agent = (fields: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    name: "helper",
    version: "1.2.3",
    description: "A helper",
    adapter: { name: "claude-code" },
    prompt: "./SYSTEM_PROMPT.md",
    ...fields,
  });

/** agentFiles is a small agent with rules, a skill and a server. */
export const agentFiles = (fields: Readonly<Record<string, unknown>> = {}): Files => ({
  "agent.json": agent({
    rules: "./rules/",
    skills: "./skills/",
    mcp: "./mcp-servers.json",
    secrets: [secret],
    ...fields,
  }),
  "SYSTEM_PROMPT.md": "You help.\n",
  "rules/clear.md": "---\nid: clear\n---\nBe clear.\n",
  "skills/look/SKILL.md": "---\nname: look\ndescription: Looks around. Use when lost.\n---\nLook.\n",
  "skills/look/run.sh*": "#!/bin/sh\nls\n",
  "mcp-servers.json": JSON.stringify({
    servers: {
      docs: { command: "docs-server", args: ["--stdio"], env: { TOKEN: "${DOCS_TOKEN}" }, secrets: ["DOCS_TOKEN"] },
    },
  }),
});

const secret = { key: "DOCS_TOKEN", required: false, description: "For the docs server" };

/** personaFiles are two personas in JSON. */
export const personaFiles: Files = {
  "personas/ann.json": JSON.stringify({ name: "ann", displayName: "Ann", role: "reviewer" }),
  "personas/bo.json": JSON.stringify({ name: "bo", displayName: "Bo", role: "writer" }),
};

/** packageFiles are a package beside an agent. */
export const packageFiles: Files = {
  "team/stax.package.json": JSON.stringify({ name: "team", version: "1.0.0", description: "d", rules: "./rules/" }),
  "team/rules/shared.md": "Shared.\n",
};
