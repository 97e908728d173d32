import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { apply, compose, findFiles, plan, Root, readablePaths, readRuntime, render } from "@stax/materialize";
import { findClient } from "@stax/testing/clients";
import { expect, it, onTestFinished } from "vitest";
import { adapter, opencode } from "./index.ts";

const client = findClient("opencode");

/** A repository as people have it: settings in four files, older words, both spellings of directories. */
const repository: Readonly<Record<string, string>> = {
  "opencode.json": `{
  // the team's
  "tools": { "write": false },
  "permission": { "bash": { "*": "ask", "git log *": "allow" }, "webfetch": "ask" },
  "agent": {
    "reviewer": { "mode": "all", "temperature": 0.1, "permission": { "webfetch": "deny" } },
    "filed": { "mode": "subagent", "description": "Reads files", "prompt": "{file:./prompts/filed.md}" },
    "build": { "steps": 7 },
  },
  "mcp": { "db": { "type": "local", "command": ["pg-mcp", "--read-only"], "environment": { "A": "1" } } },
  "command": { "test": { "template": "Run $ARGUMENTS", "description": "Tests" } },
}`,
  "opencode.jsonc":
    '{"mcp":{"db":{"type":"local","command":["pg-mcp"]},"web":{"type":"remote","url":"https://web.example/mcp"}}}',
  ".opencode/opencode.json": '{"permission":{"webfetch":"deny"},"mode":{"ask":{"prompt":"Only ask."}}}',
  ".opencode/agents/reviewer.md":
    "---\ndescription: Reviews\nmode: subagent\ntools:\n  bash: false\n---\nRead every line.\n",
  ".opencode/agent/lead.md": "---\ndescription: Leads\nmode: primary\ncolor: '#ff0000'\n---\nLead.\n",
  ".opencode/command/fix.md": "---\ndescription: Fix it\n---\nFix $1.\n",
  "prompts/filed.md": "Read the files.",
  "AGENTS.md": "Be kind.\n",
};

type Shown = Readonly<Record<string, unknown>>;
type Agent = Shown & { readonly prompt?: string };

it.skipIf(typeof client === "string")(
  `opencode sees the same agents, permissions and servers after its files were read and written again${typeof client === "string" ? ` (skipped: ${client})` : ""}`,
  async () => {
    if (typeof client === "string") return;
    const base = realpathSync(mkdtempSync(join(tmpdir(), "stax-read-")));
    onTestFinished(() => rmSync(base, { recursive: true, force: true }));
    const [before, after, home] = ["before", "after", "home"].map((name) => join(base, name)) as [
      string,
      string,
      string,
    ]; // three names
    for (const path of [before, after, home]) mkdirSync(path);
    for (const project of [before, after]) execFileSync("git", ["init", "--quiet"], { cwd: project });
    for (const [path, text] of Object.entries(repository)) {
      mkdirSync(dirname(join(before, path)), { recursive: true });
      writeFileSync(join(before, path), text);
    }
    const { tree } = findFiles(before, readablePaths(adapter));
    const { layers, options } = await readRuntime(adapter, tree, { more: (globs) => findFiles(before, globs).tree });
    const root = Root.at(after);
    const config = opencode(options as Parameters<typeof opencode>[0]); // they passed the adapter's own schema
    await apply(await plan(compose([render(layers, adapter, config)]), [], root), root, { record: false });

    const shown = (project: string) => {
      const ran = client.run(["debug", "config"], { cwd: project, home });
      expect(ran.status, ran.stderr).toBe(0);
      const { permission, mcp, agent } = JSON.parse(ran.stdout) as Shown & { agent: Readonly<Record<string, Agent>> }; // as documented
      const agents = Object.entries(agent).map(([name, { tools: _tools, name: _name, prompt, ...fields }]) => [
        name,
        { ...fields, ...(prompt !== undefined && { prompt: prompt.trim() }) },
      ]);
      return { permission: JSON.stringify(permission), mcp, agent: Object.fromEntries(agents) };
    };
    const original = shown(before);
    expect(Object.keys(original.agent).sort()).toEqual(["ask", "build", "filed", "lead", "reviewer"]);
    expect(shown(after)).toEqual(original);
  },
);
