import * as z from "zod";
import { secretListSchema } from "./kinds/secrets.ts";
import { nameSchema, specVersionSchema, uniqueStrings, versionSchema } from "./name.ts";
import { secretShape } from "./secret-value.ts";

// Decision B27: what must never be shared, by the words of its key.
const refusedKey = /token|secret|password|api[-_]?key|credential|session|cookie/i;
// Numbers of tokens are sizes, not credentials: maxTokens, contextTokens.
const isCount = (key: string, value: unknown): boolean => typeof value === "number" && /tokens$/i.test(key);

type Refuse = (path: readonly PropertyKey[], message: string) => void;

function refuseSecrets(value: unknown, path: readonly PropertyKey[], refuse: Refuse): void {
  if (typeof value === "string") {
    const shape = secretShape(value);
    if (shape !== undefined) refuse(path, `holds what looks like ${shape}: declare a secret instead`);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) refuseSecrets(item, [...path, index], refuse);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const here = [...path, key];
      if (refusedKey.test(key) && !isCount(key, item))
        refuse(here, "must not be in a profile: credentials and session data are never shared");
      else refuseSecrets(item, here, refuse);
    }
  }
}

export const profileDefinitionSchema = z.looseObject({
  specVersion: specVersionSchema.optional(),
  name: nameSchema,
  version: versionSchema,
  profileType: z.literal("openclaw", 'must be "openclaw", the only profile type of this version'),
  description: z.string().optional(),
  author: z.string().optional(),
  tags: uniqueStrings.optional(),
  openclaw: z
    .record(z.string(), z.unknown())
    .superRefine((value, context) =>
      refuseSecrets(value, [], (path, message) => context.addIssue({ code: "custom", path: [...path], message })),
    ),
  secrets: secretListSchema.optional(),
});

/** ProfileDefinition is what `defineProfile` takes: portable, non-secret configuration of a runtime. */
export interface ProfileDefinition extends z.input<typeof profileDefinitionSchema> {}
/** Profile is a checked profile definition. */
export interface Profile extends z.output<typeof profileDefinitionSchema> {}
