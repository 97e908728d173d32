/** Agents of opencode itself: one of the same name changes them. */
export const ownAgents: ReadonlySet<string> = new Set([
  "build",
  "plan",
  "general",
  "explore",
  "compaction",
  "summary",
  "title",
]);
