import * as z from "zod";
import { namePattern, nonEmpty, specVersionSchema } from "../name.ts";
import { jsonKind } from "./kind.ts";
import { mergeRecords } from "./merge-by.ts";

const subagentSchema = z
  .looseObject({
    description: nonEmpty,
    invocation: z.enum(["manual", "delegate", "automatic"]).optional(),
    instructions: z.string(),
    model: z.string().optional(),
    tags: z.array(z.string()).optional(),
    handoff: z
      .looseObject({
        allowedFrom: z.array(z.string()).optional(),
        returnMode: z.enum(["report", "patch", "continue"]).optional(),
      })
      .optional(),
    metadata: z.record(z.string(), z.string()).optional(),
  })
  .superRefine((agent, context) => {
    for (const field of ["subagents", "agents"])
      if (agent[field] !== undefined)
        context.addIssue({ code: "custom", path: [field], message: "a subagent cannot have subagents" });
  });

export const subagentsSchema = z.looseObject({
  specVersion: specVersionSchema.default("1.0.0"),
  agents: z
    .record(
      z.string().regex(namePattern, "a subagent's name is 1 to 63 lower-case letters, digits and inner hyphens"),
      subagentSchema,
    )
    .refine((agents) => Object.keys(agents).length > 0, "must name at least one subagent"),
});

/** Subagent is a named delegate. In a definition `instructions` is a path to Markdown, in the layer its text. */
export interface Subagent extends z.output<typeof subagentSchema> {}
/** SubagentsDefinition is what `defineSubagents` takes. */
export interface SubagentsDefinition extends z.input<typeof subagentsSchema> {}
/** Subagents is the compiled layer: delegates by name. */
export interface Subagents extends z.output<typeof subagentsSchema> {}

/** Named delegates the agent can hand work to. */
export const subagents = jsonKind<Subagents, SubagentsDefinition, readonly ["agent", "package"]>({
  mediaType: "application/vnd.stax.subagents.v1+json",
  description: "Named delegates the agent can hand work to",
  title: "subagents.json",
  source: "module",
  allowedIn: ["agent", "package"],
  maxSize: 1024 * 1024,
  schema: subagentsSchema,
  items: ({ agents }) => Object.keys(agents),
  merge: (base, override) => ({ ...base, ...override, agents: mergeRecords(base.agents, override.agents) }),
  annotate: ({ agents }) => ({ "dev.stax.subagents.count": String(Object.keys(agents).length) }),
});
