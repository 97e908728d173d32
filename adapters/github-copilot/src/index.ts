export { adapter, githubCopilot, githubCopilot as default } from "./adapter.ts";
export { type GithubCopilotOptions, githubCopilotOptions } from "./options.ts";
