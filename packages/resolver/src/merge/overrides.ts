import { type Diagnostic, hasErrors, printable } from "@stax/errors";
import { type Config, checkDocument, type Overrides, overridesSchema } from "@stax/schema";
import { ResolveError } from "../error.ts";

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
