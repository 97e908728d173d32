/** Severity of a finding. Errors fail the operation that reports them; `--strict` turns warnings into errors. */
export type Severity = "info" | "warning" | "error";

/** Diagnostic is one finding as data: what, where, and what to do. Libraries return them; nothing prints them but the command. */
export interface Diagnostic {
  /** Stable kebab-case name, e.g. `rule-scope-unknown`. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string | undefined;
  /** File, relative to the project's (or the output's) root, `/`-separated. */
  readonly path?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
  /** 1-based, in UTF-16 code units. */
  readonly column?: number | undefined;
  /** Where in the document: `adapter.model`, `servers.github.url`. */
  readonly field?: string | undefined;
  /** Layer kind, e.g. `rules`. */
  readonly layer?: string | undefined;
}

/** hasErrors tells whether any finding is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

/** formatDiagnostic writes a finding as one line: `agent.ts:3:9: error: message [code]`. The text is made {@link printable}. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { path, line, column, field, severity, message, code, hint } = diagnostic;
  const where = [path, ...(path !== undefined && line !== undefined ? [line, column ?? 1] : [])].join(":");
  const prefix = where === "" ? "" : `${where}: `;
  const inField = field === undefined || field === "" ? "" : `${field}: `;
  const advice = hint === undefined ? "" : ` — ${hint}`;
  return printable(`${prefix}${severity}: ${inField}${message} [${code}]${advice}`);
}

// Everything a terminal may act on or a reader cannot see: C0 and C1 controls, soft hyphen, bidi marks and overrides, zero-width and
// invisible operators, line and paragraph separators, fillers, variation selectors supplement, tags, interlinear anchors, BOM.
const unprintable =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: single code points are matched, never sequences
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\ud800-\udfff]/gu;

/** printable shows control, bidi and invisible code points as `\u{…}`, so that foreign text can go to a terminal or a log. */
export function printable(text: string): string {
  return text.replace(unprintable, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}
