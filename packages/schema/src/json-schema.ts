import * as z from "zod";
import { configSchemas } from "./config.ts";
import { agentDefinitionSchema, packageDefinitionSchema } from "./definition.ts";
import { mcpSchema } from "./kinds/mcp.ts";
import { memoryMetaSchema } from "./kinds/memory.ts";
import { packagesSchema } from "./kinds/packages.ts";
import { personaSchema } from "./kinds/persona.ts";
import { ruleHeader } from "./kinds/rules.ts";
import { secretsSchema } from "./kinds/secrets.ts";
import { skillHeader } from "./kinds/skills.ts";
import { subagentsSchema } from "./kinds/subagents.ts";
import { profileDefinitionSchema } from "./profile.ts";
import { referrerConfigSchemas } from "./referrers.ts";

/** documentSchemas are the documents that people write or read, by the name that `stax schema` knows them by. */
export const documentSchemas = {
  agent: agentDefinitionSchema,
  package: packageDefinitionSchema,
  profile: profileDefinitionSchema,
  persona: personaSchema,
  mcp: mcpSchema,
  subagents: subagentsSchema,
  secrets: secretsSchema,
  packages: packagesSchema,
  rule: ruleHeader,
  skill: skillHeader,
  memory: memoryMetaSchema,
  "agent-config": configSchemas.agent,
  "package-config": configSchemas.package,
  "profile-config": configSchemas.profile,
  "source-config": configSchemas.source,
  "signature-config": referrerConfigSchemas.signature,
  "evaluation-config": referrerConfigSchemas.evaluation,
  "approval-config": referrerConfigSchemas.approval,
  "memory-snapshot-config": referrerConfigSchemas["memory-snapshot"],
} as const satisfies Record<string, z.ZodType>;

export type DocumentName = keyof typeof documentSchemas;

/** jsonSchemaOf is the JSON Schema (draft 2020-12) of a document as its author writes it, for editors and other tools. */
export function jsonSchemaOf(name: DocumentName): Record<string, unknown> {
  const schema = z.toJSONSchema(documentSchemas[name], { io: "input", unrepresentable: "any" });
  return { ...schema, title: `stax ${name}` };
}
