import * as z from "zod";

const flag = z.boolean("must be true or false");

/** openclawOptions is what `openclaw({ … })` takes. */
export const openclawOptions = z.object({
  model: z.string().min(1, "must not be empty").optional(),
  modelParams: z.record(z.string(), z.unknown()).optional(),
  /** Whose files are written; a consumer may choose otherwise. */
  scope: z.enum(["project", "user"], "must be project or user").optional(),
  /**
   * Where the workspace lies: in project scope below the output root (by default the root itself), in user scope below the home directory
   * (by default `.openclaw/workspace`). A path that starts with `~/` speaks of user scope only.
   */
  workspaceRoot: z
    .string()
    .regex(
      /^(?:~\/)?(?!\.{1,2}(?:\/|$))[\w.@-]+(?:\/(?!\.{1,2}(?:\/|$))[\w.@-]+)*$/,
      "must be a relative path, or one that starts with ~/, without . or .. in it",
    )
    .optional(),
  /** Keep the bytes of the instructions surface, without rules and prompt beside it; warn about what is not written as it was authored. */
  exact: flag.default(true),
  writeSkills: flag.optional(),
  writeMemory: flag.optional(),
  writeBootstrap: flag.optional(),
  /** Refuse an agent that gives AGENTS.md no content, instead of warning about it. */
  strictMissingSurfaces: flag.optional(),
  /** The OpenClaw of the workspace, e.g. `2026.5.1`: one before 2026.8 gets TOOLS.md and HEARTBEAT.md, which later ones do not read. */
  runtimeVersion: z
    .string()
    .regex(/^\d{4}\.\d{1,2}(?:\.\d+)?(?:-[\w.]+)?$/, "must be a version of OpenClaw, e.g. 2026.9.6")
    .optional(),
  /** Runtime configuration. None of it is written: `openclaw.json` is what profiles are for. */
  config: z.record(z.string(), z.unknown()).optional(),
});

/** OpenclawOptions is what the adapter works with. */
export interface OpenclawOptions extends z.output<typeof openclawOptions> {}
