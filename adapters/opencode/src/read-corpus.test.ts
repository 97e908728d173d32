import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { compose, readRuntime, render } from "@stax/materialize";
import { type FileEntry, fileEntry, readEntry, sortTree } from "@stax/schema";
import { describe, expect, it } from "vitest";
import { adapter, opencode } from "./index.ts";

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
  it.each([".agents/skills", ".opencode/skills", ".opencode/skill"])(
    "skills of superpowers in %s: every byte is carried",
    async (place) => {
      const tree = sortTree(below("superpowers/skills", place));
      const { files, layers, diagnostics } = await readRuntime(adapter, tree);
      expect(files.map(({ path, outcome }) => [path, outcome])).toEqual(tree.map(({ path }) => [path, "carried"]));
      expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      const carried = (layers.skills?.skills ?? []).flatMap(({ name, tree: inner }) =>
        inner.map((file) => ({ ...file, path: `${place}/${name}/${file.path}` })),
      );
      expect(await Promise.all(sortTree(carried).map(bytesOf))).toEqual(await Promise.all(tree.map(bytesOf)));
    },
  );
  it.each(missing === "" ? readdirSync(join(corpus, "agents-marketplace/plugins")) : [])(
    "the plugin %s as .opencode: each agent, command and skill is read, none is left, and is written again",
    async (plugin) => {
      const all = below(`agents-marketplace/plugins/${plugin}`, ".opencode");
      const tree = sortTree(all.filter(({ path }) => !path.startsWith(".opencode/.")));
      const { files, layers, options } = await readRuntime(adapter, tree);
      expect(files.map(({ path }) => path)).toEqual(tree.map(({ path }) => path));
      expect(files.filter(({ outcome }) => outcome === "left")).toEqual([]);
      const count = (pattern: RegExp) => tree.filter(({ path }) => pattern.test(path)).length;
      expect(Object.keys(layers.subagents?.agents ?? {})).toHaveLength(count(/\/agents\//));
      expect(layers.skills?.skills ?? []).toHaveLength(count(/\/commands\/|\/SKILL\.md$/));
      const { clashes, files: written } = compose([render(layers, adapter, opencode(options as object))]); // its own
      expect(clashes).toEqual([]);
      expect(written.filter(({ path }) => path.startsWith(".opencode/agents/"))).toHaveLength(count(/\/agents\//));
    },
  );
});
