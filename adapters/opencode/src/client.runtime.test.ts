import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { parseLayers, writeLayers } from "@stax/testing";
import { findClient, materializeExample, type Scratch } from "@stax/testing/clients";
import { readCorpus } from "@stax/testing/corpus";
import { parse } from "jsonc-parser";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { adapter, opencode } from "./index.ts";

const client = findClient("opencode");

const corpus = await readCorpus();

const jsonOf = (text: string) => JSON.parse(text);

describe.skipIf(typeof client === "string")(
  `opencode ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    describe.each(["project", "user"] as const)("with the example in %s scope", (scope) => {
      let scratch: Scratch;
      const options = {
        model: "mock/m1",
        writeAgents: true,
        permission: { edit: "ask", bash: { "*": "ask", "git log *": "allow" } },
      };
      beforeAll(() => {
        scratch = materializeExample("opencode", scope, options);
      });
      afterAll(() => scratch.remove());
      const own = scope === "user" ? ".config/opencode" : ".opencode";
      const written = (path: string) =>
        readFileSync(join(scope === "user" ? scratch.home : scratch.project, path), "utf8");
      const run = (...args: readonly string[]) => {
        const ran = client.run(args, {
          cwd: scratch.project,
          home: scratch.home,
          env: { HARBOURLINE_TICKETS_TOKEN: "tickets-value", SHIPMENTS_DB_URL: "db-value" },
        });
        expect(ran.status, ran.stderr).toBe(0);
        return ran.stdout;
      };
      let shown: string | undefined;
      const merged = () => {
        shown ??= run("debug", "config");
        return jsonOf(shown);
      };
      const sentFrom = (at: string) =>
        client.capture((url) => ["run", "hi", "--model", "mock/m1", "--print-logs"].concat(provider(url)), {
          cwd: join(scratch.project, at),
          home: scratch.home,
        });
      // The provider stands in a file that wins over ours, and is no file of ours.
      const provider = (url: string): readonly string[] => {
        mkdirSync(join(scratch.project, ".opencode"), { recursive: true });
        const mock = { npm: "@ai-sdk/anthropic", options: { baseURL: `${url}/v1`, apiKey: "x" }, models: { m1: {} } };
        writeFileSync(
          join(scratch.project, ".opencode/opencode.json"),
          JSON.stringify({
            provider: { mock },
            mcp: Object.fromEntries(serverNames().map((name) => [name, { enabled: false }])),
          }),
        );
        return [];
      };
      const file = scope === "user" ? `${own}/opencode.jsonc` : "opencode.jsonc";
      const serverNames = () => Object.keys(parse(written(file)).mcp);

      it("S36-03 S36-04 S36-05 keeps every key of opencode.jsonc, and fills in the variables", () => {
        const config = merged();
        const ours = parse(written(file));
        expect(config.model).toBe("mock/m1");
        expect(JSON.stringify(config.permission)).toBe(JSON.stringify(ours.permission));
        const filled = written(file)
          .replace("{env:SHIPMENTS_DB_URL}", "db-value")
          .replace(/\{env:\w+\}/g, "");
        const { mcp } = parse(filled);
        for (const [name, server] of Object.entries<Record<string, unknown>>(mcp)) {
          const { headers, ...rest } = server;
          expect(config.mcp[name]).toMatchObject(rest);
          expect(Object.keys(config.mcp[name])).toEqual(Object.keys(server));
          if (headers !== undefined)
            expect(Object.keys(config.mcp[name].headers)).toEqual(Object.keys(Object(headers)));
        }
      });
      it("S36-12 lists every skill with its description and whole text", async () => {
        const paths = scratch.files.filter((path) => path.endsWith("/SKILL.md"));
        expect(paths.length).toBe(4);
        const files = paths.map((path) => [path.replace(/^\.agents\/skills\//, ""), written(path)] as const);
        const layers = await parseLayers({ skills: Object.fromEntries(files) });
        const listed = jsonOf(run("debug", "skill"));
        for (const { name, header, body } of layers.skills?.skills ?? []) {
          const found = listed.find((skill: { name: string }) => skill.name === name);
          expect(found).toMatchObject({ description: header.description });
          expect(found.content.trim()).toBe(body.trim());
        }
      });
      it("S36-14 knows every agent as a subagent with its instructions", () => {
        const paths = scratch.files.filter((path) => path.startsWith(`${own}/agents/`));
        expect(paths.length).toBe(2);
        for (const path of paths) {
          const agent = jsonOf(run("debug", "agent", basename(path, ".md")));
          expect(agent).toMatchObject({ mode: "subagent", name: basename(path, ".md") });
          const [, , instructions = ""] = written(path).split(/^---\n/m);
          expect(agent.prompt.trim()).toContain(instructions.trim().slice(0, 200));
        }
      });
      it("A26 S36-03 judges tools in the order of the option", () => {
        const { permission } = jsonOf(run("debug", "agent", "build"));
        const ours = permission.filter(
          ({ permission: tool }: { permission: string }) => tool === "bash" || tool === "edit",
        );
        expect(ours).toEqual([
          { permission: "edit", pattern: "*", action: "ask" },
          { permission: "bash", pattern: "*", action: "ask" },
          { permission: "bash", pattern: "git log *", action: "allow" },
        ]);
      });
      it("S36-13 offers the commands that were written", () => {
        const paths = scratch.files.filter((path) => path.startsWith(`${own}/commands/`));
        expect(paths.length).toBeGreaterThan(0);
        const { command } = merged();
        for (const path of paths) {
          const body = written(path)
            .split(/^---\n/m)
            .slice(2)
            .join("---\n");
          expect(command[basename(path, ".md")].template.trim()).toBe(body.trim());
        }
      });
      it("S36-02 S36-15 sends the instructions to the model, those of a directory to who works there", async () => {
        const root = scope === "user" ? `${own}/AGENTS.md` : "AGENTS.md";
        const asSent = (path: string) => JSON.stringify(written(path).trim()).slice(1, -1);
        const nested = scratch.files.filter((path) => /.\/AGENTS\.md$/.test(path) && !path.startsWith("."));
        expect(nested.length).toBe(scope === "user" ? 0 : 2);
        const sent = await sentFrom("");
        expect(sent).toContain(asSent(root));
        for (const path of nested) {
          expect(sent).not.toContain(asSent(path));
          expect(await sentFrom(dirname(path))).toContain(asSent(path));
        }
      });
    });
    const scratchHome = () => {
      const home = realpathSync(mkdtempSync(join(tmpdir(), "stax-opencode-")));
      onTestFinished(() => rmSync(home, { recursive: true, force: true }));
      return home;
    };
    it.skipIf(typeof corpus === "string")(
      "S36-12 S36-14 loads all that is written of people's skills and agents",
      async () => {
        if (typeof corpus === "string") return;
        const { directory, files } = await writeLayers(adapter, corpus.layers, opencode({ writeAgents: true }));
        const home = scratchHome();
        const where = { cwd: directory, home };
        const skills = Object.keys(files).flatMap((path) => /skills\/([^/]+)\/SKILL\.md$/.exec(path)?.[1] ?? []);
        expect(skills.length).toBeGreaterThan(40);
        const listed = jsonOf(client.run(["debug", "skill"], where).stdout).map(({ name }: { name: string }) => name);
        expect(listed).toEqual(expect.arrayContaining(skills));
        const { agent } = jsonOf(client.run(["debug", "config"], where).stdout);
        const agents = Object.keys(files).filter((path) => path.startsWith(".opencode/agents/"));
        expect(agents.length).toBeGreaterThan(10);
        for (const path of agents) {
          const { description } = corpus.layers.subagents?.agents[basename(path, ".md")] ?? {};
          expect(agent[basename(path, ".md")], path).toMatchObject({ mode: "subagent", description });
        }
      },
    );
    it("S12-15 reads back names and texts that would break out of JSON or YAML, and expands nothing in Markdown", async () => {
      const nasty = "\"'\\ ]}\n---\n# \u0001\u007f é😀 // /* {{ ,";
      const layers = await parseLayers({
        mcp: { [`n ${nasty}`]: { command: nasty, args: [nasty], env: { A: nasty }, enabled: false } },
        subagents: { helper: { description: nasty, instructions: "{env:HOME} {file:/etc/hostname} !`id`\n" } },
      });
      const config = opencode({ writeAgents: true, permission: { [`p ${nasty}`]: { [nasty]: "deny" } } });
      const { directory } = await writeLayers(adapter, layers, config, { includeDisabled: true });
      const home = scratchHome();
      const { stdout, stderr, status } = client.run(["debug", "config"], { cwd: directory, home });
      expect(status, stderr).toBe(0);
      expect(jsonOf(stdout)).toMatchObject({
        permission: { [`p ${nasty}`]: { [nasty]: "deny" } },
        mcp: { [`n ${nasty}`]: { command: [nasty, nasty], environment: { A: nasty }, enabled: false } },
        agent: { helper: { description: nasty, prompt: "{env:HOME} {file:/etc/hostname} !`id`" } },
      });
    });
  },
);
