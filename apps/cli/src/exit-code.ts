import { type ErrorCategory, isStaxError } from "@stax/errors";

/** exitCodes is every code that `stax` ends with: what it is called here and what it means to people. */
export const exitCodes = {
  success: { code: 0, meaning: "success" },
  usage: { code: 1, meaning: "invalid usage" },
  schema: { code: 1, meaning: "a definition, config or document is not valid" },
  found: { code: 1, meaning: "a check found what it looks for (`diff --exit-code`, `materialize --check`)" },
  build: { code: 2, meaning: "local build or file-system error, malformed or hostile content" },
  registry: { code: 3, meaning: "registry or network; with --offline, what the cache does not hold" },
  resolve: { code: 4, meaning: "package resolution: cycle, conflict, depth, missing" },
  materialize: { code: 5, meaning: "no compatible adapter, exact mode cannot be met, unsupported major version" },
  verify: { code: 6, meaning: "signature, approval, policy" },
  bug: { code: 70, meaning: "a bug in stax: stack, version and where to report it are printed" },
  interrupted: { code: 130, meaning: "interrupted; nothing half-written is left" },
} as const satisfies Record<
  ErrorCategory | "success" | "found" | "bug" | "interrupted",
  { code: number; meaning: string }
>;

/** ExitReason names a row of {@link exitCodes}. */
export type ExitReason = keyof typeof exitCodes;

/** reasonOf tells which row an error belongs to; what is no user's error is a bug. */
export const reasonOf = (error: unknown): ExitReason => (isStaxError(error) ? error.category : "bug");
