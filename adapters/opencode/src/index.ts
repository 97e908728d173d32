export { adapter, opencode, opencode as default } from "./adapter.ts";
export { type OpencodeOptions, opencodeOptions } from "./options.ts";
