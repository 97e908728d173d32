export { adapter, geminiCli, geminiCli as default } from "./adapter.ts";
export { type GeminiCliOptions, geminiCliOptions } from "./options.ts";
