import { type Diagnostic, hasErrors, printable } from "@stax/errors";
import { type Config, checkDocument, packageReferenceForm } from "@stax/schema";
import * as z from "zod";
import { ResolveError } from "../error.ts";
import { type MergedLayerName, mergedLayerNames } from "./merged-layer.ts";

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
 * overridesSchema is the `overrides` of a definition and, unchanged, of its config: an additive field of ours that other consumers may
 * ignore.
 */
export const overridesSchema = z.looseObject({
  /** Items of packages that are switched off, by layer. */
  disable: z
    .looseObject(
      Object.fromEntries(mergedLayerNames.map((name) => [name, nameList.optional()])) as {
        [Name in MergedLayerName]: z.ZodOptional<typeof nameList>;
      },
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

/**
 * overridesOf reads the overrides in a config. Throws `OVERRIDES_INVALID`: what an author switched off must not come back because it was
 * written wrongly.
 */
export function overridesOf(config: Config): Overrides {
  const value: unknown = (config as Readonly<Record<string, unknown>>)["overrides"]; // configs are open records
  if (value === undefined) return {};
  const diagnostics: Diagnostic[] = [];
  const report = (finding: Diagnostic) => diagnostics.push({ ...finding, field: `overrides.${finding.field ?? ""}` });
  const checked = checkDocument(overridesSchema, value, { unknown: "warning", report });
  if (checked !== undefined && !hasErrors(diagnostics)) return checked;
  throw new ResolveError("OVERRIDES_INVALID", `the overrides of ${printable(config.name)} break the format`, {
    diagnostics,
    hint: "its author must build it again with stax build, which refuses such overrides",
  });
}
