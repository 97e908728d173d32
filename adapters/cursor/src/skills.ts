import { type Part, skillTrees } from "@stax/materialize";
import type { FileEntry } from "@stax/schema";

const noPlace = "has no field for it in SKILL.md";
const notHonoured = "is not honoured by Cursor";
const shown = 1536;

const trees = skillTrees(".cursor/skills", {
  ignored: { priority: noPlace, tags: noPlace, "allowed-tools": notHonoured, model: notHonoured },
});

/** skillFiles places skills as authored. What Cursor cuts of a description is reported. */
export const skillFiles: Part<"skills", unknown, FileEntry> = {
  ...trees,
  write: function* (layers, context) {
    for (const { name, header } of layers.skills?.skills ?? [])
      if (header.description.length > shown)
        context
          .item(name)
          .lose("description", `is cut by Cursor after ${shown} of ${header.description.length} characters`, {
            fidelity: "translated",
          });
    yield* trees.write(layers, context);
  },
};
