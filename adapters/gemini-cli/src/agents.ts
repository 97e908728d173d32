import { markdownFile, type Part } from "@stax/materialize";
import type { FileEntry } from "@stax/schema";
import { readAgents } from "./read.ts";

/** agentFiles writes each subagent as `.gemini/agents/<name>.md`. Gemini CLI refuses a file with a field it does not know. */
export const agentFiles: Part<"subagents", unknown, FileEntry> = {
  feature: "subagents",
  fidelity: "native",
  keeps: ["description", "instructions", "model"],
  write: function* ({ subagents }) {
    for (const [name, { description, model, instructions }] of Object.entries(subagents?.agents ?? {}))
      yield {
        items: [name],
        out: markdownFile(`.gemini/agents/${name}.md`, { name, description, model }, instructions),
      };
  },
  read: readAgents,
};
