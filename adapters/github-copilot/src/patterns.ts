/** splitPatterns takes a comma-separated list of patterns apart as Copilot does: commas in braces part nothing, and nothing escapes them. */
export function splitPatterns(text: string): readonly string[] {
  const patterns: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "{") depth += 1;
    else if (text[at] === "}") depth = Math.max(0, depth - 1);
    else if (text[at] === "," && depth === 0) {
      patterns.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...patterns, text.slice(start)].map((pattern) => pattern.trim()).filter((pattern) => pattern !== "");
}
