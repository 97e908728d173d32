import { type PathByScope, type Reader, readSkillTrees } from "@stax/materialize";

const skillsIn = (directory: { readonly project?: string; readonly user?: string }): Reader => ({
  claims: Object.fromEntries(
    Object.entries(directory).map(([scope, path]) => [scope, `${path}/**`]),
  ) satisfies PathByScope,
  read: (found, context) => {
    const path = directory[context.scope];
    return path === undefined ? { rest: found } : readSkillTrees(path)(found, context);
  },
});

/** readOtherSkills reads the directories of skills that opencode knows beside the one that most runtimes share. */
export const readOtherSkills: readonly Reader[] = [
  skillsIn({ project: ".opencode/skills", user: ".config/opencode/skills" }),
  skillsIn({ project: ".opencode/skill", user: ".config/opencode/skill" }),
  skillsIn({ user: ".opencode/skills" }),
  skillsIn({ project: ".claude/skills", user: ".claude/skills" }),
];

const leaving = (names: readonly string[], reason: string): readonly Reader[] =>
  names.map((name) => ({
    claims: { project: `.opencode/${name}/**`, user: `.config/opencode/${name}/**` },
    read: (found, context) => {
      for (const { path } of found) context.left(path, undefined, reason);
      return { rest: found };
    },
  }));

/** leftFiles are files of opencode for which stax has no counterpart. */
export const leftFiles: readonly Reader[] = [
  ...leaving(["plugin", "plugins", "tool", "tools"], "is code that opencode runs; an artifact carries none"),
  ...leaving(["theme", "themes"], "is for a person's screen"),
];
