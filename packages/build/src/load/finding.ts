import { type Diagnostic, printable } from "@stax/errors";
import { BuildError, type BuildErrorCode } from "../error.ts";
import type { Place } from "./child/protocol.ts";
import { nameOf } from "./contained-path.ts";

/** Finding is what is wrong with a definition file and where. Its texts may be a definition's own. */
export interface Finding {
  readonly code: BuildErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Another file than the definition's, or the position in it. */
  readonly place?: Place | undefined;
  readonly field?: string | undefined;
}

/** FindingContext is what the findings of one file have in common. */
export interface FindingContext {
  /** The definition; absolute. */
  readonly path: string;
  readonly workspaceRoot: string;
  /** Hides what no message may show. */
  redact?(text: string): string;
}

const longestMessage = 2000;

/** errorFrom makes one error of findings, at least one; its diagnostics carry file, line, column and field of each. */
export function errorFrom(findings: readonly Finding[], context: FindingContext): BuildError {
  const diagnostics = findings.map((finding) => diagnosticOf(finding, context));
  const [first] = diagnostics;
  const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : "";
  const message = first === undefined ? "" : `${sentenceOf(first)}${more}`;
  return new BuildError(findings[0]?.code ?? "EVALUATOR_FAILED", message, { hint: first?.hint, diagnostics });
}

function sentenceOf({ path, line, column, field, message }: Diagnostic): string {
  const place = line === undefined ? path : `${path}:${line}:${column}`;
  return `${place}: ${field === undefined || field === "" ? "" : `${field} `}${message}`;
}

function diagnosticOf(finding: Finding, { path, workspaceRoot, redact = (text) => text }: FindingContext): Diagnostic {
  const { place, code, field, hint } = finding;
  return {
    code: code.toLowerCase().replaceAll("_", "-"),
    severity: "error",
    message: printable(redact(finding.message).slice(0, longestMessage)),
    ...(hint === undefined ? {} : { hint: printable(redact(hint)) }),
    ...(field === undefined ? {} : { field: printable(redact(field)) }),
    path: nameOf(place?.path ?? path, workspaceRoot),
    ...(place === undefined ? {} : { line: place.line, column: place.column }),
  };
}
