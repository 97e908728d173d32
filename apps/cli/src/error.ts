import { type ErrorCategory, printable, StaxError, type StaxErrorOptions } from "@stax/errors";

/** errorCodes lists every code of {@link CliError} with its meaning and what to do. */
export const errorCodes = {
  ADAPTER_MODULE_INVALID:
    "A module given by --adapter-module cannot be loaded or holds no adapter; check its name and what it exports.",
  ADAPTER_UNKNOWN: "No adapter of this name is installed; `stax adapters` lists them, --adapter-module adds one.",
  BUG: "A bug in stax; please report it with the lines that were printed.",
  COMMAND_UNKNOWN: "There is no such command; `stax --help` lists them.",
  CONFIG_INVALID: "A stax.config file cannot be read or has a field that does not exist; the message says where.",
  DIRECTORY_INVALID: "The directory given by --cwd does not exist or is no directory.",
  FILE_SYSTEM: "The file system refused to read or write; the message says where and why.",
  FINDINGS: "The command found errors (with --strict: warnings count as errors); each is listed with its place.",
  FLAG_UNKNOWN: "The command has no such flag; its --help lists them.",
  FLAG_VALUE: "A flag lacks its value, has one that it does not take, or is given twice.",
  INTERRUPTED: "The command was stopped by Ctrl-C or a termination signal; nothing half-written is left.",
  LOSSY: "Something does not reach the runtime as it was written, and --fail-on forbids that; the findings list it.",
  POSITIONAL: "The command was given too few or too many arguments.",
  TAG_TAKEN: "The tag names another artifact already; choose another tag or version, or move it with --force.",
  LOCK_NEEDED: "There is no stax.lock to work on. Run stax lock first.",
  TARGET_UNFIT: "The target exists but the command cannot use it, for the reason in the message.",
  SCHEMA_UNKNOWN: "There is no schema of this name; `stax schema` lists them.",
  UPDATE_UNWRITABLE:
    "update --to cannot write a newer version into a definition: it computes its references. Change it by hand, then run stax lock.",
  SHELL_UNKNOWN: "There is no completion for this shell; bash, zsh and fish have one.",
} as const;

/** diagnosticCodes lists the findings of the command itself. */
export const diagnosticCodes = {
  "package-edit-by-hand":
    "A newer version is wanted of a package whose reference does not stand in its definition as it is declared. Change it where it is made.",
  "package-outside-range":
    "A newer version of a package is outside the range that is written; to have it, change the range where the message says",
  "referrers-unknown": "Without the network nobody knows what is attached to the artifact",
  "registry-warning": "Something that a registry wants its users to know",
} as const;

/** CliErrorCode is a code without its `ERR_STAX_` prefix. */
export type CliErrorCode = keyof typeof errorCodes;

const categories: Partial<Record<CliErrorCode, ErrorCategory>> = {
  ADAPTER_MODULE_INVALID: "materialize",
  ADAPTER_UNKNOWN: "materialize",
  FILE_SYSTEM: "build",
  FINDINGS: "schema",
  LOSSY: "materialize",
  LOCK_NEEDED: "resolve",
  CONFIG_INVALID: "schema",
};

/** CliErrorOptions are those of every error and the category, where the findings decide it. */
export interface CliErrorOptions extends StaxErrorOptions {
  readonly category?: ErrorCategory | undefined;
}

/** CliError is every failure that the command itself finds; most are `usage`. */
export class CliError extends StaxError<CliErrorCode> {
  readonly category: ErrorCategory;

  constructor(code: CliErrorCode, message: string, options: CliErrorOptions = {}) {
    super(code, printable(message), options);
    this.category = options.category ?? categories[code] ?? "usage";
  }
}
