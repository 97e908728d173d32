import type { Diagnostic } from "./diagnostic.ts";

/** ErrorCategory says which kind of failure an error is; the `stax` command maps it to an exit code. */
export type ErrorCategory = "usage" | "schema" | "build" | "registry" | "resolve" | "materialize" | "verify";

/** ErrorCode is the stable, searchable name of an error: `ERR_STAX_` and upper-case words. */
export type ErrorCode<Code extends string = string> = `ERR_STAX_${Code}`;

/** StaxErrorOptions carry what a message does not say: the way out, the cause, findings, machine-readable details. */
export interface StaxErrorOptions {
  /** What the user can do about it, one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** All findings behind the error, when there are several (a validation reports every one). */
  readonly diagnostics?: readonly Diagnostic[] | undefined;
  /** Facts for `--json`; never a secret. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * StaxError is the base of every error that a user can meet. The message says what and where, the hint what to do.
 * Each library has one subclass with a literal union of its codes.
 */
export abstract class StaxError<Code extends string = string> extends Error {
  abstract readonly category: ErrorCategory;
  readonly code: ErrorCode<Code>;
  readonly hint: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: Code, message: string, options: StaxErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    // A minifier, as of the command's bundle, takes the names of classes away.
    this.name = new.target.name.endsWith("Error") ? new.target.name : "StaxError";
    this.code = `ERR_STAX_${code}`;
    this.hint = options.hint;
    this.diagnostics = options.diagnostics ?? [];
    this.details = options.details;
  }
}

/** isStaxError tells a user's error from a bug. It looks at the code, not the class: two copies of a library may be loaded. */
export function isStaxError(error: unknown): error is StaxError {
  if (!(error instanceof Error)) return false;
  const { code, category } = error as Partial<StaxError>;
  return typeof code === "string" && code.startsWith("ERR_STAX_") && typeof category === "string";
}
