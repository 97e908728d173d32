import {
  knowledgePointer,
  type Read,
  type Reader,
  readMemory,
  readSkillTrees,
  readSurfaceFile,
  type Section,
} from "@stax/materialize";
import type { FileEntry } from "@stax/schema";
import { inWorkspace } from "./workspace.ts";

/** The last OpenClaw that read TOOLS.md and HEARTBEAT.md; where they are found, they are written again for it. */
export const lastWithRetiredFiles = "2026.7.0";

/** readRetired reads a surface out of a file that OpenClaw reads no more. */
export const readRetired =
  (name: "tools" | "heartbeat"): Read<FileEntry> =>
  (found, context) => {
    for (const { path } of found)
      context.changed(
        path,
        undefined,
        `OpenClaw reads it no more since 2026.8; the option runtimeVersion ${lastWithRetiredFiles} writes it as it was`,
        name === "tools"
          ? "without that option it becomes ## Tools in AGENTS.md"
          : "say it in AGENTS.md, or set it up with openclaw cron",
      );
    return readSurfaceFile(name)(found, context);
  };

/** readMemories reads `memory/**`: an agent's own notes, which somebody should look at before they are published. */
export const readMemories: Read<FileEntry> = (found, context) => {
  const directory = inWorkspace({}, context.scope, "memory");
  context.note({
    code: "import-changed",
    severity: "info",
    path: directory,
    message: "what the agent noted becomes what others start out with",
    hint: "look through it before you publish, or leave it out",
  });
  return readMemory(directory)(found, context);
};

/** readPointer takes out the pointer to knowledge; that it stood beside the instructions is what `exact: false` writes. */
export const readPointer: Read<Section> = async (found, context) => {
  const { rest = [], ...recovered } = (await knowledgePointer.read?.(found, context)) ?? { rest: found };
  const texts = new Set(rest.map(({ out }) => out.text));
  const isFound = found.some(({ out }) => !texts.has(out.text));
  return { ...recovered, rest, ...(isFound && { options: { exact: false } }) };
};

const skillsIn = (project: string | undefined, user: string): Reader => ({
  claims: { user: `${user}/**`, ...(project !== undefined && { project: `${project}/**` }) },
  read: (found, context) => readSkillTrees(context.scope === "user" ? user : (project ?? user))(found, context),
});

/** readers read skills where OpenClaw finds them beside those of the workspace, in its order. */
export const readers: readonly Reader[] = [
  skillsIn(".agents/skills", ".openclaw/workspace/.agents/skills"),
  skillsIn(undefined, ".agents/skills"),
  skillsIn(undefined, ".openclaw/skills"),
];
