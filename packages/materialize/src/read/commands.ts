import { type FileEntry, fileEntry } from "@stax/schema";
import type { PathByScope, Reader } from "../contract.ts";
import { skillDocument, skillNameOf, skillsLayer } from "./skills.ts";
import { textOf } from "./text-of.ts";

/**
 * commandsAsSkills reads one-file commands (commands, prompts, workflows) as skills: what a person starts by its name in one runtime,
 * every runtime with skills can run. `below`: the directory, by scope; a command in a directory of its own is named by both.
 */
export const commandsAsSkills = ({
  below,
  suffix = ".md",
  called = "command",
  understood,
}: {
  readonly below: PathByScope;
  readonly suffix?: string;
  readonly called?: string;
  /** A text in the form that the adapter itself writes, as the SKILL.md that it was; `undefined` for any other. */
  readonly understood?: (name: string, text: string) => { readonly name: string; readonly text: string } | undefined;
}): Reader => ({
  claims: inside(below, `/**/*${suffix}`),
  read: async (found, context) => {
    const directory = typeof below === "string" ? below : (below[context.scope] ?? "");
    const files: FileEntry[] = [];
    const taken = new Set<string>();
    for (const { path, out } of found) {
      const stem = path.slice(directory.length + 1, -suffix.length).replaceAll("/", "-");
      const known = understood?.(stem, await textOf({ path, out }, context));
      const name = free(known?.name ?? skillNameOf(stem), taken);
      if (known === undefined) context.changed(path, undefined, `the ${called} is carried as the skill ${name}`);
      const document =
        known === undefined ? await skillDocument(out, name, path, context) : fileEntry("SKILL.md", known.text);
      files.push({ ...document, path: `${name}/SKILL.md` });
    }
    return { layers: await skillsLayer(files, context) };
  },
});

const inside = (below: PathByScope, rest: string): PathByScope =>
  typeof below === "string"
    ? below + rest
    : Object.fromEntries(Object.entries(below).map(([scope, directory]) => [scope, directory + rest]));

function free(name: string, taken: Set<string>): string {
  let chosen = name;
  for (let number = 2; taken.has(chosen); number++) chosen = `${name}-${number}`;
  taken.add(chosen);
  return chosen;
}
