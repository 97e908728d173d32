import * as z from "zod";

const flag = z.boolean("must be true or false").optional();

/** cursorOptions is what `cursor({ … })` takes. */
export const cursorOptions = z.object({
  model: z.string().min(1, "must not be empty").optional(),
  modelParams: z.record(z.string(), z.unknown()).optional(),
  /** Whose files are written; a consumer may choose otherwise. */
  scope: z.enum(["project", "user"], "must be project or user").optional(),
  /** Warn about everything that is not written as it was authored. */
  exact: flag,
  writeInstructions: flag,
  writeRules: flag,
  writeMcp: flag,
  writeSkills: flag,
  /** Put all rules into one `.cursorrules`, for editors too old for rule files. */
  legacyCursorrules: flag,
});

/** CursorOptions is what the adapter works with. */
export interface CursorOptions extends z.output<typeof cursorOptions> {}
