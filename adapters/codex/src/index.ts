export { adapter, codex, codex as default } from "./adapter.ts";
export { type CodexOptions, codexOptions } from "./options.ts";
