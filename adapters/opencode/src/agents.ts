import { markdownFile, type Part } from "@stax/materialize";
import type { FileEntry } from "@stax/schema";
import { isModel } from "./model-name.ts";
import type { OpencodeOptions } from "./options.ts";
import { ownAgents } from "./own-agents.ts";

/** agentFiles writes each subagent as an agent of mode `subagent`; its instructions follow the front matter byte for byte. */
export const agentFiles = (
  directory: (scope: "project" | "user") => string,
): Part<"subagents", OpencodeOptions, FileEntry> => ({
  feature: "subagents",
  fidelity: "native",
  keeps: ["description", "instructions", "model"],
  write: function* ({ subagents }, context) {
    for (const [name, { description, model, instructions }] of Object.entries(subagents?.agents ?? {})) {
      const item = context.item(name);
      if (ownAgents.has(name)) {
        item.lose(undefined, "has the name of one of opencode's own agents and would replace it");
        continue;
      }
      if (model !== undefined && !isModel(model))
        item.lose("model", `"${model}" is not of the form provider/model; the agent uses the model of the session`);
      const fields = { description, mode: "subagent", ...(isModel(model) && { model }) };
      yield { items: [name], out: markdownFile(`${directory(context.scope)}/${name}.md`, fields, instructions) };
    }
  },
});
