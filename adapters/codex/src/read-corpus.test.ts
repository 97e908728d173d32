import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readRuntime } from "@stax/materialize";
import { type FileEntry, fileEntry, readEntry, sortTree } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { adapter } from "./index.ts";

const corpus = join(import.meta.dirname, "../../../../shared/corpus");
const missing = existsSync(corpus) ? "" : ` (skipped: ${corpus} is not there)`;

const below = (from: string, to: string): readonly FileEntry[] =>
  existsSync(join(corpus, from))
    ? readdirSync(join(corpus, from), { recursive: true, encoding: "utf8" })
        .map((path) => path.replaceAll("\\", "/"))
        .filter((path) => statSync(join(corpus, from, path)).isFile())
        .map((path) => fileEntry(`${to}/${path}`, readFileSync(join(corpus, from, path))))
    : [];

const bytesOf = async (file: FileEntry) => Buffer.from(await readEntry(file, 2 ** 24)).toString("latin1");

describe.skipIf(missing !== "")(`the corpus${missing}`, () => {
  it.each([".agents/skills", ".codex/skills"])("skills of superpowers in %s: every byte is carried", async (place) => {
    const tree = sortTree(below("superpowers/skills", place));
    const { files, layers, diagnostics } = await readRuntime(adapter, tree);
    expect(files.map(({ path, outcome }) => [path, outcome])).toEqual(tree.map(({ path }) => [path, "carried"]));
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const carried = (layers.skills?.skills ?? []).flatMap(({ name, tree: inner }) =>
      inner.map((file) => ({ ...file, path: `${place}/${name}/${file.path}` })),
    );
    expect(await Promise.all(sortTree(carried).map(bytesOf))).toEqual(await Promise.all(tree.map(bytesOf)));
  });
  it.each(missing === "" ? readdirSync(join(corpus, "agents-marketplace/plugins")) : [])(
    "commands of the plugin %s as prompts: each is a skill, none is left",
    async (plugin) => {
      const tree = below(`agents-marketplace/plugins/${plugin}/commands`, ".codex/prompts");
      const { files, layers } = await readRuntime(adapter, sortTree(tree));
      expect(files.map(({ outcome }) => outcome)).toEqual(tree.map(() => "translated"));
      expect(layers.skills?.skills ?? []).toHaveLength(tree.length);
    },
  );
});
