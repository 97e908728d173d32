import { printable } from "@stax/errors";
import { createPlainReporter } from "./plain-reporter.ts";
import type { ProgressEvent, Reporter, ReporterOptions } from "./reporter.ts";

/** How often the progress line is drawn anew, ms. */
const interval = 80;
const erase = "\r\u001b[2K";

/** createTtyReporter shows the step at work in one line of stderr that is replaced by the next and gone at the end. */
export function createTtyReporter(options: ReporterOptions & { readonly columns: number }): Reporter {
  const { stderr, columns, redact } = options;
  let drawn = false;
  let last = 0;
  const clear = (): void => {
    if (drawn) stderr.write(erase);
    drawn = false;
  };
  const plain = createPlainReporter(options);
  return {
    event(event) {
      const now = Date.now();
      if (options.quiet || now - last < interval) return;
      last = now;
      drawn = true;
      stderr.write(erase + redact(progressLine(event)).slice(0, Math.max(columns - 1, 10)));
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

function progressLine({ message, done, total }: ProgressEvent): string {
  const share = done === undefined ? "" : ` ${done}${total === undefined ? "" : `/${total}`}`;
  return printable(message) + share;
}
