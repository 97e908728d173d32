import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { slugOf } from "@stax/materialize";
import { parseLayers, writeLayers } from "@stax/testing";
import { type Call, endpointOf, findClient, freePorts, materializeExample, type Scratch } from "@stax/testing/clients";
import { readCorpus } from "@stax/testing/corpus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adapter } from "./index.ts";

const client = findClient("claude-code");
const corpus = await readCorpus();

interface Init {
  readonly agents: readonly string[];
  readonly skills: readonly string[];
  readonly mcp_servers: readonly { readonly name: string; readonly status: string }[];
}

// A path that a glob matches.
const sampleOf = (glob: string): string =>
  glob
    .replace(/\{([^,}]*)[^}]*\}/g, "$1")
    .replace(/^\//, "")
    .replaceAll("**", "d")
    .replaceAll("*", "x")
    .replace(/\[(.)[^\]]*\]/g, "$1")
    .replaceAll("?", "x")
    .replace(/\/$/, "/f");

describe.skipIf(typeof client === "string")(
  `Claude Code ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    const converse = async (where: Pick<Scratch, "project" | "home">, script: readonly (readonly Call[])[] = []) => {
      const ports = await freePorts();
      const outcome = await client.converse(["-p", "hi", "--output-format", "stream-json", "--verbose"], {
        cwd: where.project,
        home: where.home,
        ports,
        env: {
          ANTHROPIC_API_KEY: "x",
          ANTHROPIC_BASE_URL: endpointOf(ports.model),
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        },
        script,
      });
      expect(outcome.status, outcome.stderr).toBe(0);
      const init = JSON.parse(outcome.stdout.split("\n")[0] ?? "") as Init; // as the client documents
      return { init, sent: outcome.model.map(({ body }) => body).join("\n") };
    };
    const env = { SHIPMENTS_DB_URL: "x", HARBOURLINE_TICKETS_TOKEN: "x", WIKI_TOKEN: "x" };
    const said = (args: readonly string[], { project, home }: Pick<Scratch, "project" | "home">) => {
      const { status, stdout, stderr } = client.run(args, { cwd: project, home, env });
      expect(status, stderr).toBe(0);
      return stdout;
    };

    describe.each(["project", "user"] as const)("with the example in %s scope", (scope) => {
      let scratch: Scratch;
      beforeAll(() => {
        scratch = materializeExample("claude-code", scope);
      });
      afterAll(() => scratch.remove());
      const written = (path: string) =>
        readFileSync(join(scope === "user" ? scratch.home : scratch.project, path), "utf8");
      const filesOf = (pattern: RegExp) => scratch.files.filter((path) => pattern.test(path));

      it("S18-01 S18-02 shows the model the root document and what is always on, each line once; names every skill and agent", async () => {
        const { init, sent } = await converse(scratch);
        const root = scope === "user" ? ".claude/CLAUDE.md" : "CLAUDE.md";
        const always = filesOf(/^\.claude\/rules\//).filter((path) => !written(path).startsWith("---\n"));
        expect(always.length).toBeGreaterThan(1);
        const lines = [root, ...always]
          .flatMap((path) => written(path).split("\n"))
          .filter((line) => line.length > 60 && !/["\\`<>&]/.test(line));
        expect(lines.length).toBeGreaterThan(5);
        for (const line of lines) expect(sent.split(line).length - 1, line).toBe(1);
        const skills = filesOf(/\/SKILL\.md$/).map((path) => basename(dirname(path)));
        expect(skills).toHaveLength(4);
        expect(init.skills).toEqual(expect.arrayContaining(skills));
        const agents = filesOf(/^\.claude\/agents\//).map((path) => basename(path, ".md"));
        expect(agents).toHaveLength(2);
        expect(init.agents).toEqual(expect.arrayContaining(agents));
      });
      it("finds nothing wrong with what was written: no skill, agent or setting", () => {
        const report = said(["doctor"], scratch);
        expect(report).toContain("No installation issues found");
        expect(report).not.toContain("Invalid");
        if (scope === "project")
          expect(
            JSON.parse(said(["plugin", "validate", "--strict", "--json", scratch.project], scratch)),
          ).toMatchObject({ success: true, contents: [] });
      });
      it("R12 knows every server; in a project they wait for approval", () => {
        const file = scope === "user" ? ".claude.json" : ".mcp.json";
        const { mcpServers } = JSON.parse(written(file));
        const names = Object.keys(mcpServers);
        expect(names.length).toBeGreaterThan(2);
        const listed = said(["mcp", "list"], scratch);
        for (const name of names) {
          const line = listed.split("\n").find((one) => one.startsWith(`${name}:`));
          expect(line, name).toBeDefined();
          if (scope === "project") expect(line).toContain("Pending approval");
        }
        expect(listed).not.toContain("has a url but no type");
      });
    });

    describe("with what the example does not have", () => {
      it("O13 R11 follows the import of AGENTS.md in CLAUDE.md, and of a directory's when a file of it is read, each once", async () => {
        const together = materializeExample("claude-code,codex");
        try {
          const read = (path: string) => readFileSync(join(together.project, path), "utf8");
          expect(read("CLAUDE.md")).toContain("@AGENTS.md");
          const nested = together.files.filter((path) => /.\/AGENTS\.md$/.test(path) && !path.startsWith("."));
          expect(nested).toHaveLength(2);
          const files = nested.map((path) => join(together.project, dirname(path), "x.txt"));
          for (const file of files) writeFileSync(file, "x\n");
          const { sent } = await converse(together, [
            files.map((file) => ({ tool: "Read", input: { file_path: file } })),
          ]);
          const first = sent.split("\n")[0] ?? "";
          const last = sent.split("\n").at(-1) ?? "";
          for (const path of ["AGENTS.md", ...nested]) {
            const lines = read(path)
              .split("\n")
              .filter((line) => line.length > 30 && !/["\\]/.test(line));
            expect(lines.length, path).toBeGreaterThan(0);
            for (const line of lines) {
              expect(last.split(line).length - 1, line).toBe(1);
              expect(first.includes(line), line).toBe(path === "AGENTS.md");
            }
          }
        } finally {
          together.remove();
        }
      });
      it("R1 skips a server with a url and no type, which is why ours have one", async () => {
        const layers = await parseLayers({ mcp: { web: { url: "https://mcp.example.com/mcp", transport: "http" } } });
        const { directory, files } = await writeLayers(adapter, layers);
        const where = { project: directory, home: join(directory, "scratch-home") };
        mkdirSync(where.home);
        expect(said(["mcp", "list"], where)).toContain("web: https://mcp.example.com/mcp (HTTP)");
        writeFileSync(join(directory, ".mcp.json"), (files[".mcp.json"] ?? "").replace(/\s*"type": "http",/, ""));
        const listed = said(["mcp", "list"], where);
        expect(listed).toMatch(/has a .*url.* but no .*type/);
      });
      it("ends the front matter of a skill at the first three dashes, which is why that is reported", async () => {
        const skill = '---\nname: fix\ndescription: "MARK-BEFORE --- after"\n---\nx\n';
        const { directory, losses } = await writeLayers(
          adapter,
          await parseLayers({ skills: { "fix/SKILL.md": skill } }),
        );
        expect(losses).toMatchObject([{ item: "fix", field: "description" }]);
        const home = join(directory, "scratch-home");
        mkdirSync(home);
        expect((await converse({ project: directory, home })).sent).not.toContain("MARK-BEFORE");
      });
      it("S12-15 reads an agent and a skill whose texts would break out of YAML, and nothing else of them", async () => {
        const nasty = "\"' }} ]: # --- \u007f é😀 model: haiku";
        // In the list of skills, Claude Code writes no control characters.
        const plain = nasty.replace("---", "--").replace("\u007f", "");
        const layers = await parseLayers({
          subagents: { helper: { description: `A${nasty}`, instructions: "---\nname: other\n---\nB\n" } },
          rules: { "r.md": '---\nscope: glob\nglobs: ["src/a---b/**"]\n---\nMARK-RULE\n' },
          skills: { "fix/SKILL.md": `---\nname: fix\ndescription: ${JSON.stringify(`C${plain}`)}\n---\nx\n` },
        });
        const { directory } = await writeLayers(adapter, layers);
        const home = join(directory, "scratch-home");
        mkdirSync(home);
        const { init, sent } = await converse({ project: directory, home });
        expect(init.agents).toContain("helper");
        for (const text of [`A${nasty}`, `C${plain}`]) expect(sent).toContain(JSON.stringify(text).slice(1, -1));
        expect(init.agents).not.toContain("other");
      });
      it.skipIf(typeof corpus === "string")(
        "loads people's skills and agents, rules that are always on at once, the others with a file that they are for",
        async () => {
          if (typeof corpus === "string") return;
          const { directory, files } = await writeLayers(adapter, corpus.layers);
          const home = join(directory, "scratch-home");
          mkdirSync(home);
          const scoped = (corpus.layers.rules?.rules ?? []).filter(
            ({ scope, body }) => scope === "glob" && /\S/.test(body),
          );
          const samples = [...new Set(scoped.map(({ globs }) => sampleOf(globs?.[0] ?? "")))];
          for (const path of samples) {
            mkdirSync(dirname(join(directory, path)), { recursive: true });
            writeFileSync(join(directory, path), "x\n");
          }
          const reads = samples.map((path) => ({ tool: "Read", input: { file_path: join(directory, path) } }));
          const { init, sent } = await converse({ project: directory, home }, [reads]);
          const named = (pattern: RegExp) => Object.keys(files).flatMap((path) => pattern.exec(path)?.[1] ?? []);
          const [skills, agents] = [
            named(/^\.claude\/skills\/([^/]+)\/SKILL\.md$/),
            named(/^\.claude\/agents\/(.*)\.md$/),
          ];
          expect([skills.length > 40, agents.length > 10, scoped.length > 300]).toEqual([true, true, true]);
          expect(init.skills).toEqual(expect.arrayContaining(skills));
          expect(init.agents).toEqual(expect.arrayContaining(agents));
          const unread = Object.keys(files).filter(
            (path) => path.startsWith(".claude/rules/") && /\S/.test(files[path] ?? "") && !sent.includes(`/${path}`),
          );
          const empty = (corpus.layers.rules?.rules ?? []).filter(({ body }) => !/\S/.test(body));
          expect(unread).toEqual(empty.map(({ id }) => `.claude/rules/${slugOf(id)}.md`));
        },
      );
    });
  },
);
