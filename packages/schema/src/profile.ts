import * as z from "zod";
import { secretListSchema } from "./kinds/secrets.ts";
import { nameSchema, specVersionSchema, uniqueStrings, versionSchema } from "./name.ts";

export const profileDefinitionSchema = z.looseObject({
  specVersion: specVersionSchema.optional(),
  name: nameSchema,
  version: versionSchema,
  profileType: z.literal("openclaw", 'must be "openclaw", the only profile type of this version'),
  description: z.string().optional(),
  author: z.string().optional(),
  tags: uniqueStrings.optional(),
  openclaw: z.record(z.string(), z.unknown()),
  secrets: secretListSchema.optional(),
});

/** ProfileDefinition is what `defineProfile` takes: portable, non-secret configuration of a runtime. */
export interface ProfileDefinition extends z.input<typeof profileDefinitionSchema> {}
/** Profile is a checked profile definition. */
export interface Profile extends z.output<typeof profileDefinitionSchema> {}
