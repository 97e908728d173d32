import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseLayers, writeLayers } from "@stax/testing";
import { findClient, materializeExample, type Scratch } from "@stax/testing/clients";
import { readCorpus } from "@stax/testing/corpus";
import { parse } from "smol-toml";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { adapter, codex } from "./index.ts";

const client = findClient("codex");

const corpus = await readCorpus();

type Part = { readonly content?: readonly { readonly text?: string }[] };
// A model endpoint on loopback.
const provider = (url: string) => [
  "-c",
  'model_provider="mock"',
  "-c",
  `model_providers.mock={name="mock",base_url="${url}/v1",wire_api="responses",env_key="K",request_max_retries=0,stream_max_retries=0}`,
];
const jsonOf = (text: string): unknown => JSON.parse(text);

describe.skipIf(typeof client === "string")(
  `Codex ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    describe.each(["project", "user"] as const)("with the example in %s scope", (scope) => {
      let scratch: Scratch;
      beforeAll(() => {
        scratch = materializeExample("codex", scope);
        mkdirSync(join(scratch.home, ".codex"), { recursive: true });
      });
      afterAll(() => scratch.remove());
      const written = (path: string) =>
        readFileSync(join(scope === "user" ? scratch.home : scratch.project, path), "utf8");
      const run = (args: readonly string[], at = "") => {
        const ran = client.run(args, { cwd: join(scratch.project, at), home: scratch.home });
        expect(ran.status, ran.stderr).toBe(0);
        return ran.stdout;
      };
      const promptAt = (at: string) => {
        const messages = jsonOf(run(["debug", "prompt-input", "hi"], at)) as readonly Part[]; // what the client documents
        return messages.flatMap(({ content = [] }) => content.map(({ text = "" }) => text)).join("\n");
      };
      const trust = () =>
        appendFileSync(
          join(scratch.home, ".codex/config.toml"),
          `\n[projects.${JSON.stringify(scratch.project)}]\ntrust_level = "trusted"\n`,
        );

      it("shows the model the instructions, whole", () => {
        const root = scope === "user" ? ".codex/AGENTS.md" : "AGENTS.md";
        expect(promptAt("")).toContain(written(root).trim());
      });
      it("shows the instructions of a directory to who works there", () => {
        const nested = scratch.files.filter((path) => /.\/AGENTS\.md$/.test(path) && !path.startsWith("."));
        expect(nested.length).toBe(scope === "user" ? 0 : 2);
        for (const path of nested) {
          expect(promptAt(dirname(path))).toContain(written(path).trim());
          expect(promptAt("")).not.toContain(written(path).trim());
        }
      });
      it("offers every skill with its description", async () => {
        const skills = scratch.files.filter((path) => path.endsWith("/SKILL.md"));
        expect(skills.length).toBe(4);
        const files = skills.map((path) => [path.replace(/^\.agents\/skills\//, ""), written(path)]);
        const layers = await parseLayers({ skills: Object.fromEntries(files) });
        const prompt = promptAt("");
        for (const { name, header } of layers.skills?.skills ?? [])
          expect(prompt).toContain(`- ${name}: ${String(header.description)}`);
      });
      it.runIf(scope === "project")("R12 ignores servers and agents until the project is trusted", () => {
        expect(jsonOf(run(["mcp", "list", "--json"]))).toEqual([]);
        trust();
        expect(jsonOf(run(["mcp", "list", "--json"]))).not.toEqual([]);
      });
      it("knows every key of config.toml", () => {
        const startup = run(["app-server", "--strict-config", "--print-startup-config"]);
        expect(jsonOf(startup)).toMatchObject({ appServerVersion: client.version });
      });
      it("S20-08 lists every server as it was written", () => {
        const servers = parse(written(".codex/config.toml")).mcp_servers as Record<string, Record<string, unknown>>; // our own file
        const listed = jsonOf(run(["mcp", "list", "--json"])) as readonly { name: string; transport: object }[]; // as documented
        expect(listed.map(({ name }) => name).sort()).toEqual(Object.keys(servers).sort());
        for (const { name, transport } of listed) {
          const { enabled_tools: _tools, ...wanted } = servers[name] ?? {};
          expect(transport).toMatchObject(wanted);
        }
      });
      it("R4 S20-13 offers every agent to the model, and its model", async () => {
        const agents = scratch.files.filter((path) => path.startsWith(".codex/agents/"));
        expect(agents.length).toBe(2);
        const sent = await client.capture((url) => [...provider(url), "exec", "--skip-git-repo-check", "hi"], {
          cwd: scratch.project,
          home: scratch.home,
          env: { K: "k" },
        });
        for (const path of agents) {
          const { name, description } = parse(written(path));
          expect(sent).toContain(`${String(name)}: {`);
          expect(sent).toContain(JSON.stringify(String(description)).slice(1, -1));
        }
      });
    });

    describe("in a project of its own", () => {
      // Files that were written become a project that git knows and the user trusts.
      const trusted = (files: string) => {
        const base = realpathSync(mkdtempSync(join(tmpdir(), "stax-codex-")));
        onTestFinished(() => rmSync(base, { recursive: true, force: true }));
        const [cwd, home] = [join(base, "project"), join(base, "home")];
        mkdirSync(join(home, ".codex"), { recursive: true });
        cpSync(files, cwd, { recursive: true });
        mkdirSync(join(cwd, ".git"));
        const config = `[projects.${JSON.stringify(cwd)}]\ntrust_level = "trusted"\n`;
        writeFileSync(join(home, ".codex/config.toml"), config);
        return { cwd, home };
      };
      it("S20-08 reads back names and texts that would break out of TOML", async () => {
        const nasty = "\"'\\ ]}\n[x]\n# \u0001\u007f é😀 \"\"\" ''' = --- }}";
        const name = `n ${nasty.replaceAll("\n", " ")}`;
        const layers = await parseLayers({
          mcp: { [name]: { command: nasty, args: [nasty], env: { A: nasty }, cwd: nasty } },
          subagents: { helper: { description: nasty, instructions: nasty } },
        });
        const { directory } = await writeLayers(adapter, layers, codex({ config: { tui: { theme: nasty } } }));
        const where = trusted(directory);
        const { stdout, stderr, status } = client.run(["mcp", "list", "--json"], where);
        expect(status, stderr).toBe(0);
        expect(jsonOf(stdout)).toMatchObject([
          { name, transport: { type: "stdio", command: nasty, args: [nasty], env: { A: nasty }, cwd: nasty } },
        ]);
        expect(client.run(["app-server", "--strict-config", "--print-startup-config"], where).status).toBe(0);
      });
      it("cuts instructions on the way to a directory where the budget of the adapter says", async () => {
        const tree = { "_root/instructions.md": "R".repeat(20_000), "a/instructions.md": "S".repeat(20_000) };
        const { directory, made } = await writeLayers(adapter, await parseLayers({ instructionTree: tree }));
        expect(made.diagnostics).toContainEqual(
          expect.objectContaining({ code: "budget-exceeded", path: "a/AGENTS.md" }),
        );
        const { cwd, home } = trusted(directory);
        const { stdout } = client.run(["debug", "prompt-input", "hi"], { cwd: join(cwd, "a"), home });
        expect([/R{99,}/, /S{99,}/].map((run) => run.exec(stdout)?.[0].length)).toEqual([20_000, 12_768]);
      });
      it.skipIf(typeof corpus === "string")(
        "S20-10 S20-13 loads all that is written of people's skills and agents",
        async () => {
          if (typeof corpus === "string") return;
          const { directory, files, made } = await writeLayers(adapter, corpus.layers);
          const where = trusted(directory);
          const { stdout } = client.run(["debug", "prompt-input", "hi"], where);
          const skills = Object.keys(files).flatMap((path) => /skills\/([^/]+)\/SKILL\.md$/.exec(path)?.[1] ?? []);
          expect(skills.length).toBeGreaterThan(40);
          for (const name of skills) expect(stdout).toMatch(new RegExp(`- ${name}(?:: | \\()`));
          expect(client.run(["app-server", "--strict-config", "--print-startup-config"], where).status).toBe(0);
          const sent = await client.capture((url) => [...provider(url), "exec", "--skip-git-repo-check", "hi"], {
            ...where,
            env: { K: "k" },
          });
          const agents = Object.keys(corpus.layers.subagents?.agents ?? {});
          expect(agents.length).toBeGreaterThan(10);
          for (const name of agents) expect(sent).toContain(`${name}: {`);
          // Hundreds of rules exceed what Codex reads of AGENTS.md: the rest would be cut without a word.
          expect(made.diagnostics).toContainEqual(
            expect.objectContaining({ code: "budget-exceeded", path: "AGENTS.md" }),
          );
        },
      );
      it("refuses a skill whose name is too long, which is why it is left out", async () => {
        const long = "x".repeat(65);
        const { directory } = await writeLayers(adapter, await parseLayers({ prompt: "P\n" }));
        const where = trusted(directory);
        for (const name of [long, "short"]) {
          mkdirSync(join(where.cwd, ".agents/skills", name), { recursive: true });
          writeFileSync(
            join(where.cwd, ".agents/skills", name, "SKILL.md"),
            `---\nname: ${name}\ndescription: d\n---\n`,
          );
        }
        const { stdout } = client.run(["debug", "prompt-input", "hi"], where);
        expect(stdout).toContain("- short: d");
        expect(stdout).not.toContain(long);
      });
      it("R3 no longer starts with approval_policy = untrusted", async () => {
        const { directory } = await writeLayers(adapter, await parseLayers({ prompt: "P\n" }));
        const where = trusted(directory);
        writeFileSync(join(where.home, ".codex/config.toml"), 'approval_policy = "untrusted"\n');
        const { stdout, stderr } = client.run(["app-server", "--strict-config", "--print-startup-config"], where);
        expect(stdout + stderr).toContain("no longer supported");
      });
    });
  },
);
