import { textKind } from "./kind.ts";

/** The system prompt: one Markdown document, stored exactly as authored; templates are resolved by the consumer. */
export const prompt = textKind({
  mediaType: "application/vnd.stax.prompt.v1+markdown",
  description: "The system prompt: one Markdown document, stored exactly as authored",
  title: "SYSTEM_PROMPT.md",
  source: "file",
  allowedIn: ["agent"],
  maxSize: 1024 * 1024,
  items: () => ["prompt"],
});
