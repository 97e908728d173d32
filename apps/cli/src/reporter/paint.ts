import { styleText } from "node:util";
import type { Severity } from "@stax/errors";

const styles = { error: "red", warning: "yellow", info: "cyan" } as const;

/** paint colors the word that says how bad a line is: `error:`, `warning:`, `info:`. */
export function paint(line: string, severity: Severity, color: boolean): string {
  if (!color) return line;
  const word = `${severity}:`;
  return line.replace(word, styleText(styles[severity], word, { validateStream: false }));
}
