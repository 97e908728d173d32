import * as z from "zod";
import { nameSchema, nonEmpty, specVersionSchema } from "../name.ts";
import { jsonKind } from "./kind.ts";

const strings = z.array(z.string());

const personaShape = z.looseObject({
  name: nameSchema,
  displayName: nonEmpty,
  role: nonEmpty,
  background: z.string().optional(),
  expertise: z
    .looseObject({ primary: strings.optional(), secondary: strings.optional(), learning: strings.optional() })
    .optional(),
  personality: z
    .looseObject({
      traits: strings.optional(),
      communicationStyle: z.enum(["direct", "diplomatic", "academic", "casual", "formal"]).optional(),
      verbosity: z.enum(["minimal", "concise", "balanced", "detailed", "verbose"]).optional(),
    })
    .optional(),
  voice: z
    .looseObject({
      tone: z.string().optional(),
      codeComments: z.enum(["none", "minimal", "moderate", "thorough"]).optional(),
      patterns: strings.optional(),
      avoid: strings.optional(),
    })
    .optional(),
  values: strings.optional(),
  preferences: z.record(z.string(), z.unknown()).optional(),
  boundaries: z
    .looseObject({ willNot: strings.optional(), always: strings.optional(), escalates: strings.optional() })
    .optional(),
});

export const personaSchema = personaShape.extend({ specVersion: specVersionSchema.default("1.0.0") });

/** PersonaDefinition is what `definePersona` takes. Unknown fields are kept. */
export interface PersonaDefinition extends z.input<typeof personaSchema> {}
/** Persona is the compiled identity of an agent. */
export interface Persona extends z.output<typeof personaSchema> {}

/** Who the agent is: one identity of an agent that may have many. */
export const persona = jsonKind<Persona, PersonaDefinition, readonly ["agent"]>({
  mediaType: "application/vnd.stax.persona.v1+json",
  description: "Who the agent is: one identity of an agent that may have many",
  title: "persona.json",
  source: "module",
  allowedIn: ["agent"],
  maxSize: 1024 * 1024,
  schema: personaSchema,
  items: ({ name }) => [name],
  annotate: ({ name }) => ({ "dev.stax.persona.name": name }),
});
