import { type Part, skillTrees } from "@stax/materialize";
import type { FileEntry } from "@stax/schema";

const noPlace = "has no field for it in SKILL.md";
const trees = skillTrees(".claude/skills", { hooks: true, ignored: { priority: noPlace, tags: noPlace } });

/** skillFiles places skills as authored, and says where Claude Code will not read all of a SKILL.md. */
export const skillFiles: Part<"skills", unknown, FileEntry> = {
  ...trees,
  write: function* (layers, context) {
    for (const { name, header } of layers.skills?.skills ?? [])
      for (const [field, value] of Object.entries(header))
        if (JSON.stringify(value)?.includes("---"))
          context
            .item(name)
            .lose(field, "holds ---, where Claude Code ends the front matter: neither it nor what follows is read", {
              hint: "write it without three dashes in a row",
            });
    yield* trees.write(layers, context);
  },
};
