import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { apply, compose, findFiles, plan, Root, readablePaths, readRuntime, render } from "@stax/materialize";
import { findClient } from "@stax/testing/clients";
import { expect, it, onTestFinished } from "vitest";
import { adapter, codex } from "./index.ts";

const client = findClient("codex");

/** A repository as people have it. */
const repository: Readonly<Record<string, string>> = {
  ".codex/config.toml": `
model = "gpt-5-codex" # ours
approval_policy = "never"
project_doc_fallback_filenames = ["CLAUDE.md"]
sandbox_mode = "read-only"

[mcp_servers.db]
command = "pg-mcp"
args = ["--read-only"]
env_vars = ["DB_URL"]
env = { LOG = "debug" }
startup_timeout_sec = 12.5

[mcp_servers.web]
url = "https://web.example/mcp"
bearer_token_env_var = "WEB_TOKEN"
http_headers = { "X-Team" = "core" }
env_http_headers = { "X-Region" = "REGION" }
disabled_tools = ["drop"]
`,
  "CLAUDE.md": "Be kind to the root.\n",
  "services/api/AGENTS.override.md": "Handlers stay thin.\n",
  ".codex/skills/fix/SKILL.md": "---\nname: fix\ndescription: Fixes what is broken\n---\nFix it.\n",
};

type Server = Readonly<Record<string, unknown>>;
type Part = { readonly content?: readonly { readonly text?: string }[] };

it.skipIf(typeof client === "string")(
  `Codex sees the same servers, skills and instructions after its files were read and written again${typeof client === "string" ? ` (skipped: ${client})` : ""}`,
  async () => {
    if (typeof client === "string") return;
    const base = realpathSync(mkdtempSync(join(tmpdir(), "stax-read-")));
    onTestFinished(() => rmSync(base, { recursive: true, force: true }));
    const [before, after, home] = ["before", "after", "home"].map((name) => join(base, name)) as [
      string,
      string,
      string,
    ]; // three names
    const put = (path: string, text: string) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    };
    for (const [path, text] of Object.entries(repository)) put(join(before, path), text);
    mkdirSync(join(after, "services/api"), { recursive: true });
    for (const project of [before, after]) execFileSync("git", ["init", "--quiet"], { cwd: project });
    const trusted = [before, after].map((path) => `[projects.${JSON.stringify(path)}]\ntrust_level = "trusted"\n`);
    put(join(home, ".codex/config.toml"), trusted.join("\n"));

    const { tree } = findFiles(before, readablePaths(adapter));
    const { layers, options } = await readRuntime(adapter, tree, { more: (globs) => findFiles(before, globs).tree });
    const root = Root.at(after);
    const config = codex(options as Parameters<typeof codex>[0]); // they passed the adapter's own schema
    await apply(await plan(compose([render(layers, adapter, config)]), [], root), root, { record: false });

    const run = (cwd: string, ...args: readonly string[]): string => {
      const ran = client.run(args, { cwd, home });
      expect(ran.status, ran.stderr).toBe(0);
      return ran.stdout;
    };
    const shown = (project: string) => {
      const messages = JSON.parse(run(join(project, "services/api"), "debug", "prompt-input", "hi")) as readonly Part[]; // as documented
      const prompt = messages.flatMap(({ content = [] }) => content.map(({ text = "" }) => text)).join("\n");
      return {
        servers: JSON.parse(run(project, "mcp", "list", "--json")) as readonly Server[], // as documented
        prompt: prompt.replaceAll(project, ""),
      };
    };
    const [first, second] = [shown(before), shown(after)];
    expect(first.servers).toHaveLength(2);
    expect(second.servers).toEqual(first.servers);
    for (const text of ["Be kind to the root.", "Handlers stay thin.", "Fixes what is broken", "read-only"]) {
      expect(first.prompt).toContain(text);
      expect(second.prompt).toContain(text);
    }
  },
);
