/** Portable says which part of a configuration may be shared: all below a key (`true`), or some of it; `*` stands for any name. */
export type Portable = true | { readonly [key: string]: Portable };

const all = (...keys: readonly string[]): Readonly<Record<string, true>> =>
  Object.fromEntries(keys.map((key) => [key, true] as const));

const sandbox = {
  ...all("mode", "scope", "workspaceAccess", "prune"),
  docker: all("image", "readOnlyRoot", "memory", "memorySwap", "cpus", "pidsLimit", "capDrop"),
};
const heartbeat = all("every", "model", "prompt", "lightContext", "timeoutSeconds");
const models = all("model", "models", "modelPolicy", "decisionModel", "utilityModel", "params");
const habits = {
  ...all("thinkingDefault", "reasoningDefault", "verboseDefault", "fastModeDefault", "toolProgressDetail"),
  ...all("contextInjection", "contextLimits", "bootstrapMaxChars", "bootstrapTotalMaxChars"),
  ...all("humanDelay", "typingMode", "skills", "subagents", "workspace"),
};

/** portable is the part of `openclaw.json` (2026.9.6) that a profile may hold: models, agents, skills, sandbox, routing, gateway and display defaults. */
export const portable: Portable = {
  agents: {
    defaults: {
      ...models,
      ...habits,
      ...all("imageModel", "mediaModels", "pdfModel", "voiceModel", "compaction", "contextPruning"),
      ...all("skipBootstrap", "skipOptionalBootstrapFiles", "maxConcurrent", "timeoutSeconds"),
      ...all("imageMaxDimensionPx", "imageQuality", "mediaMaxMb", "pdfMaxMb", "pdfMaxPages"),
      ...all("blockStreamingDefault", "blockStreamingBreak", "blockStreamingChunk", "blockStreamingCoalesce"),
      ...all("typingIntervalSeconds", "silentReply"),
      sandbox,
      heartbeat,
    },
    entries: {
      "*": {
        ...models,
        ...habits,
        ...all("name", "description", "default", "skillsLimits", "identity", "groupChat"),
        tools: all("profile", "allow", "alsoAllow", "deny"),
        sandbox,
        heartbeat,
      },
    },
  },
  models: { mode: true, providers: { "*": all("baseUrl", "api", "models") } },
  skills: {
    ...all("allowBundled", "limits"),
    load: all("watch", "extraDirs"),
    entries: { "*": all("enabled") },
  },
  tools: all("profile", "allow", "alsoAllow", "deny", "byProvider", "loopDetection"),
  bindings: true,
  gateway: { ...all("mode", "port", "reload"), controlUi: all("enabled", "basePath") },
  messages: all("ackReaction", "ackReactionScope", "responsePrefix"),
  ui: all("seamColor"),
};
