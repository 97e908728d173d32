import * as z from "zod";
import { specVersionSchema } from "../name.ts";
import { jsonKind } from "./kind.ts";
import { replaceBy } from "./merge-by.ts";

export const secretKinds = [
  "api-key",
  "token",
  "password",
  "certificate",
  "connection-string",
  "url",
  "opaque",
] as const;

const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be a name of an environment variable");

/** secretSchema is strict: a declaration has no room for a value, a vault or a policy. */
export const secretSchema = z.strictObject({
  key: z.string().min(1, "must not be empty"),
  required: z.boolean("is required: true or false"),
  description: z.string().optional(),
  kind: z.enum(secretKinds).optional(),
  exposeAs: z.strictObject({ env: environmentName.optional(), file: z.string().min(1).optional() }).optional(),
});

export const secretListSchema = z.array(secretSchema).superRefine((secrets, context) => {
  secrets.forEach(({ key }, index) => {
    if (secrets.findIndex((secret) => secret.key === key) !== index)
      context.addIssue({ code: "custom", path: [index, "key"], message: `"${key}" is declared twice` });
  });
});

export const secretsSchema = z.looseObject({
  specVersion: specVersionSchema.default("1.0.0"),
  secrets: secretListSchema,
});

/** SecretDeclaration says that a secret is needed and how it is handed over; never its value. */
export interface SecretDeclaration extends z.output<typeof secretSchema> {}
/** Secrets is the compiled layer. */
export interface Secrets extends z.output<typeof secretsSchema> {}

/** environmentNameOf is the variable that holds a secret on the user's machine and in a server's environment. */
export const environmentNameOf = ({ key, exposeAs }: SecretDeclaration): string => exposeAs?.env ?? key;

/** The secrets the agent needs, declared by key; values never enter an artifact. */
export const secrets = jsonKind<Secrets, z.input<typeof secretsSchema>, readonly ["agent", "package"]>({
  mediaType: "application/vnd.stax.secrets.v1+json",
  description: "The secrets the agent needs, declared by key; values never enter an artifact",
  title: "secrets.json",
  source: "inline",
  allowedIn: ["agent", "package"],
  maxSize: 1024 * 1024,
  schema: secretsSchema,
  items: ({ secrets }) => secrets.map(({ key }) => key),
  merge: (base, override) => ({
    ...base,
    ...override,
    secrets: [...replaceBy(base.secrets, override.secrets, ({ key }) => key)],
  }),
});
