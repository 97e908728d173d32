import * as z from "zod";
import { adapterConfigSchema } from "./adapter-config.ts";
import { hintsSchema, workspaceSourcesSchema } from "./definition.ts";
import type { ArtifactKind } from "./media-types.ts";
import { nameSchema, specVersionSchema, versionSchema } from "./name.ts";
import { overridesSchema } from "./overrides.ts";
import { profileDefinitionSchema } from "./profile.ts";

const identity = {
  specVersion: specVersionSchema,
  name: nameSchema,
  version: versionSchema,
  description: z.string().optional(),
  author: z.string().optional(),
  license: z.string().optional(),
  url: z.string().optional(),
  tags: z.array(z.string()).optional(),
};

const content = {
  /** Declared references, as written; ranges replaced by the tag they resolved to. */
  packages: z.array(z.string()).optional(),
  /** Present when packages were merged at build. */
  bundled: z.array(z.string()).optional(),
  /** Present and true where the artifact has the layer: it can be materialized to exact runtime files. */
  surfaces: z.literal(true).optional(),
  instructionTree: z.literal(true).optional(),
};

export const agentConfigSchema = z.looseObject({
  ...identity,
  kind: z.literal("agent"),
  adapter: adapterConfigSchema,
  adapterFallback: z.array(adapterConfigSchema).optional(),
  hints: hintsSchema.optional(),
  workspaceSources: workspaceSourcesSchema.optional(),
  overrides: overridesSchema.optional(),
  ...content,
});
export const packageConfigSchema = z.looseObject({ ...identity, kind: z.literal("package"), ...content });
export const profileConfigSchema = profileDefinitionSchema.extend({
  specVersion: specVersionSchema,
  kind: z.literal("profile"),
});
export const sourceConfigSchema = z.looseObject({
  ...identity,
  kind: z.literal("source"),
  sourceType: z.enum(["git", "archive", "directory"]),
  origin: z
    .looseObject({
      url: z.string().optional(),
      repo: z.string().optional(),
      ref: z.string().optional(),
      commit: z.string().optional(),
    })
    .optional(),
  snapshot: z
    .looseObject({
      preparedFromPath: z.string().optional(),
      sparse: z.array(z.string()).optional(),
      submodules: z.enum(["excluded", "included"]).optional(),
      fileCount: z.number().int().nonnegative().optional(),
    })
    .optional(),
});

/** AgentConfig is the config blob of an agent. */
export interface AgentConfig extends z.output<typeof agentConfigSchema> {}
/** PackageConfig is the config blob of a package. */
export interface PackageConfig extends z.output<typeof packageConfigSchema> {}
/** ProfileConfig is the config blob of a runtime profile. */
export interface ProfileConfig extends z.output<typeof profileConfigSchema> {}
/** SourceConfig is the config blob of a workspace source. */
export interface SourceConfig extends z.output<typeof sourceConfigSchema> {}
/** Config is the config blob of any stax artifact; `kind` tells which. */
export type Config = AgentConfig | PackageConfig | ProfileConfig | SourceConfig;

export const configSchemas = {
  agent: agentConfigSchema,
  package: packageConfigSchema,
  profile: profileConfigSchema,
  source: sourceConfigSchema,
} as const satisfies Record<ArtifactKind, z.ZodType>;
