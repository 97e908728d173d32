import { adapter as gemini } from "@stax/gemini-cli";
import { slugOf } from "@stax/materialize";
import { writeLayers } from "@stax/testing";
import { readCorpus } from "@stax/testing/corpus";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { adapter, githubCopilot } from "./index.ts";

const corpus = await readCorpus();
const parts = (text = "") => /^---\n([\s\S]*?\n)---\n([\s\S]*)$/.exec(text) ?? [];

describe.skipIf(typeof corpus === "string")(
  `people's rules, skills and agents${typeof corpus === "string" ? ` (skipped: ${corpus})` : ""}`,
  () => {
    if (typeof corpus === "string") return;
    const { layers } = corpus;

    it("S34-03 S34-04 S34-05 each rule is embedded or has a file that YAML reads back, or its loss is reported", async () => {
      const { files, losses } = await writeLayers(adapter, layers);
      const root = files[".github/copilot-instructions.md"];
      for (const { id, scope, description, body } of layers.rules?.rules ?? []) {
        if (losses.some(({ item, field }) => item === id && field === undefined)) continue;
        if (scope === "always") {
          expect(root, id).toContain(body);
          continue;
        }
        const [, header = "", text] = parts(files[`.github/instructions/${slugOf(id)}.instructions.md`]);
        const { applyTo, ...rest } = parse(header);
        expect(applyTo, id).toEqual(scope === "auto" ? "**" : expect.stringMatching(/./));
        expect(rest, id).toEqual(description === undefined ? {} : { description });
        expect(text?.endsWith(body), id).toBe(true);
      }
    });
    it("S34-13 each skill is written whole, or left out with Copilot's reason", async () => {
      const { files, losses } = await writeLayers(adapter, layers);
      for (const { name, tree } of layers.skills?.skills ?? []) {
        const left = losses.some(
          ({ item, feature, field }) => feature === "skills" && item === name && field === undefined,
        );
        for (const { path } of tree) expect(`.github/skills/${name}/${path}` in files, path).toBe(!left);
      }
    });
    it.each([
      [adapter, githubCopilot({ writeAgents: true }), ".github/agents/", ".agent.md"],
      [gemini, gemini.configure(), ".gemini/agents/", ".md"],
    ] as const)("each agent is read back by YAML, word for word", async (one, config, directory, suffix) => {
      const { files } = await writeLayers(one, layers, config);
      for (const [name, { description, instructions, model }] of Object.entries(layers.subagents?.agents ?? {})) {
        const [, header = "", body] = parts(files[`${directory}${name}${suffix}`]);
        expect(parse(header)).toEqual({ name, description, ...(model !== undefined && { model }) });
        expect(body).toBe(instructions);
      }
    });
  },
);
