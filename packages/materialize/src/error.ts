import { type ErrorCategory, StaxError, type StaxErrorOptions } from "@stax/errors";

/** Every error this package throws, by code, with what it means and what to do. */
export const errorCodes = {
  ADAPTER_INCOMPATIBLE:
    "No registered adapter supports what the artifact asks for; choose another with --adapter or update stax",
  ADAPTER_OPTIONS:
    "The artifact's adapter options do not fit the adapter's schema; fix them where the agent is defined",
  EXACT_UNMET: "Exact mode was asked for and the runtime cannot be given everything as it is; see the listed losses",
  SPEC_UNSUPPORTED: "The artifact is of a newer major version of the stax format; update stax",
  PLAN_CONFLICT: "Files that stax did not write are in the way; move them, or overwrite them with --force",
  PATH_UNSAFE: "A path would leave the output root or cannot exist on every system; nothing was written",
  ROOT_CHANGED: "A file or directory changed while stax was writing; nothing was kept of the half-done work, run again",
  ROOT_BUSY: "Another stax is writing to the same root; wait for it to end",
  ROOT_UNUSABLE: "The output root is no directory that can be written to",
  RECORD_INVALID: "The record of what stax wrote cannot be read; restore .stax/materialized.json or remove it",
  IMPORT_NOTHING:
    "No files of a runtime are in the directory that is to be imported; name another, or start with stax init",
  CONTENT_CHANGED: "A layer's content is not what its digest says; fetch the artifact again",
} as const;

/** diagnosticCodes are the findings that rendering, composing and planning return, by code. */
export const diagnosticCodes = {
  "item-lost": "Something of the artifact does not reach the runtime",
  "field-lost": "A field of something that reaches the runtime has no place there",
  "item-translated": "Something reaches the runtime in another form than it was written in",
  "output-off": "An option of the adapter turns an output off",
  "output-deprecated": "An option asks for a file that the runtime reads for old projects only",
  "mcp-secret-undeclared": "A server refers to a variable that is no declared secret, and is omitted",
  "secret-value": "A setting looks like a credential, and is omitted",
  "capability-omitted": "A setting that runs a program or lifts a restriction is omitted until it is allowed",
  "capability-allowed": "A setting that runs a program or lifts a restriction is written because it was allowed",
  "setting-overridden": "A passed-through setting is replaced by the one the adapter generates",
  "hint-ignored": "A runtime hint has no counterpart in the runtime's files",
  "hint-applied": "A runtime hint tightened the runtime's settings",
  "trust-gated": "The runtime ignores the file until a person trusts the folder or approves it",
  "document-composed": "A document is composed of several parts instead of one exact source",
  "document-included": "A document includes the one that another adapter writes",
  "read-twice": "A runtime would read the same text twice",
  "spared-file": "A file is not written because the runtime reads the same text elsewhere",
  "item-changed": "An item reaches the runtime in another form or inside another document, and --fail-on forbids that",
  "budget-exceeded": "A runtime cuts or refuses what is written beyond its limit",
  "template-unresolved": "A template expression in the prompt has no value and became empty",
  "model-param-unknown": "A model parameter is not known to the adapter",
  "model-param-unsupported": "A model parameter has no place in the runtime's files",
  "adapter-fallback": "The artifact's first adapter is not available; a fallback is used",
  "adapter-substituted": "The requested runtime is not the one the artifact was written for; default options apply",
  "adapter-options": "Adapter options cannot be checked or hold unknown fields",
  "adapter-unchecked": "The options of an adapter that is not registered cannot be validated",
  "secret-needed": "The runtime needs a secret in its environment",
  "exact-unmet": "The artifact asks for exact files and the runtime cannot be given everything as it is",
  "exact-unclaimed": "The adapter does not claim exact files",
  "command-not-found": "The command of an MCP server is not on the PATH",
  "beside-existing": "A file of the user's that the runtime also reads is in the root",
  "adapter-left": "Files of a runtime that an earlier run was for are replaced or left over",
  "generic-fidelity": "A generic adapter lacks what the format asks of it",
  "rule-globs": "Glob patterns of a rule cannot be written as they are",
  "mcp-remote-secret": "A remote server needs a secret but says nowhere where it goes",
  "surface-unknown": "A surface that the format does not know is ignored",
  "import-left": "Something in a runtime's files is not carried, and stays where it is",
  "import-changed": "Something in a runtime's files is carried in another form than it was found in",
  "import-secret": "A runtime's file holds what looks like a credential; a declared secret takes its place",
  "import-duplicate": "Two files of runtimes hold different things under one name; the first is kept",
  conflict: "A file of a person's is in the way, or two parts want one file with different content",
} as const;

type Code = keyof typeof errorCodes;

// What the output root or an artifact's content does wrong is a matter of the file system, not of the runtime.
const local: ReadonlySet<Code> = new Set([
  "PLAN_CONFLICT",
  "PATH_UNSAFE",
  "ROOT_CHANGED",
  "ROOT_BUSY",
  "ROOT_UNUSABLE",
  "RECORD_INVALID",
  "CONTENT_CHANGED",
]);

/** MaterializeError is the error of rendering, planning and applying. Its category is "materialize" (incompatible) or "build" (files). */
export class MaterializeError extends StaxError<Code> {
  readonly category: ErrorCategory;

  constructor(code: Code, message: string, options?: StaxErrorOptions) {
    super(code, message, options);
    this.category = local.has(code) ? "build" : "materialize";
  }
}
