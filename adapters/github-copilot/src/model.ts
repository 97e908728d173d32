import type { JsonObject, Part } from "@stax/materialize";
import type { GithubCopilotOptions } from "./options.ts";
import { readModel } from "./read.ts";

/** model writes the model that Copilot CLI starts with; VS Code and github.com keep the choice themselves. */
export const model: Part<"modelConfig", GithubCopilotOptions, JsonObject> = {
  feature: "modelConfig",
  fidelity: "native",
  write: (_, { options }) => (options.model === undefined ? [] : [{ items: ["model"], out: { model: options.model } }]),
  read: readModel,
};
