import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Client, endpointOf, findClient } from "@stax/testing/clients";
import { ask, expectEvidence, type Marked, markedEnv, type Row, type Turn } from "@stax/testing/evidence";
import { describe, expect, it } from "vitest";
import { adapter, geminiCli } from "./index.ts";

const client = findClient("gemini-cli");
type Scope = "project" | "user";

const turnsOf = ({ project, home }: Marked, scope: Scope): readonly Turn[] => {
  const base = scope === "user" ? home : project;
  const how = scope === "user" ? ", with `--include-directories ~/.agents/knowledge`" : "";
  const read = (path: string) => [{ tool: "read_file", input: { file_path: path } }];
  return [
    { label: "reads `src/main.go`", calls: read(join(project, "src/main.go")) },
    { label: "uses the skill", calls: [{ tool: "activate_skill", input: { name: "marked-skill" } }] },
    { label: "reads the skill's file", calls: read(join(base, ".agents/skills/marked-skill/references/detail.md")) },
    { label: `reads the knowledge${how}`, calls: read(join(base, ".agents/knowledge/marked-knowledge.md")) },
    {
      label: "starts the subagent",
      calls: [{ tool: "invoke_agent", input: { agent_name: "marked-agent", prompt: "go" } }],
    },
  ];
};

// What a person has done: signed in, trusted the folder, and approved its agents.
function setUp({ project, home, files }: Marked): void {
  const write = (path: string, value: object) => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), JSON.stringify(value));
  };
  const settings = join(home, ".gemini/settings.json");
  const own: object = existsSync(settings) ? JSON.parse(readFileSync(settings, "utf8")) : {};
  mkdirSync(join(home, ".agents/knowledge"), { recursive: true });
  const security = { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: true } };
  write(".gemini/settings.json", { ...own, security });
  write(".gemini/trustedFolders.json", { [project]: "TRUST_FOLDER" });
  const agent = files[".gemini/agents/marked-agent.md"] ?? "";
  const approved = { "marked-agent": createHash("sha256").update(agent).digest("hex") };
  write(".gemini/acknowledgments/agents.json", { [project]: approved });
}

function rowsIn(it: Client, scope: Scope): Promise<readonly Row[]> {
  const included = (home: string) =>
    scope === "user" ? ["--include-directories", join(home, ".agents/knowledge")] : [];
  const command = "`gemini -p hi --yolo`";
  return ask({
    adapter,
    scope,
    config: geminiCli({ model: "mark-model", config: { tools: { exclude: ["web_fetch"] } } }),
    options: { allowCapabilities: ["tools"] },
    command,
    turns: (marked) => turnsOf(marked, scope),
    prepare: setUp,
    run: ({ project, home }, ports, script) =>
      it.converse(["-p", "hi", "--yolo", ...included(home)], {
        cwd: project,
        home,
        ports,
        env: { ...markedEnv, GEMINI_API_KEY: "k", GOOGLE_GEMINI_BASE_URL: endpointOf(ports.model) },
        script,
      }),
    more: (_, { model }) => ({
      checked: {
        permissions: {
          command: `${command}: no tool that is excluded`,
          seen: model[0]?.body.includes('"read_file"') === true && !model[0].body.includes('"name":"web_fetch"'),
        },
      },
    }),
  });
}

describe.skipIf(typeof client === "string")(
  `what Gemini CLI sees ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    it("S12-27 is everything that was written for it, or what the evidence explains", async () => {
      const rows = [...(await rowsIn(client, "project")), ...(await rowsIn(client, "user"))];
      expectEvidence("gemini-cli", rows);
      expect(rows.filter(({ result }) => result === "seen").length).toBeGreaterThan(50);
    });
  },
);
