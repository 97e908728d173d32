/** Value is a string of an MCP server with its placeholders parsed: plain text, one secret, or text around secrets. `env` holds the secret's key. */
export type Value =
  | string
  | { readonly env: string }
  | { readonly template: readonly (string | { readonly env: string })[] };

// `${…}` with anything in it, `$NAME`, and the notations of one runtime; `$(…)` is no expansion of any runtime and stays as it is.
const expansion = /\$\{([^}]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)|\{(?:env|file):[^}]*\}/g;

/** ParsedValue is a value, and the expansions in it that name no declared secret: a package could carry any variable out through them. */
export interface ParsedValue {
  readonly value: Value;
  readonly foreign: readonly string[];
}

/** parseValue finds the placeholders `${KEY}` of declared secrets in a string of an MCP server. */
export function parseValue(text: string, secretKeys: ReadonlySet<string>): ParsedValue {
  const parts: (string | { readonly env: string })[] = [];
  const foreign: string[] = [];
  let end = 0;
  // What opens after the last "}" never closes: to look for its end from each opening would take quadratic time.
  const closed = text.lastIndexOf("}") + 1;
  for (const match of text.slice(0, closed).matchAll(expansion)) {
    const key = match[1];
    if (key === undefined || !secretKeys.has(key)) {
      foreign.push(match[0]);
      continue;
    }
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push({ env: key });
    end = match.index + match[0].length;
  }
  for (const [name] of text.slice(closed).matchAll(/\$[A-Za-z_][A-Za-z0-9_]*/g)) foreign.push(name);
  if (end === 0) return { value: text, foreign };
  if (end < text.length) parts.push(text.slice(end));
  const [only] = parts;
  const value = parts.length === 1 && typeof only === "object" ? only : { template: parts };
  return { value, foreign };
}
