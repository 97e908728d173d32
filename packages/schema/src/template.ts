/** RenderedTemplate is a prompt with its expressions resolved. */
export interface RenderedTemplate {
  readonly text: string;
  /** An expression of the persona was used: no summary of it is needed (decision B3). */
  readonly usesPersona: boolean;
  /** There was an expression or an escape: the text differs from the source. */
  readonly changed: boolean;
  readonly unresolved: readonly Unresolved[];
}

/** Unresolved is an expression that became empty: one without a value, or one that means nothing in a template. */
export interface Unresolved {
  /** As written. */
  readonly expression: string;
  /** In the source, UTF-16 code units. */
  readonly offset: number;
  /** `false`: no `{{persona.…}}` at all. */
  readonly known: boolean;
}

// The closing delimiter is the first `}}`; the one escape is `\{{`.
const expression = /\\\{\{|\{\{([\s\S]*?)\}\}/g;
const dotted = /^persona((?:\.[^\s.{}()[\]]+)+)$/u;

/**
 * renderTemplate resolves `{{persona.a.b}}` in a prompt: own properties only, scalars as text, lists comma-separated, everything else
 * empty and listed as unresolved. There is no logic, and values are never read as templates again.
 */
export function renderTemplate(source: string, persona: object | undefined): RenderedTemplate {
  const unresolved: Unresolved[] = [];
  let usesPersona = false;
  let changed = false;
  const text = source.replace(expression, (whole: string, inner: string | undefined, offset: number) => {
    changed = true;
    if (inner === undefined) return "{{";
    const path = dotted.exec(inner.trim())?.[1]?.slice(1).split(".");
    if (path !== undefined) usesPersona = true;
    const value = path === undefined ? undefined : textOf(lookUp(persona, path));
    if (value === undefined) unresolved.push({ expression: whole, offset, known: path !== undefined });
    return value ?? "";
  });
  return { text, usesPersona, changed, unresolved };
}

function lookUp(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null || Array.isArray(current) || !Object.hasOwn(current, key))
      return undefined;
    current = (current as Record<string, unknown>)[key]; // an object with that key of its own
  }
  return current;
}

function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const parts = value.map(textOf);
    return parts.every((part) => part !== undefined) ? parts.join(", ") : undefined;
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
