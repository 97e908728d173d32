import { markdownFile, type Part } from "@stax/materialize";
import type { FileEntry } from "@stax/schema";
import { readAgents } from "./read.ts";

const limit = 30_000;

/** agentFiles writes each subagent as `<name>.agent.md`; its instructions follow the front matter byte for byte. */
export const agentFiles: Part<"subagents", unknown, FileEntry> = {
  feature: "subagents",
  fidelity: "native",
  keeps: ["description", "instructions", "model"],
  write: function* ({ subagents }, context) {
    const directory = context.scope === "user" ? ".copilot/agents" : ".github/agents";
    for (const [name, { description, model, instructions }] of Object.entries(subagents?.agents ?? {})) {
      if (instructions.length > limit) {
        const length = instructions.length;
        context.item(name).lose(undefined, `has instructions of ${length} characters, and Copilot takes ${limit}`);
        continue;
      }
      const path = `${directory}/${name}.agent.md`;
      yield { items: [name], out: markdownFile(path, { name, description, model }, instructions) };
    }
  },
  read: readAgents(".agent.md"),
};
