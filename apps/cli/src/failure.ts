import { type Diagnostic, isStaxError } from "@stax/errors";
import { CliError } from "./error.ts";
import { type ExitReason, reasonOf } from "./exit-code.ts";
import type { Failure } from "./reporter/index.ts";
import { version } from "./version.ts";

/** describeFailure turns whatever was thrown into what is shown: a user's mistake without a stack, a bug with everything. */
export function describeFailure(thrown: unknown): Described {
  const error = isSystemError(thrown) ? fromSystem(thrown) : thrown;
  const reason = reasonOf(error);
  if (!isStaxError(error)) return { reason, failure: describeBug(error), diagnostics: [] };
  const { code, category, message, hint, details, diagnostics } = error;
  return { reason, failure: { code, category, message, hint, details, causes: causesOf(error) }, diagnostics };
}

interface Described {
  readonly failure: Failure;
  readonly diagnostics: readonly Diagnostic[];
  /** Decides the exit code. */
  readonly reason: ExitReason;
}

function describeBug(error: unknown): Failure {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: "ERR_STAX_BUG",
    category: "bug",
    message: `a bug in stax ${version} (Node ${process.versions.node}, ${process.platform}-${process.arch})`,
    hint: "please report it, with these lines, where `npm bugs @stax/cli` leads",
    causes: causesOf(error),
    stack,
  };
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && causes.length < 10) {
    causes.push(cause instanceof Error ? cause.message : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/** A library may miss a failure of the file system; it is nobody's bug. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "errno" in error && !isStaxError(error);
}

const fromSystem = (error: NodeJS.ErrnoException): CliError =>
  new CliError("FILE_SYSTEM", error.message, { cause: error });
