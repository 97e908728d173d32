/** ImportedModule is one module specifier that a source file names, type imports included. */
export interface ImportedModule {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
}

const statement = /(?:^|[;}\s])(?:import|export)\b[^;"'()]*?\bfrom\s*(["'])([^"'\n]+)\1/g;
const bare = /(?:^|[;}\s])import\s*(["'])([^"'\n]+)\1/g;
const call = /\bimport\s*\(\s*(["'])([^"'\n]+)\1/g;

/**
 * importsOf lists the modules that TypeScript source names in static, type, dynamic and re-exporting imports. TypeScript 7 has no
 * compiler API, so this reads the text itself, without what stands in comments, templates and regular expressions.
 */
export function importsOf(source: string): readonly ImportedModule[] {
  const { blanks, strings } = spansOf(source);
  const foreign = strings.filter(
    ([start]) => !/\b(?:from|import)\s*\(?\s*$/.test(source.slice(Math.max(0, start - 40), start)),
  );
  const code = blanked(source, [...blanks, ...foreign]);
  return [statement, bare, call]
    .flatMap((pattern) => [...code.matchAll(pattern)])
    .map((match) => ({
      specifier: match[2] ?? "",
      line: code.slice(0, match.index + match[0].length).split("\n").length,
    }))
    .sort((a, b) => a.line - b.line);
}

/** codeOf blanks comments, template texts and regular expressions; strings, line breaks and all positions stay. */
export const codeOf = (source: string): string => blanked(source, spansOf(source).blanks);

/** withoutTexts blanks strings as well. */
export function withoutTexts(source: string): string {
  const { blanks, strings } = spansOf(source);
  return blanked(source, [...blanks, ...strings]);
}

/** withoutComments blanks comments only. */
export const withoutComments = (source: string): string => blanked(source, spansOf(source).comments);

type Span = readonly [start: number, end: number];

interface Spans {
  /** Comments, template texts and regular expressions. */
  readonly blanks: Span[];
  readonly comments: Span[];
  readonly strings: Span[];
}

function spansOf(source: string): Spans {
  const spans: Spans = { blanks: [], comments: [], strings: [] };
  scan(source, 0, false, spans);
  return spans;
}

function blanked(source: string, blanks: readonly Span[]): string {
  const characters = source.split("");
  for (const [start, end] of blanks)
    for (let at = start; at < end; at += 1) if (characters[at] !== "\n") characters[at] = " ";
  return characters.join("");
}

// Walks code from `at`; inside a template's `${…}` it stops at the closing brace. Returns where it stopped.
function scan(source: string, at: number, inTemplate: boolean, spans: Spans): number {
  let depth = 0;
  let position = at;
  while (position < source.length) {
    const char = source[position] ?? "";
    if (char === "{") depth += 1;
    if (char === "}") {
      if (inTemplate && depth === 0) return position;
      depth -= 1;
    }
    const end = tokenEnd(source, position, spans);
    position = end ?? position + 1;
  }
  return position;
}

// The end of the comment, string, template or regular expression that begins here; undefined for other code.
function tokenEnd(source: string, at: number, spans: Spans): number | undefined {
  const char = source[at];
  if (char === '"' || char === "'") {
    const end = endOfString(source, at);
    spans.strings.push([at, end]);
    return end;
  }
  if (char === "`") return endOfTemplate(source, at, spans);
  if (char !== "/") return undefined;
  const comment = endOfComment(source, at);
  if (comment !== undefined) spans.comments.push([at, comment]);
  const end = comment ?? (mayBeginExpression(source, at) ? endOfExpression(source, at) : undefined);
  if (end !== undefined) spans.blanks.push([at, end]);
  return end;
}

function endOfComment(source: string, at: number): number | undefined {
  const marker = source[at + 1];
  if (marker !== "/" && marker !== "*") return undefined;
  const end = source.indexOf(marker === "/" ? "\n" : "*/", at + 2);
  return end < 0 ? source.length : end + (marker === "/" ? 0 : 2);
}

function endOfString(source: string, at: number): number {
  let end = at + 1;
  while (end < source.length && source[end] !== source[at] && source[end] !== "\n") end += source[end] === "\\" ? 2 : 1;
  return end + 1;
}

function endOfTemplate(source: string, at: number, spans: Spans): number {
  let start = at + 1;
  let position = start;
  while (position < source.length && source[position] !== "`") {
    if (source[position] === "\\") position += 2;
    else if (source.startsWith("${", position)) {
      spans.blanks.push([start, position]);
      position = scan(source, position + 2, true, spans) + 1;
      start = position;
    } else position += 1;
  }
  spans.blanks.push([start, Math.min(position, source.length)]);
  return position + 1;
}

// A slash divides after a value and begins a regular expression after an operator or a keyword.
function mayBeginExpression(source: string, at: number): boolean {
  const before = source.slice(Math.max(0, at - 40), at).trimEnd();
  return (
    before === "" ||
    /[(,=:[!&|?{};+*%<>~^-]$/.test(before) ||
    /\b(?:return|typeof|case|in|of|do|else|void)$/.test(before)
  );
}

function endOfExpression(source: string, at: number): number | undefined {
  let inClass = false;
  for (let end = at + 1; end < source.length && source[end] !== "\n"; end += 1) {
    const char = source[end];
    if (char === "\\") end += 1;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return end + 1;
  }
  return undefined;
}
