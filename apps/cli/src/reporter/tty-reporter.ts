import { printable } from "@stax/errors";
import type { Redact } from "../redact.ts";
import { createPlainReporter } from "./plain-reporter.ts";
import type { ProgressEvent, Reporter, ReporterOptions } from "./reporter.ts";
import { transferLines } from "./transfer-lines.ts";

/** How often progress is drawn anew, ms. */
const interval = 80;
const erase = "\r\u001b[2K";
const eraseAbove = "\u001b[1A\u001b[2K";

/** createTtyReporter shows the work under way in lines of stderr that are replaced by the next ones and gone at the end. */
export function createTtyReporter(options: ReporterOptions & { readonly columns: number }): Reporter {
  const { stderr, columns, redact } = options;
  let drawn = 0;
  let last = 0;
  const erasure = (): string => (drawn === 0 ? "" : erase + eraseAbove.repeat(drawn - 1));
  const clear = (): void => {
    if (drawn > 0) stderr.write(erasure());
    drawn = 0;
  };
  const plain = createPlainReporter(options);
  return {
    event(event) {
      const now = Date.now();
      if (options.quiet || now - last < interval) return;
      last = now;
      const lines = progressLines(event, columns, redact);
      stderr.write((erasure() || erase) + lines.join("\n"));
      drawn = lines.length;
    },
    line(text) {
      clear();
      plain.line(text);
    },
    diagnostic(diagnostic) {
      clear();
      plain.diagnostic(diagnostic);
    },
    result(data, text) {
      clear();
      plain.result(data, text);
    },
    error(failure) {
      clear();
      plain.error(failure);
    },
    close: clear,
  };
}

function progressLines(
  { message, done, total, transfer }: ProgressEvent,
  columns: number,
  redact: Redact,
): readonly string[] {
  if (transfer !== undefined) return transferLines(transfer, columns);
  const share = done === undefined ? "" : ` ${done}${total === undefined ? "" : `/${total}`}`;
  return [redact(printable(message) + share).slice(0, Math.max(columns - 1, 10))];
}
