import * as z from "zod";
import { nonEmpty, versionSchema } from "./name.ts";

export const fidelities = ["native", "embedded", "translated", "unsupported"] as const;
/** Fidelity says how a feature reaches a runtime: as is, inlined elsewhere, restructured, or not at all. */
export type Fidelity = (typeof fidelities)[number];

const feature = z.enum(fidelities).optional();

/** adapterFeaturesSchema is the feature map of an adapter; consumers derive their own from what they really do (decision B6). */
export const adapterFeaturesSchema = z.looseObject({
  prompt: feature,
  persona: feature,
  rules: feature,
  skills: feature,
  mcp: feature,
  surfaces: feature,
  subagents: feature,
  instructionTree: feature,
  knowledge: feature,
  memory: feature,
  secrets: z.enum(["native", "consumer-only"]).optional(),
  toolPermissions: feature,
  modelConfig: feature,
  exactMode: z.boolean().optional(),
});

export const targetSchema = z.looseObject({
  kind: z.enum(["file", "directory", "setting", "api", "bundle", "object"]),
  path: nonEmpty,
  description: z.string().optional(),
  scope: z.enum(["user", "project", "workspace", "local", "remote", "account", "organization"]).optional(),
  exact: z.boolean().optional(),
  mediaType: z.string().optional(),
});

const modelParams = z.record(
  z.string().regex(/^[A-Za-z0-9_-]+$/, "may hold letters, digits, _ and - only"),
  z.unknown(),
);

/** adapterConfigSchema is what every adapter compiles to, whatever its options are. */
export const adapterConfigSchema = z.looseObject({
  type: nonEmpty,
  runtime: nonEmpty,
  adapterVersion: versionSchema,
  runtimeVersionRange: z.string().optional(),
  model: z.string().optional(),
  modelParams: modelParams.optional(),
  importMode: z.enum(["filesystem", "api", "bundle", "object-map"]).optional(),
  fidelity: z.enum(["byte-exact", "schema-exact", "best-effort", "unsupported"]).optional(),
  config: z.record(z.string(), z.unknown()),
  features: adapterFeaturesSchema,
  targets: z.array(targetSchema).optional(),
});

/** AdapterConfig names a runtime and how an artifact is materialized for it. `config` holds the adapter's own options. */
export interface AdapterConfig extends z.output<typeof adapterConfigSchema> {}
/** AdapterFeatures maps each feature to how it reaches the runtime. */
export interface AdapterFeatures extends z.output<typeof adapterFeaturesSchema> {}
/** MaterializationTarget is one place that an adapter writes to. */
export interface MaterializationTarget extends z.output<typeof targetSchema> {}
