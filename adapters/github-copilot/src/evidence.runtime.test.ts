import { join } from "node:path";
import { type Client, endpointOf, findClient } from "@stax/testing/clients";
import { ask, expectEvidence, type Marked, markedEnv, type Row, type Turn } from "@stax/testing/evidence";
import { describe, expect, it } from "vitest";
import { adapter, githubCopilot } from "./index.ts";

const client = findClient("github-copilot");
type Scope = "project" | "user";

const turnsOf = ({ project, home }: Marked, scope: Scope): readonly Turn[] => {
  const base = scope === "user" ? home : project;
  const skills = scope === "user" ? ".copilot/skills" : ".github/skills";
  const view = (path: string) => [{ tool: "view", input: { path } }];
  return [
    { label: "reads `src/main.go`", calls: view(join(project, "src/main.go")) },
    { label: "uses the skill", calls: [{ tool: "skill", input: { skill: "marked-skill" } }] },
    { label: "reads the skill's file", calls: view(join(base, skills, "marked-skill/references/detail.md")) },
    { label: "reads the knowledge", calls: view(join(base, ".agents/knowledge/marked-knowledge.md")) },
    {
      label: "starts the subagent",
      calls: [{ tool: "task", input: { name: "t", agent_type: "marked-agent", description: "go", prompt: "go" } }],
    },
  ];
};

const editorServers: Row = {
  aspect: "editor-mcp",
  title: "MCP servers of VS Code: `.vscode/mcp.json`",
  scope: "project",
  result: "cannot be asked",
  why: "VS Code is not on npm, and Copilot CLI does not read the file: it takes the same servers from `.mcp.json`",
};

function rowsIn(it: Client, scope: Scope): Promise<readonly Row[]> {
  const command = "`copilot -p hi`";
  // It unpacks itself once, next to where it is installed.
  const offline = {
    XDG_CACHE_HOME: join(it.directory, "unpacked"),
    COPILOT_OFFLINE: "true",
    COPILOT_ALLOW_ALL: "true",
  };
  return ask({
    adapter,
    scope,
    config: githubCopilot({ model: "mark-model", writeAgents: true }),
    command,
    turns: (marked) => turnsOf(marked, scope),
    run: ({ project, home }, ports, script) =>
      it.converse(["-p", "hi", "--allow-all-tools", "--allow-all-paths"], {
        cwd: project,
        home,
        ports,
        env: {
          ...markedEnv,
          ...offline,
          COPILOT_PROVIDER_TYPE: "anthropic",
          COPILOT_PROVIDER_API_KEY: "k",
          COPILOT_PROVIDER_BASE_URL: endpointOf(ports.model),
          // A provider of one's own takes no model from the settings.
          COPILOT_MODEL: "claude-sonnet-4.6",
        },
        script,
      }),
    more: ({ project, home }) => {
      const args = scope === "user" ? ["config", "model"] : ["config", "--repo", "model"];
      const { stdout } = it.run(args, { cwd: project, home, env: offline });
      return {
        checked: { model: { command: `\`copilot ${args.join(" ")}\``, seen: stdout.trim() === "mark-model" } },
        rows: scope === "project" ? [editorServers] : [],
      };
    },
  });
}

describe.skipIf(typeof client === "string")(
  `what Copilot CLI sees ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    it("S12-27 is everything that was written for it, or what the evidence explains", async () => {
      const rows = [...(await rowsIn(client, "project")), ...(await rowsIn(client, "user"))];
      expectEvidence("github-copilot", rows);
      expect(rows.filter(({ result }) => result === "seen").length).toBeGreaterThan(48);
    });
  },
);
