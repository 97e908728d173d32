import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseLayers, writeLayers } from "@stax/testing";
import { findClient, materializeExample, type Scratch } from "@stax/testing/clients";
import { readCorpus } from "@stax/testing/corpus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { adapter, githubCopilot } from "./index.ts";

const client = findClient("github-copilot");

const corpus = await readCorpus();

interface Listed {
  readonly sourcePath: string;
  readonly applyTo?: readonly string[];
}
const jsonOf = <T>(text: string): T => JSON.parse(text) as T; // what the client documents
const headerOf = (text: string): Record<string, unknown> =>
  parse(/^---\n([\s\S]*?)\n---\n/.exec(text)?.[1] ?? "{}") ?? {};

describe.skipIf(typeof client === "string")(
  `Copilot CLI ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    // It unpacks itself once, next to where it is installed.
    const offline = { XDG_CACHE_HOME: join(client.directory, "unpacked"), COPILOT_OFFLINE: "true" };
    const run = (args: readonly string[], cwd: string, home: string, env = {}) =>
      client.run(args, { cwd, home, env: { ...offline, ...env } });
    const json = <T>(args: readonly string[], cwd: string, home: string, env = {}) => {
      const { status, stdout, stderr } = run([...args, "--json"], cwd, home, env);
      expect(status, stderr).toBe(0);
      return jsonOf<T>(stdout);
    };
    const prompt = (cwd: string, home: string, args: readonly string[] = []) =>
      client.capture(() => ["-p", "hi", "--allow-all-tools", ...args], {
        cwd,
        home,
        env: {
          ...offline,
          COPILOT_PROVIDER_TYPE: "anthropic",
          COPILOT_PROVIDER_API_KEY: "k",
          COPILOT_MODEL: "claude-sonnet-4.6",
        },
        endpointEnv: (endpoint) => ({ COPILOT_PROVIDER_BASE_URL: endpoint }),
      });

    describe.each(["project", "user"] as const)("with the example in %s scope", (scope) => {
      let scratch: Scratch;
      beforeAll(() => {
        scratch = materializeExample("github-copilot", scope);
      });
      afterAll(() => scratch.remove());
      const base = () => (scope === "user" ? scratch.home : scratch.project);
      const written = (path: string) => readFileSync(join(base(), path), "utf8");
      const filesOf = (pattern: RegExp) => scratch.files.filter((path) => pattern.test(path));

      it("S34-02 S34-04 lists the instructions, each with its patterns", () => {
        const listed = json<readonly Listed[]>(["instruction", "list"], scratch.project, scratch.home);
        const found = (path: string) => listed.find(({ sourcePath }) => sourcePath.endsWith(path));
        expect(found("copilot-instructions.md")).toBeDefined();
        const scoped = filesOf(/\.instructions\.md$/);
        expect(scoped.length).toBeGreaterThan(2);
        for (const path of scoped) {
          const { applyTo } = headerOf(written(path));
          const all = applyTo === "**";
          expect(found(path.replace(/^\.copilot\//, ""))?.applyTo, path).toEqual(
            all ? undefined : String(applyTo).split(","),
          );
        }
      });
      it.runIf(scope === "project")("S34-09 lists the instructions of a directory for who works there", () => {
        const nested = filesOf(/.\/AGENTS\.md$/);
        expect(nested).toHaveLength(2);
        for (const path of nested) {
          const listed = json<readonly Listed[]>(
            ["instruction", "list"],
            join(scratch.project, dirname(path)),
            scratch.home,
          );
          expect(listed.map(({ sourcePath }) => sourcePath)).toContain(path);
        }
      });
      it("S34-13 loads every skill with its description", () => {
        const { stdout, stderr } = run(["skill", "list", "--json"], scratch.project, scratch.home);
        expect(stderr).not.toContain("failed to load");
        const listed = jsonOf<readonly { name: string; description: string }[]>(stdout);
        const skills = filesOf(/\/SKILL\.md$/);
        expect(skills).toHaveLength(4);
        for (const path of skills) {
          const { name, description } = headerOf(written(path));
          expect(listed).toContainEqual(expect.objectContaining({ name, description }));
        }
      });
      it("R9 R12 lists every server as it was written, in a project once the folder is trusted", () => {
        const file = scope === "user" ? ".copilot/mcp-config.json" : ".mcp.json";
        const { mcpServers } = jsonOf<{ mcpServers: Record<string, object> }>(written(file));
        const listed = (env = {}) =>
          json<{ mcpServers: Record<string, object> }>(["mcp", "list"], scratch.project, scratch.home, env).mcpServers;
        if (scope === "project") expect(listed()).toEqual({});
        const trusted = listed({ COPILOT_ALLOW_ALL: "true" });
        expect(Object.keys(trusted).sort()).toEqual(Object.keys(mcpServers).sort());
        expect(trusted).toMatchObject(mcpServers);
      });
      it("puts the instructions into the prompt once, and with them what applies to all files", async () => {
        const sent = await prompt(scratch.project, scratch.home);
        const root = filesOf(/copilot-instructions\.md$/)[0] ?? "";
        const lines = written(root)
          .split("\n")
          .filter((line) => line.length > 60 && !/["\\`]/.test(line));
        expect(lines.length).toBeGreaterThan(3);
        for (const line of lines) expect(sent.split(line).length - 1, line).toBe(1);
        for (const path of filesOf(/\.instructions\.md$/).filter((path) => headerOf(written(path)).applyTo === "**")) {
          const [first = ""] = written(path).split("---\n").slice(2).join("---\n").split("\n");
          expect(sent).toContain(JSON.stringify(first).slice(1, -1));
        }
      });
    });

    describe("with what the example does not have", () => {
      const scratch = mkdtempSync(join(tmpdir(), "stax-copilot-"));
      const home = join(scratch, "home");
      mkdirSync(home);
      afterAll(() => rmSync(scratch, { recursive: true, force: true }));

      it("S34-14 runs a subagent with its instructions, and takes the model from the settings", async () => {
        const layers = await parseLayers({
          subagents: { reviewer: { description: 'Reads: "all"\n--- of it', instructions: "MARK-REVIEWER\n" } },
        });
        const config = githubCopilot({ writeAgents: true, model: "claude-opus-5" });
        const { directory } = await writeLayers(adapter, layers, config);
        execFileSync("git", ["init", "--quiet"], { cwd: directory });
        expect(await prompt(directory, home, ["--agent", "reviewer"])).toContain("MARK-REVIEWER");
        expect(run(["config", "--repo", "model"], directory, home).stdout.trim()).toBe("claude-opus-5");
      });
      it.skipIf(typeof corpus === "string")("loads all that is written of people's rules and skills", async () => {
        if (typeof corpus === "string") return;
        const { directory, files } = await writeLayers(adapter, corpus.layers, githubCopilot({ writeAgents: true }));
        execFileSync("git", ["init", "--quiet"], { cwd: directory });
        const { stdout, stderr } = run(["skill", "list", "--json"], directory, home);
        expect(stderr).not.toContain("failed to load");
        const loaded = new Set(jsonOf<readonly { path: string }[]>(stdout).map(({ path }) => path));
        const skills = Object.keys(files).filter((path) => path.endsWith("/SKILL.md"));
        expect(skills.length).toBeGreaterThan(40);
        expect(skills.filter((path) => !loaded.has(join(directory, dirname(path))))).toEqual([]);
        const agents = Object.keys(corpus.layers.subagents?.agents ?? {});
        expect(agents.length).toBeGreaterThan(10);
        const sent = await prompt(directory, home);
        for (const name of agents) expect(sent, name).toMatch(new RegExp(`[^\\w-]${name}[^\\w-]`));
        const listed = json<readonly Listed[]>(["instruction", "list"], directory, home);
        const applied = new Map(listed.map(({ sourcePath, applyTo }) => [sourcePath, applyTo]));
        const scoped = Object.keys(files).filter((path) => path.endsWith(".instructions.md"));
        expect(scoped.length).toBeGreaterThan(200);
        for (const path of scoped) {
          const { applyTo } = headerOf(files[path] ?? "");
          expect(applied.has(path), path).toBe(true);
          const all = applyTo === "**" || applyTo === "**/*";
          expect(applied.get(path)?.join(","), path).toBe(all ? undefined : applyTo);
        }
      });
      it("O13 reads nothing twice of what is planned with Claude Code", async () => {
        const together = materializeExample("claude-code,github-copilot");
        try {
          const root = readFileSync(join(together.project, "CLAUDE.md"), "utf8");
          const lines = root.split("\n").filter((line) => line.length > 60 && !/["\\`]/.test(line));
          const sent = await prompt(together.project, together.home);
          expect(lines.length).toBeGreaterThan(3);
          for (const line of lines) expect(sent.split(line).length - 1, line).toBe(1);
        } finally {
          together.remove();
        }
      });
      it("O13 follows the import of AGENTS.md in CLAUDE.md: why that is a notice", async () => {
        const together = materializeExample("claude-code,cursor,github-copilot");
        try {
          const listed = json<readonly Listed[]>(["instruction", "list"], together.project, together.home);
          expect(listed.map(({ sourcePath }) => sourcePath)).not.toContain(".github/copilot-instructions.md");
          const root = readFileSync(join(together.project, "AGENTS.md"), "utf8");
          const [line = ""] = root.split("\n").filter((one) => one.length > 60 && !/["\\`]/.test(one));
          const sent = await prompt(together.project, together.home);
          expect(sent.split(line).length - 1).toBe(2);
          expect(sent).toContain("imported_custom_instruction");
        } finally {
          together.remove();
        }
      });
    });
  },
);
