import type { ErrorCategory } from "@stax/errors";

/** loadErrorCodes are the errors of finding and loading definition files: what each means and what to do. */
export const loadErrorCodes = {
  DEFINITION_MISSING: "No definition file was found. Name one, or run `stax init`.",
  DEFINITION_AMBIGUOUS: "Several definitions answer. Name the one you mean, or use --all.",
  DEFINITION_KIND_UNKNOWN:
    "The file's name does not say what it defines. Name it agent.ts, package.ts or profile.ts (or .json, .yaml).",
  DEFINITION_OUTSIDE:
    "A definition file, or what a link leads to, lies outside the workspace. Move it into the workspace.",
  DEFINITION_UNREADABLE: "A definition file cannot be read. Check that it is a file and its permissions.",
  DEFINITION_TOO_LARGE:
    "A definition file, or what it exports, is too large to be a definition. Move content into files.",
  DEFINITION_SYNTAX:
    "A definition file is no valid TypeScript, JavaScript, JSON or YAML. Fix it where the message points.",
  DEFINITION_IMPORT:
    "A definition imports something that does not exist, or that lies outside the workspace. Fix the import, or move the file.",
  DEFINITION_DENIED:
    "A definition tried something that definitions may not do (write, network, processes, key files). Remove it, or run with --trust-definition if you trust its author.",
  DEFINITION_THREW: "A definition throws while it is evaluated. Fix it where the message points.",
  DEFINITION_NO_DEFAULT: "A definition file has no default export. Write `export default defineAgent({ … })`.",
  DEFINITION_NOT_DATA:
    "A definition exports something that JSON cannot carry (a function, a Date, NaN, a class instance, a cycle). Replace it with plain data.",
  DEFINITION_TIMEOUT: "A definition does not finish in time. Look for an endless loop or a promise that never settles.",
  DEFINITION_EXITED: "A definition ends its own process. Remove the call, or look for what exhausts its memory.",
  EVALUATOR_FAILED: "The process that evaluates definitions cannot be started. The message says why.",
} as const;

/** loadErrorCategories tell mistakes in a definition (`schema`, exit 1) from failures of the file system or the machine (`build`, exit 2). */
export const loadErrorCategories: { readonly [Code in keyof typeof loadErrorCodes]: ErrorCategory } = {
  DEFINITION_MISSING: "schema",
  DEFINITION_AMBIGUOUS: "schema",
  DEFINITION_KIND_UNKNOWN: "schema",
  DEFINITION_OUTSIDE: "schema",
  DEFINITION_UNREADABLE: "build",
  DEFINITION_TOO_LARGE: "schema",
  DEFINITION_SYNTAX: "schema",
  DEFINITION_IMPORT: "schema",
  DEFINITION_DENIED: "schema",
  DEFINITION_THREW: "schema",
  DEFINITION_NO_DEFAULT: "schema",
  DEFINITION_NOT_DATA: "schema",
  DEFINITION_TIMEOUT: "schema",
  DEFINITION_EXITED: "schema",
  EVALUATOR_FAILED: "build",
};

/** loadDiagnosticCodes are the findings of loading that are no errors. Those of an error carry its code in small letters: `definition-threw`. */
export const loadDiagnosticCodes = {
  "definition-output":
    "A definition prints something while it is evaluated. It is shown here and nowhere else; remove the call.",
  "definition-env-unset": "A variable that was named with --env is not set. Set it, or do not name it.",
} as const;
