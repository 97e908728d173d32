import * as z from "zod";

const flag = z.boolean("must be true or false").optional();

// TOML has no null, and no number that is none.
const toml: z.ZodType<Toml> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.array(toml), z.record(z.string(), toml)]),
);
type Toml = string | number | boolean | readonly Toml[] | { readonly [key: string]: Toml };

const untrusted =
  'must not be "untrusted": Codex no longer starts with it (checked with 0.169); write "on-request" or "never"';

/** codexOptions is what `codex({ … })` takes. */
export const codexOptions = z.object({
  model: z.string().min(1, "must not be empty").optional(),
  modelParams: z.record(z.string(), z.unknown()).optional(),
  /** Whose files are written; a consumer may choose otherwise. */
  scope: z.enum(["project", "user"], "must be project or user").optional(),
  /** Warn about everything that is not written as it was authored. */
  exact: flag,
  /** When Codex asks before it runs a command: `approval_policy`. */
  approval: z
    .enum(["on-request", "on-failure", "never"], {
      error: ({ input }) => (input === "untrusted" ? untrusted : "must be on-request, on-failure or never"),
    })
    .optional(),
  /** What commands may reach: `sandbox_mode`. Without a sandbox only where the user allows it. */
  sandbox: z
    .enum(
      ["read-only", "workspace-write", "danger-full-access"],
      "must be read-only, workspace-write or danger-full-access",
    )
    .optional(),
  /** Whether commands run in a login shell: `allow_login_shell`. */
  allowLoginShell: flag,
  writeConfig: flag,
  writeInstructions: flag,
  writeSkills: flag,
  writeMcp: flag,
  /** Further keys of config.toml. Those that could run a program, reach out or lift a restriction are written only where the user allows it. */
  config: z
    .record(z.string(), toml)
    .refine(({ approval_policy }) => approval_policy !== "untrusted", { message: untrusted, path: ["approval_policy"] })
    .refine((config) => !Object.hasOwn(config, "mcp_servers"), {
      message: "must not hold servers: they belong to the artifact's mcp layer",
      path: ["mcp_servers"],
    })
    .refine((config) => !Object.hasOwn(config, "projects"), {
      message: "must not trust folders: that is for the person who runs Codex",
      path: ["projects"],
    })
    .optional(),
});

/** CodexOptions is what the adapter works with. */
export interface CodexOptions extends z.output<typeof codexOptions> {}
