import { readFileSync } from "node:fs";
import { join } from "node:path";
import { slugOf } from "@stax/materialize";
import { writeLayers } from "@stax/testing";
import { findClient, materializeExample } from "@stax/testing/clients";
import { readCorpus } from "@stax/testing/corpus";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAgent } from "./agents.ts";
import { adapter } from "./index.ts";
import { loaderOf } from "./loader.fixture.ts";
import { applicationOf, globsOf, mdcValue, readMdc, writeMdc } from "./mdc.ts";

// The editor is not on npm; the SDK brings the loader of its local agent along.
const client = findClient("cursor");
const corpus = await readCorpus();

const line = fc
  .array(
    fc.constantFrom(
      "description",
      "globs",
      "alwaysApply",
      "metadata",
      ":",
      ": ",
      '"',
      "'",
      "---",
      "--",
      "-",
      "true",
      "false",
      "[",
      "]",
      ",",
      "{",
      "}",
      "a",
      "**/*.go",
      "  ",
      "\t",
      "\r",
      "#",
      "\\",
    ),
    { maxLength: 7 },
  )
  .map((parts) => parts.join(""));
const lines = fc.array(line, { maxLength: 6 }).map((all) => all.join("\n"));

describe.skipIf(typeof client === "string")(
  `the loader of @cursor/sdk ${typeof client === "string" ? `(skipped: ${client})` : client.version}`,
  () => {
    if (typeof client === "string") return;
    const loader = loaderOf(client.directory);

    it("R8 reads rules as our own parser of them does, whatever they hold", () => {
      fc.assert(
        fc.property(lines, lines, fc.constantFrom("---\n", "", "\n---\r\n"), (header, body, fence) => {
          const text = `${fence}${header}\n---\n${body}`;
          const theirs = loader.readRule(text);
          const ours = readMdc(text);
          expect(ours === undefined).toBe(theirs === null);
          if (ours === undefined || theirs === null) return;
          const fields = Object.entries(theirs.frontmatter).filter(([name]) => !name.startsWith("metadata."));
          expect(ours).toEqual({ fields: Object.fromEntries(fields), body: theirs.body });
          expect(globsOf(ours.fields.globs)).toEqual(loader.splitGlobs(theirs.frontmatter.globs) ?? []);
        }),
        { numRuns: 3000 },
      );
    });
    it("reads agents as our own parser of them does, whatever they hold", () => {
      fc.assert(
        fc.property(lines, lines, (header, body) => {
          const text = `---\nname: x\n${header}\n---\n${body}`;
          const theirs = loader.readAgent(text);
          const ours = readAgent(text);
          expect(ours?.prompt).toBe(theirs?.prompt);
          expect(ours?.fields.description).toBe(theirs?.description);
          expect(ours?.fields.name ?? "").toBe(theirs?.name ?? "");
        }),
        { numRuns: 2000 },
      );
    });
    it("R8 gives back every value that we write", () => {
      fc.assert(
        fc.property(fc.oneof(line, fc.string({ unit: "binary" })), (value) => {
          const form = mdcValue(value);
          if (form === undefined) return;
          const read = loader.readRule(writeMdc({ description: form, alwaysApply: false }, "body"));
          expect(read).toMatchObject({ frontmatter: { description: value, alwaysApply: false }, body: "body" });
        }),
        { numRuns: 3000 },
      );
    });
    it("S33-10 S33-11 takes the servers of the example whole, with the variables they name; one wrong entry empties the file", () => {
      const scratch = materializeExample("cursor");
      try {
        const file = JSON.parse(readFileSync(join(scratch.project, ".cursor/mcp.json"), "utf8"));
        const asked: string[] = [];
        const expanded = loader.expand(file, (name) => {
          asked.push(name);
          return `value of ${name}`;
        });
        expect(loader.servers.parse(expanded)).toEqual(expanded);
        expect(asked.length).toBeGreaterThan(1);
        expect(JSON.stringify(expanded)).not.toContain("${");
        const wrong = { mcpServers: { ...file.mcpServers, wrong: { type: "stdio", command: "x", args: [1] } } };
        expect(loader.servers.safeParse(wrong).success).toBe(false);
      } finally {
        scratch.remove();
      }
    });
    it.skipIf(typeof corpus === "string")(
      "takes people's skills, rules and agents, each as what its author wrote",
      async () => {
        if (typeof corpus === "string") return;
        const { directory, files, losses } = await writeLayers(adapter, corpus.layers);
        const taken = Object.entries(files).map(
          ([path, text]) => [path, loader.kindOf(join(directory, path)), text] as const,
        );
        const of = (kind: string) => taken.filter(([, one]) => one === kind);
        const { rules, skills, subagents } = corpus.layers;
        expect(of("skills")).toHaveLength(skills?.skills.length ?? 0);
        expect(of("agents")).toHaveLength(Object.keys(subagents?.agents ?? {}).length);
        for (const [path, , text] of of("agents")) {
          const { description, instructions = "" } =
            subagents?.agents[path.split("/").at(-1)?.slice(0, -3) ?? ""] ?? {};
          expect(loader.readAgent(text), path).toMatchObject({ description, prompt: instructions.trim() });
        }
        const lost = losses.filter(({ feature, field }) => feature === "rules" && field === undefined);
        expect(of("rules")).toHaveLength((rules?.rules.length ?? 0) - lost.length);
        for (const [path, , text] of of("rules")) {
          const rule = loader.readRule(text);
          const author = rules?.rules.find(({ id }) => path === `.cursor/rules/${slugOf(id)}.mdc`);
          expect(rule && applicationOf({ fields: rule.frontmatter, body: rule.body }), path).toBe(author?.scope);
        }
      },
    );
    it("S33-05 S33-17 takes every rule and agent of the example, and applies each rule as its author said", () => {
      const scratch = materializeExample("cursor");
      try {
        const read = (path: string) => readFileSync(join(scratch.project, path), "utf8");
        const applied = scratch.files
          .filter((path) => path.endsWith(".mdc"))
          .map((path) => {
            const rule = loader.readRule(read(path));
            return [path, rule && applicationOf({ fields: rule.frontmatter, body: rule.body })];
          });
        expect(Object.fromEntries(applied)).toEqual({
          ".cursor/rules/api-changes.mdc": "auto",
          ".cursor/rules/errors-carry-context.mdc": "always",
          ".cursor/rules/go-tests.mdc": "glob",
          ".cursor/rules/personal-data.mdc": "always",
          ".cursor/rules/release-week.mdc": "manual",
          ".cursor/rules/reviews.mdc": "auto",
          ".cursor/rules/sql-in-repositories.mdc": "glob",
        });
        const agents = scratch.files.filter((path) => path.startsWith(".cursor/agents/"));
        expect(agents).toHaveLength(2);
        for (const path of agents)
          expect(loader.readAgent(read(path))).toMatchObject({
            name: path.slice(".cursor/agents/".length, -".md".length),
            description: expect.stringMatching(/^[A-Z]/),
          });
      } finally {
        scratch.remove();
      }
    });
  },
);
