import { type Part, skillTrees } from "@stax/materialize";
import type { FileEntry } from "@stax/schema";
import { skillsDirectory } from "./layout.ts";
import type { WindsurfOptions } from "./options.ts";
import { readSkills } from "./read.ts";

const noPlace = "has no field for it in SKILL.md";
const trees = skillTrees("skills", { ignored: { priority: noPlace, tags: noPlace } });

/** skillFiles places skills as they are. */
export const skillFiles: Part<"skills", WindsurfOptions, FileEntry> = {
  ...trees,
  write: function* (layers, context) {
    const directory = skillsDirectory(context.options, context.scope);
    for (const piece of trees.write(layers, context))
      yield piece.out === undefined
        ? piece
        : { ...piece, out: { ...piece.out, path: directory + piece.out.path.slice("skills".length) } };
  },
  read: readSkills,
};
