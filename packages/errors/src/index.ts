export { type Diagnostic, formatDiagnostic, hasErrors, printable, type Severity } from "./diagnostic.ts";
export { type ErrorCategory, type ErrorCode, isStaxError, StaxError, type StaxErrorOptions } from "./stax-error.ts";
