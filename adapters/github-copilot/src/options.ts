import * as z from "zod";

const flag = z.boolean("must be true or false").optional();

/** githubCopilotOptions is what `githubCopilot({ … })` takes. */
export const githubCopilotOptions = z.object({
  model: z.string().min(1, "must not be empty").optional(),
  modelParams: z.record(z.string(), z.unknown()).optional(),
  /** Whose files are written; a consumer may choose otherwise. */
  scope: z.enum(["project", "user"], "must be project or user").optional(),
  /** Warn about everything that is not written as it was authored. */
  exact: flag,
  writeInstructions: flag,
  /** `false`: rules for some files are part of the root instructions, with their scope as heading. */
  writePathInstructions: flag,
  writeMcp: flag,
  writeSkills: flag,
  /** Subagents are written where this is chosen: a repository's `.github/agents` is offered to everyone who works on it. */
  writeAgents: z.boolean("must be true or false").default(false),
  /** Put the root instructions into AGENTS.md. Copilot reads both files, so that it is the one or the other. */
  writeAgentsMd: flag,
});

/** GithubCopilotOptions is what the adapter works with. */
export interface GithubCopilotOptions extends z.output<typeof githubCopilotOptions> {}
