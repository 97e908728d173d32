import { join } from "node:path";
import { parseLayers } from "@stax/testing";
import { type Client, endpointOf, type Ports } from "@stax/testing/clients";
import { ask, expectEvidence, type Marked, materializeMarked, type Row, type Turn } from "@stax/testing/evidence";
import { describe, expect, it } from "vitest";
import { configure, env, openclawClient } from "./client.fixture.ts";
import { adapter, openclaw } from "./index.ts";
import { defineProfile, renderProfile } from "./profile.ts";

// Of this module, so that the compiler sees what it is in the tests below.
const client = openclawClient;
type Scope = "project" | "user";

const workspaceOf = ({ project, home }: Marked, scope: Scope): string =>
  scope === "user" ? join(home, ".openclaw/workspace") : project;

const turnsOf = (marked: Marked, scope: Scope): readonly Turn[] => {
  const read = (path: string) => [{ tool: "read", input: { path: join(workspaceOf(marked, scope), path) } }];
  return [
    { label: "reads the skill", calls: read("skills/marked-skill/SKILL.md") },
    { label: "reads the skill's file", calls: read("skills/marked-skill/references/detail.md") },
    { label: "reads the knowledge", calls: read(".agents/knowledge/marked-knowledge.md") },
    { label: "reads the memory", calls: read("memory/notes.md") },
  ];
};

// The profile is what names the model and its provider: an agent's files never do.
function writeProfile(marked: Marked, { model }: Pick<Ports, "model">, scope: Scope): void {
  const mock = {
    baseUrl: endpointOf(model),
    apiKey: "x",
    api: "anthropic-messages",
    models: [{ id: "mark-model", name: "mark-model" }],
  };
  const { text } = renderProfile({
    ...defineProfile({
      name: "marked",
      version: "1.0.0",
      openclaw: { agents: { defaults: { model: { primary: "mock/mark-model" } } } },
    }),
    secrets: [],
  });
  // Where the provider listens and the project lies is this machine's, not a profile's.
  const profile = JSON.parse(text);
  if (scope === "project") profile.agents.defaults.workspace = marked.project;
  configure(marked.home, { ...profile, models: { providers: { mock } } });
}

const command = "`openclaw agent --local --agent main --message hi`";

const converse = (it: Client, { home }: Marked, ports: Ports, script: readonly Turn["calls"][]) =>
  it.converse(["agent", "--local", "--agent", "main", "--message", "hi", "--json"], {
    cwd: home,
    home,
    ports,
    env,
    script,
  });

// A workspace of its own: what else stands in one decides whether BOOTSTRAP.md is read.
async function bootstrapPrompt(it: Client, scope: Scope, ports: Ports): Promise<string> {
  const layers = await parseLayers({
    surfaces: { "instructions.md": "I\n", "bootstrap.md": "MARK-SURFACE-BOOTSTRAP\n" },
  });
  const marked = await materializeMarked(adapter, layers, scope, openclaw());
  try {
    writeProfile(marked, ports, scope);
    const { model } = await converse(it, marked, ports, []);
    return model.map(({ body }) => body).join("\n");
  } finally {
    marked.remove();
  }
}

const exact: Omit<Row, "scope"> = {
  aspect: "exact-root",
  title: "prompt, rules and the pointer to knowledge beside an instructions surface, in exact mode (the default)",
  result: "not seen",
  why: "not written, and reported: exact mode keeps AGENTS.md the bytes of surfaces/instructions.md; the rows above are asked with `exact: false`",
};

function rowsIn(it: Client, scope: Scope): Promise<readonly Row[]> {
  let used: Ports | undefined;
  return ask({
    adapter,
    scope,
    config: openclaw({ exact: false }),
    command,
    turns: (marked) => turnsOf(marked, scope),
    prepare: (marked, ports) => {
      used = ports;
      writeProfile(marked, ports, scope);
    },
    run: (marked, ports, script) => converse(it, marked, ports, script),
    more: async (_, { model }) => {
      if (used === undefined) throw new Error("nothing was prepared");
      const profile = {
        aspect: "profile",
        title: "profile: the model that `openclaw.json` names",
        scope: "user",
        result: model[0]?.body.includes('"mark-model"') === true ? "seen" : "not seen",
        command,
      } as const;
      return {
        shown: [{ command: `${command} in a new workspace`, text: await bootstrapPrompt(it, scope, used) }],
        checked: { model: { command, seen: false } },
        notSeen: {
          model: "not written, and reported: the model belongs to the runtime's own configuration: use a profile",
        },
        rows: [...(scope === "user" ? [profile] : []), { ...exact, scope }],
      };
    },
  });
}

describe.skipIf(typeof client === "string")(
  `what OpenClaw sees ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    it("S12-27 is everything that was written for it, or what the evidence explains", {
      timeout: 400_000,
    }, async () => {
      const rows = [...(await rowsIn(client, "project")), ...(await rowsIn(client, "user"))];
      expectEvidence("openclaw", rows);
      expect(rows.filter(({ result }) => result === "seen").length).toBeGreaterThan(30);
    });
  },
);
