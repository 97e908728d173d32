import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findClient, materializeExample } from "@stax/testing/clients";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { readAgent } from "./agents.ts";
import { applicationOf, globsOf, type MdcValue, mdcValue, readMdc, writeMdc } from "./mdc.ts";

// The editor is not on npm; the SDK brings the loader of its local agent along.
const client = findClient("cursor");

interface Loader {
  readonly readRule: (text: string) => { frontmatter: Record<string, MdcValue>; body: string } | null;
  readonly splitGlobs: (value: unknown) => readonly string[] | undefined;
  readonly readAgent: (text: string) => {
    name: string;
    description?: string;
    model?: string;
    prompt: string;
  } | null;
  /** Of the whole file: where it does not fit, Cursor takes the file for empty. */
  readonly servers: z.ZodType;
  readonly expand: (value: unknown, variable: (name: string) => string | undefined) => unknown;
}

/** The loader's functions are not exported: they are found by how they begin, and run as they are. */
function loaderOf(directory: string): Loader {
  const dist = join(directory, "node_modules/@cursor/sdk/dist/esm");
  const source = readdirSync(dist)
    .filter((name) => name.endsWith(".js"))
    .map((name) => readFileSync(join(dist, name), "utf8"))
    .find((text) => text.includes('.includeGlobs:["**/*.mdc"]'.slice(1)));
  if (source === undefined) throw new Error("the SDK has no loader of rules");
  const lift = (start: RegExp): { readonly name: string; readonly text: string } => {
    const found = start.exec(source);
    if (found?.[1] === undefined) throw new Error(`the SDK has no function that begins with ${start.source}`);
    let end = source.indexOf("{", found.index);
    for (let depth = 1; depth > 0; end += 1) depth += { "{": 1, "}": -1 }[source[end + 1] ?? ""] ?? 0;
    return { name: found[1], text: source.slice(found.index, end + 1) };
  };
  const rule = lift(/function (\w+)\(e\)\{const t=e\.trimStart\(\);if\(!t\.startsWith\("---"\)\)return null;/);
  const scalar = lift(/function (\w+)\(e\)\{const t=e\.trim\(\);return"true"===t\|\|"false"!==t/);
  const globs = lift(/function (\w+)\(e\)\{if\("string"==typeof e\)\{const t=function\(e\)\{const t=\[\];let r=0/);
  const flag = lift(/function (\w+)\(e\)\{return"true"===\(e\?\?""\)/);
  const agent = lift(/function (\w+)\(e\)\{const t=e\.match\(\/\^---/);
  const enums = /(\w+)\.b\$\.READONLY/.exec(agent.text)?.[1] ?? "unused";
  const expand = lift(/function (\w+)\(e,t\)\{if\("string"==typeof e\)return function\(e,t\)\{return e\.replace\(/);
  const pattern = /const (\w+)=(\/\\\$\\\{\(\?:env:\(\[A-Za-z_\][^;]*\/g);function/.exec(source);
  const schema =
    /const (\w+=(\w+)\.z\.object\(\{type:\2\.z\.literal\("stdio"\).*?,(\w+)=\2\.z\.object\(\{mcpServers:.*?\}\));/.exec(
      source.slice(source.indexOf(expand.text)),
    );
  if (pattern?.[2] === undefined || schema?.[2] === undefined) throw new Error("the SDK has no schema of servers");
  const functions = [rule, scalar, globs, flag, agent, expand].map(({ text }) => text).join(";");
  const servers = `const ${schema[1]}; const ${/replace\((\w+),/.exec(expand.text)?.[1] ?? ""} = ${pattern[2]};`;
  const exports = `readRule: ${rule.name}, splitGlobs: ${globs.name}, readAgent: ${agent.name}, expand: ${expand.name}, servers: ${schema[3]}`;
  const made = new Function(enums, schema[2], `${servers} ${functions}; return { ${exports} };`);
  return made({ b$: { READONLY: 1, DEFAULT: 0 } }, { z }) as Loader; // as its own callers use them
}

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
