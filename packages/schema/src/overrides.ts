import * as z from "zod";
import type { LayerName } from "./kinds/index.ts";
import { packageReferenceForm } from "./package-reference.ts";

/** mergedLayerNames are the layers that packages carry and consumers merge, in canonical order. */
export const mergedLayerNames = [
  "knowledge",
  "rules",
  "skills",
  "mcp",
  "secrets",
  "instructionTree",
  "surfaces",
  "subagents",
] as const satisfies readonly LayerName[];

/** MergedLayerName names a layer that packages carry. */
export type MergedLayerName = (typeof mergedLayerNames)[number];

const nameList = z.array(z.string().min(1, "must not be empty"));

const ruleChange = z.looseObject({
  scope: z.enum(["always", "glob", "auto", "manual"]).optional(),
  globs: z.array(z.string().min(1, "must not be empty")).optional(),
  priority: z.number().optional(),
  severity: z.enum(["info", "warn", "error"]).optional(),
});

const pinnable = (name: string): boolean =>
  packageReferenceForm(name) === "tag" || packageReferenceForm(`${name}:0`) === "tag";

/**
 * overridesSchema is the `overrides` of an agent and, unchanged, of its config: what it changes of what its packages bring. An additive field
 * of ours that other consumers may ignore.
 */
export const overridesSchema = z.looseObject({
  /** Items of packages that are switched off, by layer. */
  disable: z
    .looseObject(
      Object.fromEntries(mergedLayerNames.map((name) => [name, nameList.optional()])) as {
        [Name in MergedLayerName]: z.ZodOptional<typeof nameList>;
      }, // one entry for each name, as the type says
    )
    .optional(),
  /** Rules by id: what of them is changed. */
  rules: z.record(z.string().min(1, "must not be empty"), ruleChange).optional(),
  /** Digests by exact reference or by repository, wherever in the graph it stands. */
  packages: z
    .record(
      z.string().refine(pinnable, "must be registry/repository:tag or registry/repository"),
      z.string().regex(/^sha256:[a-f0-9]{64}$/, "must be sha256:<64 hex digits>"),
    )
    .optional(),
});

/** Overrides is what an agent changes of what its packages bring. */
export interface Overrides extends z.output<typeof overridesSchema> {}
