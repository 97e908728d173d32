import { type Part, tomlFile } from "@stax/materialize";
import type { FileEntry } from "@stax/schema";

/** agentFiles writes each subagent as `.codex/agents/<name>.toml` with the keys Codex knows: an unknown one would cost the whole file (decision R4). */
export const agentFiles: Part<"subagents", unknown, FileEntry> = {
  feature: "subagents",
  fidelity: "native",
  keeps: ["description", "instructions", "model"],
  write: function* ({ subagents }, context) {
    for (const [name, { description, model, instructions }] of Object.entries(subagents?.agents ?? {})) {
      const empty = description.trim() === "" ? "description" : instructions.trim() === "" ? "instructions" : undefined;
      if (empty !== undefined) context.item(name).lose(undefined, `has no ${empty}, and Codex drops an agent without`);
      else
        yield {
          items: [name],
          out: tomlFile(`.codex/agents/${name}.toml`, {
            name,
            description,
            ...(model !== undefined && { model }),
            developer_instructions: instructions,
          }),
        };
    }
  },
};
