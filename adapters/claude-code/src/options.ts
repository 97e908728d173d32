import * as z from "zod";

const flag = z.boolean("must be true or false").optional();

// `Tool` or `Tool(content)`, as Claude Code reads it; nothing that could break out of one line.
const permissionRule = z
  .string()
  .regex(/^[A-Za-z_][\w.*-]*(?:\(.*\))?$/u, "must be a tool, or a tool and what it is used for: Read, Bash(git log:*)");

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)]),
);
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** claudeCodeOptions is what `claudeCode({ … })` takes. */
export const claudeCodeOptions = z.object({
  model: z.string().min(1, "must not be empty").optional(),
  modelParams: z.record(z.string(), z.unknown()).optional(),
  /** Whose files are written; a consumer may choose otherwise. */
  scope: z.enum(["project", "user"], "must be project or user").optional(),
  /** Warn about everything that is not written as it was authored. */
  exact: flag,
  /** The root document in project scope: a CLAUDE.md in the project or in one of its directories. */
  instructionsFile: z
    .string()
    .regex(
      /^(?:[\w][\w.-]*\/|\.claude\/)*CLAUDE\.md$/,
      "must be CLAUDE.md or a relative path to one, e.g. .claude/CLAUDE.md",
    )
    .optional(),
  writeSkills: flag,
  writeMcp: flag,
  writeSettings: flag,
  permissions: z
    .object({
      allowedTools: z.array(permissionRule).optional(),
      denyRules: z.array(permissionRule).optional(),
      askRules: z.array(permissionRule).optional(),
    })
    .optional(),
  /** Further keys of settings.json. Those that run a program or lift a restriction are written only where the user allows it. */
  settings: z.record(z.string(), json).optional(),
});

/** ClaudeCodeOptions is what the adapter works with. */
export interface ClaudeCodeOptions extends z.output<typeof claudeCodeOptions> {}
