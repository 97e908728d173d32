import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import type { Layers } from "@stax/schema";
import { parseLayers } from "./write-layers.ts";

const corpus = join(import.meta.dirname, "../../../../shared/corpus");

/** Corpus is people's rules, skills and subagents as layers. */
export interface Corpus {
  readonly layers: Layers;
  /** Skills that the format refuses, by name, with its reason. */
  readonly refused: ReadonlyMap<string, string>;
}

/** readCorpus reads the real assets beside the repository; a sentence where they are not there, for the name of the skipped test. */
export async function readCorpus(): Promise<Corpus | string> {
  if (!existsSync(corpus)) return `${corpus} is not there`;
  const rules = { ...rulesOf("copilot/instructions"), ...rulesOf("cursorrules/rules") };
  const { skills, refused } = await skillsOf();
  return { layers: await parseLayers({ rules, skills, subagents: agentsOf() }), refused };
}

const filesBelow = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((path) => join(directory, path))
    .filter((path) => statSync(path).isFile())
    .sort();

// People's headers are often no YAML: a field is what follows the first colon of a line, without its quotes.
function split(text: string): { readonly fields: ReadonlyMap<string, string>; readonly body: string } {
  const [, header = "", body = text] = /^\ufeff?---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(text) ?? [];
  const fields = [...header.matchAll(/^([\w-]+):[ \t]*(\S.*)$/gm)].map(
    ([, name = "", value = ""]) => [name, value.trim().replace(/^(["'])([\s\S]*)\1$/, "$2")] as const,
  );
  return { fields: new Map(fields), body };
}

function rulesOf(folder: string): Record<string, string> {
  return Object.fromEntries(
    filesBelow(join(corpus, folder)).map((path) => {
      const { fields, body } = split(readFileSync(path, "utf8"));
      const globs = globsIn(fields.get("applyTo") ?? fields.get("globs") ?? "");
      const named = globs.filter((glob) => glob !== "" && glob !== "**");
      const description = fields.get("description");
      const always = fields.get("alwaysApply") === "true" || globs.includes("**");
      const scope = always ? "always" : named.length > 0 ? "glob" : description === undefined ? "manual" : "auto";
      // JSON is YAML, whatever the text holds.
      const header = JSON.stringify({ scope, globs: named, ...(description !== undefined && { description }) });
      return [`${basename(path).replace(/\.(?:instructions\.md|mdc)$/, "")}.md`, `---\n${header}\n---\n${body}`];
    }),
  );
}

// A list in brackets or none, quoted or not; a comma in braces is part of its glob.
const globsIn = (text: string): readonly string[] =>
  text
    .replace(/^\[(.*)\]$/, "$1")
    .split(/,(?![^{]*\})/)
    .map((glob) => glob.trim().replace(/^(["'])(.*)\1$/, "$2"));

async function skillsOf() {
  const skills: Record<string, Uint8Array> = {};
  const refused = new Map<string, string>();
  for (const file of filesBelow(corpus).filter((path) => basename(path) === "SKILL.md")) {
    const directory = dirname(file);
    const tree = filesBelow(directory).map((path) => [
      `${basename(directory)}/${relative(directory, path)}`,
      readFileSync(path),
    ]);
    try {
      await parseLayers({ skills: Object.fromEntries(tree) });
      Object.assign(skills, Object.fromEntries(tree));
    } catch (error) {
      refused.set(basename(directory), String(error));
    }
  }
  return { skills, refused };
}

function agentsOf(): Record<string, object> {
  const files = filesBelow(join(corpus, "agents-marketplace")).filter((path) => /\/agents\/[^/]+\.md$/.test(path));
  return Object.fromEntries(
    files.map((path) => {
      const { fields, body } = split(readFileSync(path, "utf8"));
      const model = fields.get("model");
      const description = fields.get("description") ?? "";
      return [basename(path, ".md"), { description, instructions: body, ...(model !== undefined && { model }) }];
    }),
  );
}
