/** Position is a place in a text, 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** positionIn finds where the value of a field stands in a JSON text; `undefined` for a field that is not there. The text is valid JSON. */
export function positionIn(text: string, field: readonly (string | number)[]): Position | undefined {
  let at = skipSpace(text, 0);
  for (const key of field) {
    const next =
      text[at] === "{" ? member(text, at, String(key)) : text[at] === "[" ? element(text, at, Number(key)) : undefined;
    if (next === undefined) return undefined;
    at = next;
  }
  return positionOf(text, at);
}

/** positionOf turns an offset into line and column. */
export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function member(text: string, start: number, key: string): number | undefined {
  let at = skipSpace(text, start + 1);
  while (text[at] === '"') {
    const end = endOfString(text, at);
    const value = skipSpace(text, skipSpace(text, end) + 1); // after the colon
    if (JSON.parse(text.slice(at, end)) === key) return value;
    at = nextItem(text, value);
  }
  return undefined;
}

function element(text: string, start: number, index: number): number | undefined {
  let at = skipSpace(text, start + 1);
  for (let i = 0; text[at] !== "]" && at < text.length; i++) {
    if (i === index) return at;
    at = nextItem(text, at);
  }
  return undefined;
}

/** Where the item after the one that starts here starts, or where the list ends. */
function nextItem(text: string, value: number): number {
  const end = skipSpace(text, endOfValue(text, value));
  return text[end] === "," ? skipSpace(text, end + 1) : end;
}

function endOfValue(text: string, start: number): number {
  if (text[start] === '"') return endOfString(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (char === "," && depth === 0) return at;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return at + 1;
    if (text[at] === "\\") at++;
  }
  return text.length;
}

function skipSpace(text: string, at: number): number {
  while (/[ \t\r\n]/.test(text[at] ?? "")) at++;
  return at;
}
