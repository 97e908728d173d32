export { adapter, claudeCode, claudeCode as default } from "./adapter.ts";
export { type ClaudeCodeOptions, claudeCodeOptions } from "./options.ts";
