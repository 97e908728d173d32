import type { Diagnostic, ErrorCategory } from "@stax/errors";
import { CliError } from "./error.ts";

/** raise is what `--strict` does to findings: warnings become errors. */
export const raise = (diagnostics: readonly Diagnostic[], strict: boolean): readonly Diagnostic[] =>
  strict
    ? diagnostics.map((found) => (found.severity === "warning" ? { ...found, severity: "error" } : found))
    : diagnostics;

/**
 * gate lets findings through that are no errors (under `--strict`: no warnings either). Throws `FINDINGS` with all of them otherwise, in
 * the category of what they are about.
 */
export function gate(
  diagnostics: readonly Diagnostic[],
  strict: boolean,
  category: ErrorCategory = "schema",
): readonly Diagnostic[] {
  const findings = raise(diagnostics, strict);
  const errors = findings.filter(({ severity }) => severity === "error").length;
  if (errors === 0) return findings;
  throw new CliError("FINDINGS", `found ${errors} error${errors === 1 ? "" : "s"}`, {
    diagnostics: findings,
    category,
  });
}
