import { type Context, type Part, skillTrees } from "@stax/materialize";
import type { FileEntry, Skill } from "@stax/schema";
import { commandFile, ours, skillDirectory } from "./command-file.ts";
import { isModel } from "./model-name.ts";
import type { OpencodeOptions } from "./options.ts";

const noField = "has no meaning in opencode, which knows name and description only";
const trees = skillTrees(skillDirectory, {
  ignored: {
    "allowed-tools": noField,
    "user-invocable": "has no meaning in opencode, which offers every skill as a command",
    "argument-hint": noField,
    priority: noField,
    tags: noField,
  },
});

/** skillFiles places skills as authored in the directory that most runtimes share. */
export const skillFiles: Part<"skills", OpencodeOptions, FileEntry> = {
  ...trees,
  write: function* (layers, context) {
    for (const skill of layers.skills?.skills ?? [])
      if (skill.header.model !== undefined && !(context.options.writeCommands && isModel(skill.header.model)))
        context.item(skill.name).lose("model", "reaches opencode only as provider/model, in a command");
    yield* trees.write(layers, context);
  },
};

// Commands of opencode itself.
const builtIn = new Set(["init", "review"]);

/**
 * commandFiles writes a command where opencode's own command for a skill falls short: that one takes the text as it is and fills in
 * `$ARGUMENTS` only, and it knows no model.
 */
export const commandFiles = (
  place: (scope: "project" | "user") => string,
): Part<"skills", OpencodeOptions, FileEntry> => ({
  feature: "skills",
  fidelity: "translated",
  write: function* ({ skills }, context) {
    for (const skill of skills?.skills ?? []) {
      if (builtIn.has(skill.name) || !fallsShort(skill) || !mayRun(skill, context)) continue;
      yield { items: [], out: commandFile(skill, `${place(context.scope)}/${skill.name}.md`, context.scope) };
    }
  },
});

const fallsShort = ({ body, header }: Skill): boolean =>
  header["user-invocable"] !== false && (body.search(ours) >= 0 || isModel(header.model));

// In a command, opencode runs what stands in !`…`, and puts in files named by @, before the model sees the text.
const reaching = /!`[^`]+`|(?<![\w`])@(?:~|\/|\.\.)/;
const mayRun = ({ name, body }: Skill, context: Context): boolean =>
  !reaching.test(body) ||
  context.allows("skill-commands", `skills/${name}/SKILL.md: ${reaching.exec(body)?.[0].slice(0, 40)}`);
