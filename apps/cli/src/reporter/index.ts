export { createJsonReporter, jsonText } from "./json-reporter.ts";
export { createPlainReporter } from "./plain-reporter.ts";
export type { Failure, Out, ProgressEvent, Reporter, ReporterOptions, TransferState } from "./reporter.ts";
export { createTtyReporter } from "./tty-reporter.ts";
