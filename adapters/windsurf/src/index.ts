export { adapter, windsurf, windsurf as default } from "./adapter.ts";
export { diagnosticCodes } from "./diagnostic-codes.ts";
export { type WindsurfOptions, windsurfOptions } from "./options.ts";
