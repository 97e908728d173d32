export { adapter, openclaw, openclaw as default } from "./adapter.ts";
export { diagnosticCodes } from "./diagnostic-codes.ts";
export { type OpenclawOptions, openclawOptions } from "./options.ts";
