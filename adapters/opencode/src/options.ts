import * as z from "zod";
import { isExpansion, permissionSchema } from "./permission.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

// opencode replaces these in the text of its configuration: an artifact could carry any variable or file of the user's out.
const text = z.string().refine((value) => !isExpansion(value), "must not hold {env:…} or {file:…}: declare a secret");
const json: z.ZodType<Json> = z.lazy(() =>
  z.union([text, z.number(), z.boolean(), z.null(), z.array(json), z.record(text, json)]),
);

const agent = z.object({ permission: permissionSchema.optional() }).catchall(json);

// What an option of its own or a layer says better.
const elsewhere = {
  model: "the option model",
  agent: "the option agent",
  mode: "the option agent",
  permission: "the option permission, which keeps the order of its entries",
  tools: "the option permission",
  mcp: "the artifact's mcp layer",
} as const;

/** opencodeOptions is what `opencode({ … })` takes. */
export const opencodeOptions = z.object({
  /** `provider/model`. */
  model: text.min(1, "must not be empty").optional(),
  modelParams: z.record(z.string(), z.unknown()).optional(),
  /** Whose files are written; a consumer may choose otherwise. */
  scope: z.enum(["project", "user"], "must be project or user").optional(),
  /** Warn about everything that is not written as it was authored. */
  exact: z.boolean("must be true or false").optional(),
  /** Name of the agent to start with, or settings of agents by name. */
  agent: z.union([text, z.record(text, agent)]).optional(),
  /** What tools may do; the last entry that matches decides. */
  permission: permissionSchema.optional(),
  /** Write subagents as agents of opencode. */
  writeAgents: z.boolean("must be true or false").default(false),
  /** Write commands for skills that opencode's own commands do not serve. */
  writeCommands: z.boolean("must be true or false").default(true),
  /** Further keys of opencode.jsonc. Those that could run a program or reach out are written only where the user allows it. */
  config: z
    .record(text, json)
    .superRefine((config, context) => {
      for (const [key, place] of Object.entries(elsewhere))
        if (Object.hasOwn(config, key))
          context.addIssue({ code: "custom", path: [key], message: `must not be set here: use ${place}` });
    })
    .optional(),
});

/** OpencodeOptions is what the adapter works with. */
export interface OpencodeOptions extends z.output<typeof opencodeOptions> {}
