import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, endpointOf, findClient } from "@stax/testing/clients";
import { ask, expectEvidence, type Marked, markedEnv, type Row, type Turn } from "@stax/testing/evidence";
import { describe, expect, it } from "vitest";
import { adapter, claudeCode } from "./index.ts";

const client = findClient("claude-code");
type Scope = "project" | "user";

const turnsOf = ({ project, home }: Marked, scope: Scope): readonly Turn[] => {
  const base = scope === "user" ? home : project;
  const read = (path: string) => [{ tool: "Read", input: { file_path: path } }];
  return [
    { label: "reads `src/main.go`", calls: read(join(project, "src/main.go")) },
    { label: "reads a denied file", calls: read(join(project, "denied.txt")) },
    { label: "uses the skill", calls: [{ tool: "Skill", input: { skill: "marked-skill" } }] },
    {
      label: "reads the skill's file",
      calls: read(join(base, ".claude/skills/marked-skill/references/detail.md")),
    },
    { label: "reads the knowledge", calls: read(join(base, ".agents/knowledge/marked-knowledge.md")) },
    {
      label: "asks for the servers' tools",
      calls: [{ tool: "ToolSearch", input: { query: "select:mcp__marked__mark,mcp__marked-web__mark" } }],
    },
    {
      label: "starts the subagent",
      calls: [{ tool: "Agent", input: { description: "go", prompt: "go", subagent_type: "marked-agent" } }],
    },
  ];
};

function rowsIn(claude: Client, scope: Scope): Promise<readonly Row[]> {
  const command = "`claude -p hi --allowedTools Read`";
  return ask({
    adapter,
    scope,
    config: claudeCode({ model: "mark-model", permissions: { denyRules: ["Read(//**/denied.txt)"] } }),
    command,
    turns: (marked) => turnsOf(marked, scope),
    prepare: ({ project, home }) => {
      if (scope === "user") return;
      const approved = { hasTrustDialogAccepted: true, enabledMcpjsonServers: ["marked", "marked-web"] };
      writeFileSync(join(home, ".claude.json"), JSON.stringify({ projects: { [project]: approved } }));
    },
    run: ({ project, home }, ports, script) =>
      // Outside the project a person is asked before a file is read.
      claude.converse(["-p", "hi", "--output-format", "stream-json", "--verbose", "--allowedTools", "Read"], {
        cwd: project,
        home,
        ports,
        env: {
          ...markedEnv,
          ANTHROPIC_API_KEY: "x",
          ANTHROPIC_BASE_URL: endpointOf(ports.model),
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        },
        script,
      }),
    more: (_, { model }) => {
      const sent = model.filter(({ turn }) => turn >= 2).map(({ body }) => body);
      const denied = sent.some((body) => body.includes("denied by your permission settings"));
      return {
        checked: {
          permissions: {
            command: `${command}, after the model reads a denied file`,
            seen: denied && !sent.some((body) => body.includes("MARK-DENIED")),
          },
        },
      };
    },
  });
}

describe.skipIf(typeof client === "string")(
  `what Claude Code sees ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    it("S12-27 is everything that was written for it, or what the evidence explains", async () => {
      const rows = [...(await rowsIn(client, "project")), ...(await rowsIn(client, "user"))];
      expectEvidence("claude-code", rows);
      expect(rows.filter(({ result }) => result === "seen").length).toBeGreaterThan(50);
    });
  },
);
