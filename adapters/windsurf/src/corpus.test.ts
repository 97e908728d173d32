import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { frontMatter, oneLine, slugOf } from "@stax/materialize";
import { parseLayers, writeLayers } from "@stax/testing";
import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { adapter } from "./index.ts";

const corpus = join(import.meta.dirname, "../../../../shared/corpus");
const folders = ["cursorrules/rules", "copilot/instructions"].map((folder) => join(corpus, folder));
const isThere = folders.every((folder) => existsSync(folder));

interface Found {
  readonly description: string;
  readonly globs: readonly string[];
  readonly body: string;
}

// As people write it: a line each, quoted or not, YAML or not.
function ruleIn(text: string): Found {
  const [, header = "", body = text] = /^\ufeff?---\r?\n([\s\S]*?)\r?\n---\r?\n?([\s\S]*)$/.exec(text) ?? [];
  const field = (name: string) => new RegExp(`^(?:${name}):[ \\t]*(.*)$`, "m").exec(header)?.[1]?.trim() ?? "";
  const globs = field("globs|applyTo").replace(/^['"[]+|['"\]]+$/g, "");
  return {
    description: field("description").replace(/^(['"])(.*)\1$/, "$2"),
    globs: globs.split(",").flatMap((glob) => (/^\s*$|^!/.test(glob) ? [] : [glob.trim().replace(/^['"]|['"]$/g, "")])),
    body,
  };
}

const found = (): readonly (readonly [string, Found])[] =>
  folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => /\.(?:mdc|md)$/.test(path))
      .map((path, index) => [`${index}-${basename(path)}`, ruleIn(readFileSync(join(folder, path), "utf8"))] as const),
  );

describe.skipIf(!isThere)(`real rules${isThere ? "" : " (skipped: the corpus is not beside the repository)"}`, () => {
  it("S35-04 become rules whose front matter reads back equal, bodies byte for byte", async () => {
    const all = found();
    expect(all.length).toBeGreaterThan(400);
    const files = all.map(([name, { description, globs, body }]) => {
      const scope = globs.length > 0 ? "glob" : description === "" ? "always" : "auto";
      const header = { scope, ...(globs.length > 0 && { globs }), ...(description !== "" && { description }) };
      return [`${name.replace(/\.mdc$/, ".md")}`, frontMatter(header) + body] as const;
    });
    const made = await writeLayers(adapter, await parseLayers({ rules: Object.fromEntries(files) }));
    expect(made.losses.filter(({ field }) => field === undefined)).toEqual([]);
    for (const [name, { description, globs, body }] of all) {
      const text = made.files[`.devin/rules/${slugOf(name)}.md`] ?? "";
      const end = text.indexOf("\n---\n", 3);
      const header = parseDocument(text.slice(4, end + 1));
      expect(header.errors, name).toEqual([]);
      const value = header.toJS() as { trigger: string; globs?: string[]; description?: string }; // what the adapter writes
      expect(value.description ?? "", name).toBe(oneLine(description));
      expect((value.globs ?? []).length > 0, name).toBe(globs.length > 0);
      expect(value.trigger, name).toBe(globs.length > 0 ? "glob" : description === "" ? "always_on" : "model_decision");
      expect(text.slice(end + 5), name).toBe(body);
    }
  });
});
