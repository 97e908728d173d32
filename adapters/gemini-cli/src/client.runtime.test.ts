import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseLayers, writeLayers } from "@stax/testing";
import { findClient, materializeExample, type Scratch } from "@stax/testing/clients";
import { readCorpus } from "@stax/testing/corpus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adapter, geminiCli } from "./index.ts";

const client = findClient("gemini-cli");

const corpus = await readCorpus();

/** What a person's own settings hold: how they sign in, and that folders must be trusted. */
function setUp(home: string): void {
  mkdirSync(join(home, ".gemini"), { recursive: true });
  const path = join(home, ".gemini/settings.json");
  let own: Record<string, unknown> = {};
  try {
    own = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>; // ours, or nobody's
  } catch {}
  const security = { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: true } };
  writeFileSync(path, JSON.stringify({ ...own, security }));
}
const trust = (home: string, folder: string) =>
  writeFileSync(join(home, ".gemini/trustedFolders.json"), JSON.stringify({ [folder]: "TRUST_FOLDER" }));

const telling = (text: string) => text.split("\n").filter((line) => line.length > 60 && !/["\\`<>&=']/.test(line));

describe.skipIf(typeof client === "string")(
  `Gemini CLI ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    const run = (args: readonly string[], { project, home }: Pick<Scratch, "project" | "home">) => {
      const { status, stdout, stderr } = client.run(args, { cwd: project, home });
      expect(status, stderr).toBe(0);
      return stdout + stderr;
    };
    const prompt = (project: string, home: string, args: readonly string[] = ["-m", "gemini-3-pro"]) =>
      client.capture(() => ["-p", "hi", ...args], {
        cwd: project,
        home,
        env: { GEMINI_API_KEY: "k" },
        endpointEnv: (endpoint) => ({ GOOGLE_GEMINI_BASE_URL: endpoint }),
      });

    describe.each(["project", "user"] as const)("with the example in %s scope", (scope) => {
      let scratch: Scratch;
      beforeAll(() => {
        scratch = materializeExample("gemini-cli", scope);
        setUp(scratch.home);
      });
      afterAll(() => scratch.remove());
      const written = (path: string) =>
        readFileSync(join(scope === "user" ? scratch.home : scratch.project, path), "utf8");
      const skills = () => scratch.files.filter((path) => path.endsWith("/SKILL.md"));

      it.runIf(scope === "project")("R12 shows no skills and servers until the folder is trusted", () => {
        const [name = ""] = skills();
        expect(run(["skills", "list", "--all"], scratch)).not.toContain(name);
        trust(scratch.home, scratch.project);
        expect(run(["skills", "list", "--all"], scratch)).toContain(name);
      });
      it("lists every skill, and takes every agent without a complaint", () => {
        trust(scratch.home, scratch.project);
        const listed = run(["skills", "list", "--all"], scratch);
        expect(skills()).toHaveLength(4);
        for (const path of skills()) expect(listed).toContain(path);
        expect(scratch.files.filter((path) => path.startsWith(".gemini/agents/"))).toHaveLength(2);
        expect(listed).not.toContain("Agent loading error");
      });
      it("lists every server with its transport", () => {
        trust(scratch.home, scratch.project);
        const { mcpServers } = JSON.parse(written(".gemini/settings.json"));
        const listed = run(["mcp", "list"], scratch);
        expect(Object.keys(mcpServers).length).toBeGreaterThan(2);
        for (const [name, { type = "stdio" }] of Object.entries<{ type?: string }>(mcpServers))
          expect(listed).toMatch(new RegExp(`${name}: .*\\(${type}\\)`));
      });
      it("R12 shows the model the instructions, once, and the agents; those of a project when each is approved as it is", async () => {
        trust(scratch.home, scratch.project);
        const agents = scratch.files.filter((path) => path.startsWith(".gemini/agents/"));
        const offered = (sent: string) => agents.map((path) => sent.includes(`<name>${basename(path, ".md")}</name>`));
        const hash = (path: string) => createHash("sha256").update(written(path)).digest("hex");
        if (scope === "project") {
          expect(offered(await prompt(scratch.project, scratch.home))).toEqual([false, false]);
          const approved = Object.fromEntries(agents.map((path) => [basename(path, ".md"), hash(path)]));
          mkdirSync(join(scratch.home, ".gemini/acknowledgments"), { recursive: true });
          const file = join(scratch.home, ".gemini/acknowledgments/agents.json");
          writeFileSync(file, JSON.stringify({ [scratch.project]: approved }));
        }
        const sent = await prompt(scratch.project, scratch.home);
        expect(offered(sent)).toEqual([true, true]);
        const lines = telling(written(scope === "user" ? ".gemini/GEMINI.md" : "GEMINI.md"));
        expect(lines.length).toBeGreaterThan(3);
        for (const line of lines) expect(sent.split(line).length - 1, line).toBe(1);
      });
    });

    describe("with what the example does not have", () => {
      it("R11 follows the import of AGENTS.md in GEMINI.md, and reads nothing twice", async () => {
        const scratch = materializeExample("gemini-cli,github-copilot");
        try {
          setUp(scratch.home);
          trust(scratch.home, scratch.project);
          expect(readFileSync(join(scratch.project, "GEMINI.md"), "utf8")).toBe("@AGENTS.md\n");
          const sent = await prompt(scratch.project, scratch.home);
          const lines = telling(readFileSync(join(scratch.project, "AGENTS.md"), "utf8"));
          expect(lines.length).toBeGreaterThan(3);
          for (const line of lines) expect(sent.split(line).length - 1, line).toBe(1);
        } finally {
          scratch.remove();
        }
      });
      it.skipIf(typeof corpus === "string")("loads all that is written of people's skills and agents", async () => {
        if (typeof corpus === "string") return;
        const { directory, files } = await writeLayers(adapter, corpus.layers);
        const home = join(directory, "scratch-home");
        setUp(home);
        trust(home, directory);
        const listed = run(["skills", "list", "--all"], { project: directory, home });
        const skills = Object.keys(files).filter((path) => path.endsWith("/SKILL.md"));
        expect(skills.length).toBeGreaterThan(40);
        expect(skills.filter((path) => !listed.includes(join(directory, path)))).toEqual([]);
        expect(listed).not.toContain("Agent loading error");
      });
      it("hands the model's parameters over, and refuses an agent with one field more", async () => {
        const layers = await parseLayers({
          prompt: "P\n",
          subagents: { good: { description: 'Reads: "all"\n--- of it', instructions: "B\n" } },
        });
        const config = geminiCli({ model: "gemini-2.5-pro", modelParams: { temperature: 0.125, top_k: 7 } });
        const { directory } = await writeLayers(adapter, layers, config);
        const home = join(directory, "scratch-home");
        setUp(home);
        trust(home, directory);
        const sent = await prompt(directory, home, []);
        expect(sent).toContain('"temperature":0.125');
        expect(sent).toContain('"topK":7');
        const file = '---\nname: "bad"\ndescription: "d"\ntags: ["x"]\n---\nB\n';
        writeFileSync(join(directory, ".gemini/agents/bad.md"), file);
        const listed = run(["skills", "list", "--all"], { project: directory, home });
        expect(listed).toMatch(/Agent loading error: .*bad\.md/);
        expect(listed).not.toContain("good.md");
      });
    });
  },
);
