import type { Diagnostic, Severity } from "@stax/errors";
import { compareBytes } from "@stax/schema";
import type { DiagnosticCode } from "../error.ts";

/** Findings collects diagnostics about the files of one directory. */
export class Findings {
  readonly #base: string;
  readonly #layer: string | undefined;
  readonly #found: Diagnostic[] = [];

  constructor(base: string, layer: string | undefined) {
    this.#base = base;
    this.#layer = layer;
  }

  /** add takes one finding; `path` is relative to the directory. */
  add(
    code: DiagnosticCode,
    severity: Severity,
    path: string,
    message: string,
    more: { readonly hint?: string } = {},
  ): void {
    const shown = [this.#base, path].filter((part) => part !== "").join("/");
    const layer = this.#layer === undefined ? {} : { layer: this.#layer };
    this.#found.push({ code, severity, message, path: shown === "" ? "." : shown, ...layer, ...more });
  }

  /** sorted gives all findings by path. */
  sorted(): readonly Diagnostic[] {
    return this.#found.sort((a, b) => compareBytes(a.path ?? "", b.path ?? ""));
  }
}
