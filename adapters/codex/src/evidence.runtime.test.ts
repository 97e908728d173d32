import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Client, endpointOf, findClient } from "@stax/testing/clients";
import { ask, expectEvidence, type Marked, markedEnv, type Row, type Turn } from "@stax/testing/evidence";
import { describe, expect, it } from "vitest";
import { adapter, codex } from "./index.ts";

const client = findClient("codex");
type Scope = "project" | "user";

const turnsOf = ({ project, home }: Marked, scope: Scope): readonly Turn[] => {
  const base = scope === "user" ? home : project;
  const read = (path: string) => [{ tool: "exec_command", input: { cmd: `cat ${join(base, path)}` } }];
  return [
    { label: "reads the skill's file", calls: read(".agents/skills/marked-skill/references/detail.md") },
    { label: "reads the knowledge", calls: read(".agents/knowledge/marked-knowledge.md") },
    {
      label: "starts the subagent",
      calls: [
        { namespace: "multi_agent_v1", tool: "spawn_agent", input: { message: "go", agent_type: "marked-agent" } },
      ],
    },
    // It starts on its own: the session must not end before it has asked the model.
    { label: "starts the subagent", calls: [{ tool: "exec_command", input: { cmd: "sleep 5" } }] },
  ];
};

const provider = (endpoint: string): readonly string[] => [
  "-c",
  'model_provider="mock"',
  "-c",
  `model_providers.mock={name="mock",base_url="${endpoint}/v1",wire_api="responses",env_key="K",request_max_retries=0,stream_max_retries=0}`,
];

function rowsIn(it: Client, scope: Scope): Promise<readonly Row[]> {
  const command = "`codex exec 'hi $marked-skill'`";
  return ask({
    adapter,
    scope,
    config: codex({ model: "mark-model", sandbox: "read-only", approval: "never" }),
    command,
    turns: (marked) => turnsOf(marked, scope),
    prepare: ({ project, home }) => {
      mkdirSync(join(home, ".codex"), { recursive: true });
      const trust = `\n[projects.${JSON.stringify(project)}]\ntrust_level = "trusted"\n`;
      appendFileSync(join(home, ".codex/config.toml"), trust);
    },
    run: ({ project, home }, ports, script) =>
      it.converse([...provider(endpointOf(ports.model)), "exec", "--skip-git-repo-check", "hi $marked-skill"], {
        cwd: project,
        home,
        ports,
        env: { ...markedEnv, K: "k" },
        script,
      }),
    more: ({ project, home }, { stdout, stderr }) => {
      const nested = it.run(["debug", "prompt-input", "hi"], { cwd: join(project, "src"), home });
      const said = stdout + stderr;
      return {
        shown: [{ command: "`codex debug prompt-input hi` in `src/`", text: nested.stdout }],
        checked: {
          permissions: {
            command: "`codex exec hi`: what it says of approval and sandbox",
            seen: said.includes("approval: never") && said.includes("sandbox: read-only"),
          },
        },
      };
    },
  });
}

describe.skipIf(typeof client === "string")(
  `what Codex sees ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    it("S12-27 is everything that was written for it, or what the evidence explains", async () => {
      const rows = [...(await rowsIn(client, "project")), ...(await rowsIn(client, "user"))];
      expectEvidence("codex", rows);
      expect(rows.filter(({ result }) => result === "seen").length).toBeGreaterThan(50);
    });
  },
);
