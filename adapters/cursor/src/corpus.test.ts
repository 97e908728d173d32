import { slugOf } from "@stax/materialize";
import { writeLayers } from "@stax/testing";
import { readCorpus } from "@stax/testing/corpus";
import { describe, expect, it } from "vitest";
import { readAgent } from "./agents.ts";
import { adapter } from "./index.ts";
import { applicationOf, readMdc } from "./mdc.ts";

const corpus = await readCorpus();

describe.skipIf(typeof corpus === "string")(
  `people's rules and agents${typeof corpus === "string" ? ` (skipped: ${corpus})` : ""}`,
  () => {
    if (typeof corpus === "string") return;
    const { layers } = corpus;

    it("S33-05 each rule is applied as its author said, word for word, or what differs is reported", async () => {
      const { files, losses } = await writeLayers(adapter, layers);
      const rules = layers.rules?.rules ?? [];
      expect(rules.length).toBeGreaterThan(400);
      for (const { id, scope, description = "", body } of rules) {
        const reported = new Set(losses.filter(({ item }) => item === id).map(({ field }) => field ?? "whole"));
        const text = files[`.cursor/rules/${slugOf(id)}.mdc`];
        if (text === undefined) {
          expect(reported, id).toContain("whole");
          continue;
        }
        const read = readMdc(text);
        expect(read && applicationOf(read), id).toBe(scope);
        if (!reported.has("description")) expect(read?.fields.description ?? "", id).toBe(description);
        if (!reported.has("body")) expect(read?.body, id).toBe(body.trim());
        expect(
          Object.keys(read?.fields ?? {}).filter((name) => !/^(?:description|globs|alwaysApply)$/.test(name)),
        ).toEqual([]);
      }
    });
    it("S33-17 each agent is read back, word for word", async () => {
      const { files } = await writeLayers(adapter, layers);
      const agents = Object.entries(layers.subagents?.agents ?? {});
      expect(agents.length).toBeGreaterThan(5);
      for (const [name, { description, instructions }] of agents)
        expect(readAgent(files[`.cursor/agents/${name}.md`] ?? ""), name).toMatchObject({
          fields: { name, description },
          prompt: instructions.trim(),
        });
    });
  },
);
