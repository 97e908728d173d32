import * as z from "zod";

const flag = z.boolean("must be true or false").optional();

/** permissionRule is `Tool` or `Tool(content)`; nothing that could break out of one line. */
export const permissionRule = /^[A-Za-z_][\w.*-]*(?:\(.*\))?$/u;

const permissionSchema = z
  .string()
  .regex(permissionRule, "must be a tool, or a tool and what it is used for: Read(src/**), Exec(git)");

/** windsurfOptions is what `windsurf({ … })` takes. */
export const windsurfOptions = z.object({
  model: z.string().min(1, "must not be empty").optional(),
  modelParams: z.record(z.string(), z.unknown()).optional(),
  /** Whose files are written; a consumer may choose otherwise. */
  scope: z.enum(["project", "user"], "must be project or user").optional(),
  /** Warn about everything that is not written as it was authored. */
  exact: flag,
  /** `devin` (the default): what Devin Desktop and Devin CLI read. `windsurf`: the paths of Windsurf before it was renamed in June 2026. */
  layout: z.enum(["devin", "windsurf"], "must be devin or windsurf").optional(),
  writeRules: flag,
  writeInstructions: flag,
  writeSkills: flag,
  /** In the layout `windsurf`, which has no skills: translate them into workflows. */
  writeWorkflows: flag,
  /** In the layout `windsurf`: one `.windsurfrules` instead of AGENTS.md and a directory of rules. */
  legacyWindsurfrules: flag,
  /** Where skills go in the layout `devin`: the directory that other runtimes share (the default), or Devin's own. */
  skillsDirectory: z.enum([".agents/skills", ".devin/skills"], "must be .agents/skills or .devin/skills").optional(),
  permissions: z
    .object({ allow: z.array(permissionSchema).optional(), deny: z.array(permissionSchema).optional() })
    .optional(),
});

/** WindsurfOptions is what the adapter works with. */
export interface WindsurfOptions extends z.output<typeof windsurfOptions> {}
