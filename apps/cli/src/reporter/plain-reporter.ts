import { type Diagnostic, formatDiagnostic, printable } from "@stax/errors";
import { paint } from "./paint.ts";
import type { Failure, ProgressEvent, Reporter, ReporterOptions } from "./reporter.ts";
import { transferSummary } from "./transfer-lines.ts";

/** How often a transfer is told of where lines stay, ms. What takes less says nothing. */
const patience = 5000;

function every(interval: number): () => boolean {
  let last: number | undefined;
  return () => {
    const now = Date.now();
    last ??= now;
    if (now - last < interval) return false;
    last = now;
    return true;
  };
}

/** createPlainReporter writes whole lines: the result to stdout, everything else to stderr. */
export function createPlainReporter(options: ReporterOptions): Reporter {
  const { stdout, stderr, quiet, verbose, color, redact } = options;
  const say = (line: string): void => void stderr.write(`${redact(line)}\n`);
  const seen = new Set<string>();
  const told: string[] = [];
  const isDue = every(patience);
  return {
    event({ message, transfer }: ProgressEvent) {
      if (verbose && message !== "") say(printable(message));
      else if (transfer !== undefined && !quiet && isDue()) say(transferSummary(transfer));
    },
    line(text) {
      if (!quiet) say(printable(text));
    },
    diagnostic(diagnostic: Diagnostic) {
      const line = formatDiagnostic(diagnostic);
      if (seen.has(line) || (quiet && diagnostic.severity !== "error")) return;
      seen.add(line);
      told.push(diagnostic.message);
      say(paint(line, diagnostic.severity, color));
    },
    result(_data, text) {
      // Formats escape what would break their lines; this is for what they forget.
      const shown = redact(text()).split("\n").map(printable).join("\n");
      if (shown !== "") stdout.write(shown.endsWith("\n") ? shown : `${shown}\n`);
    },
    error(failure) {
      // A failure of one finding says it in the same words.
      const repeats = told.some((message) => failure.message.endsWith(message));
      const { hint: _, ...bare } = failure;
      const shown = repeats ? { ...bare, message: "found 1 error" } : failure;
      for (const line of failureLines(shown, verbose, color)) say(line);
    },
    close() {},
  };
}

function failureLines({ code, message, hint, causes, stack }: Failure, verbose: boolean, color: boolean): string[] {
  return [
    paint(`error: ${printable(message)} [${code}]`, "error", color),
    ...(hint === undefined ? [] : [`hint: ${printable(hint)}`]),
    ...(verbose ? causes.map((cause) => `cause: ${printable(cause)}`) : []),
    ...(stack === undefined ? [] : stack.split("\n").map(printable)),
  ];
}
