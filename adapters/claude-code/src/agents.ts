import { markdownFile, type Part, readMarkdownSubagents } from "@stax/materialize";
import type { FileEntry } from "@stax/schema";

/** agentFiles writes each subagent as `.claude/agents/<name>.md`; its instructions follow the front matter byte for byte. */
export const agentFiles: Part<"subagents", unknown, FileEntry> = {
  feature: "subagents",
  fidelity: "native",
  keeps: ["description", "instructions", "model"],
  write: function* ({ subagents }) {
    for (const [name, { description, model, instructions }] of Object.entries(subagents?.agents ?? {}))
      yield {
        items: [name],
        out: markdownFile(`.claude/agents/${name}.md`, { name, description, model }, instructions),
      };
  },
  read: readMarkdownSubagents({ named: true }),
};
