import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Client, endpointOf, findClient } from "@stax/testing/clients";
import { ask, expectEvidence, type Marked, markedEnv, type Row, type Turn } from "@stax/testing/evidence";
import { describe, expect, it } from "vitest";
import { adapter, opencode } from "./index.ts";

const client = findClient("opencode");
type Scope = "project" | "user";

const turnsOf = ({ project, home }: Marked, scope: Scope): readonly Turn[] => {
  const base = scope === "user" ? home : project;
  const read = (path: string) => [{ tool: "read", input: { filePath: path } }];
  return [
    { label: "reads `src/main.go`", calls: read(join(project, "src/main.go")) },
    { label: "reads a denied file", calls: read(join(project, "denied.txt")) },
    { label: "reads the skill's file", calls: read(join(base, ".agents/skills/marked-skill/references/detail.md")) },
    { label: "reads the knowledge", calls: read(join(base, ".agents/knowledge/marked-knowledge.md")) },
    {
      label: "starts the subagent",
      calls: [{ tool: "task", input: { description: "go", prompt: "go", subagent_type: "marked-agent" } }],
    },
  ];
};

function rowsIn(it: Client, scope: Scope): Promise<readonly Row[]> {
  const command = "`opencode run hi`";
  return ask({
    adapter,
    scope,
    config: opencode({
      model: "mock/mark-model",
      writeAgents: true,
      permission: [
        [
          "read",
          [
            ["*", "allow"],
            ["*denied.txt", "deny"],
          ],
        ],
        ["external_directory", "allow"],
      ],
    }),
    command,
    turns: (marked) => turnsOf(marked, scope),
    // The provider stands in a file of its own: an artifact names none.
    prepare: ({ project }, { model }) => {
      const options = { baseURL: `${endpointOf(model)}/v1`, apiKey: "x" };
      const mock = { npm: "@ai-sdk/anthropic", options, models: { "mark-model": {} } };
      mkdirSync(join(project, ".opencode"), { recursive: true });
      writeFileSync(
        join(project, ".opencode/opencode.json"),
        JSON.stringify({ provider: { mock }, small_model: "mock/mark-model" }),
      );
    },
    run: ({ project, home }, ports, script) =>
      it.converse(["run", "hi", "--model", "mock/mark-model"], { cwd: project, home, ports, env: markedEnv, script }),
    more: ({ project, home }, { model }) => {
      const where = { cwd: project, home, env: markedEnv };
      const config = it.run(["debug", "config"], where).stdout;
      const sent = model.filter(({ turn }) => turn >= 2).map(({ body }) => body);
      const denied = sent.some((body) => body.includes("specified a rule which prevents you"));
      return {
        shown: [{ command: "`opencode debug skill`", text: it.run(["debug", "skill"], where).stdout }],
        checked: {
          model: { command: "`opencode debug config`", seen: JSON.parse(config).model === "mock/mark-model" },
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
  `what opencode sees ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    it("S12-27 is everything that was written for it, or what the evidence explains", async () => {
      const rows = [...(await rowsIn(client, "project")), ...(await rowsIn(client, "user"))];
      expectEvidence("opencode", rows);
      expect(rows.filter(({ result }) => result === "seen").length).toBeGreaterThan(50);
    });
  },
);
