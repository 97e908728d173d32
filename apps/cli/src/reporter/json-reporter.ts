import { type Diagnostic, printable } from "@stax/errors";
import { redactDeep } from "../redact.ts";
import type { Failure, Reporter, ReporterOptions } from "./reporter.ts";

/** createJsonReporter collects everything into one document, which is written when the result or the error is known. */
export function createJsonReporter({ stdout, redact }: ReporterOptions): Reporter {
  const diagnostics: Diagnostic[] = [];
  const write = (document: object): void => void stdout.write(`${jsonText(redactDeep(document, redact))}\n`);
  return {
    event() {},
    line() {},
    diagnostic(diagnostic) {
      diagnostics.push(diagnostic);
    },
    result(data) {
      write({ ok: true, data, diagnostics });
    },
    error(failure) {
      write({ ok: false, error: errorOf(failure), diagnostics });
    },
    close() {},
  };
}

const errorOf = ({ code, category, message, hint, details, stack }: Failure): object => ({
  code,
  category,
  message,
  hint: hint ?? null,
  details: details ?? {},
  ...(stack !== undefined && { stack }),
});

/** jsonText writes JSON for people's eyes: indented, and what a terminal would act on or nobody can see is escaped. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  return text.replace(/[^\n\x20-\x7e]/gu, (char) => (printable(char) === char ? char : escapeUnits(char)));
}

function escapeUnits(char: string): string {
  let escaped = "";
  for (let index = 0; index < char.length; index++)
    escaped += `\\u${char.charCodeAt(index).toString(16).padStart(4, "0")}`;
  return escaped;
}
