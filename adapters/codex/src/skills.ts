import { type Part, skillTrees } from "@stax/materialize";
import type { FileEntry, Skill } from "@stax/schema";

const noField = "has no meaning in Codex, which knows name and description only";
const trees = skillTrees(".agents/skills", {
  ignored: {
    "allowed-tools": noField,
    model: noField,
    "user-invocable": noField,
    "argument-hint": noField,
    priority: noField,
    tags: noField,
  },
});

/** skillFiles places skills as authored in the directory that most runtimes share. One that Codex refuses is left out and reported. */
export const skillFiles: Part<"skills", unknown, FileEntry> = {
  ...trees,
  write: function* (layers, context) {
    const kept: Skill[] = [];
    for (const skill of layers.skills?.skills ?? []) {
      const item = context.item(skill.name);
      // The limits count characters, not UTF-16 units.
      const [name, description] = [[...skill.name].length, [...String(skill.header.description ?? "")].length];
      if (name > 64) {
        item.lose(undefined, `has a name of ${name} characters; Codex refuses more than 64`);
        continue;
      }
      if (description > 1024)
        item.lose("description", `has ${description} characters; Codex shows the first 1024`, {
          fidelity: "translated",
        });
      if (/\$ARGUMENTS\b/.test(skill.body))
        item.lose("body", "uses $ARGUMENTS, which Codex does not replace", { fidelity: "translated" });
      kept.push(skill);
    }
    if (layers.skills !== undefined)
      yield* trees.write({ ...layers, skills: { ...layers.skills, skills: kept } }, context);
  },
};
