import * as z from "zod";

const flag = z.boolean("must be true or false").optional();

const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(json), z.record(z.string(), json)]),
);
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** geminiCliOptions is what `geminiCli({ … })` takes. */
export const geminiCliOptions = z.object({
  model: z.string().min(1, "must not be empty").optional(),
  modelParams: z.record(z.string(), z.unknown()).optional(),
  /** Whose files are written; a consumer may choose otherwise. */
  scope: z.enum(["project", "user"], "must be project or user").optional(),
  /** Warn about everything that is not written as it was authored. */
  exact: flag,
  /** Run tools in a sandbox; it cannot be switched off from here. */
  sandbox: z
    .union([z.literal(true), z.enum(["docker", "podman", "lxc", "sandbox-exec", "windows-native"])], {
      error: "must be true, docker, podman, lxc, sandbox-exec or windows-native",
    })
    .optional(),
  writeInstructions: flag,
  writeSkills: flag,
  writeMcp: flag,
  writeConfig: flag,
  /** Further keys of settings.json. Those that run a program or lift a restriction are written only where the user allows it. */
  config: z.record(z.string(), json).optional(),
});

/** GeminiCliOptions is what the adapter works with. */
export interface GeminiCliOptions extends z.output<typeof geminiCliOptions> {}
