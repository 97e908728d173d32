import * as z from "zod";

/** data is what `stax validate --json` prints. */
export const data = z.object({
  projects: z.array(
    z.object({
      path: z.string(),
      kind: z.string(),
      name: z.string(),
      version: z.string(),
      personas: z.array(z.string()),
    }),
  ),
});
