import { type Context, type Part, skillTrees } from "@stax/materialize";
import type { FileEntry, Skill } from "@stax/schema";

const noPlace = "has no field for it in SKILL.md";
const limits = { name: 64, description: 1024 } as const;

/** skillFiles places skills as authored. Those that Copilot refuses to load are left out and reported with its reason. */
export const skillFiles = (directory: string): Part<"skills", unknown, FileEntry> => {
  const trees = skillTrees(directory, { hooks: true, ignored: { priority: noPlace, tags: noPlace } });
  return {
    ...trees,
    write: (layers, context) => {
      const { skills } = layers;
      if (skills === undefined) return [];
      const loaded = skills.skills.filter((skill) => isLoaded(skill, context.item(skill.name)));
      return trees.write({ ...layers, skills: { ...skills, skills: loaded } }, context);
    },
  };
};

function isLoaded({ header }: Skill, item: Context): boolean {
  for (const field of ["name", "description"] as const) {
    const length = header[field].length;
    if (length <= limits[field]) continue;
    item.lose(
      undefined,
      `has a ${field} of ${length} characters, and Copilot loads no skill with more than ${limits[field]}`,
    );
    return false;
  }
  return true;
}
