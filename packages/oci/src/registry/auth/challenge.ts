/** Challenge is one way in that a `WWW-Authenticate` header offers (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** By name in lower case; the first of two. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const quoted = /"((?:[^"\\]|\\.)*)"/sy;
const separator = /[\s,]*/y;
const maxLength = 16 * 1024;

/** parseChallenges reads `WWW-Authenticate`: several challenges, quoted values, escaped quotes. What is malformed ends the list. */
export function parseChallenges(header: string | undefined): readonly Challenge[] {
  const text = (header ?? "").slice(0, maxLength);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  const reader = new Reader(text);
  for (;;) {
    reader.take(separator);
    const name = reader.take(token)?.[0];
    if (name === undefined) return challenges;
    const value = reader.value();
    const current = challenges.at(-1);
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: new Map() });
    else if (current !== undefined && !current.parameters.has(name.toLowerCase())) {
      current.parameters.set(name.toLowerCase(), value);
    }
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  /** What follows `=`; undefined when a name stands alone, which makes it a scheme. */
  value(): string | undefined {
    if (this.take(/\s*=\s*/y) === undefined) return undefined;
    const text = this.take(quoted)?.[1];
    if (text !== undefined) return text.replaceAll(/\\(.)/gs, "$1");
    return this.take(token)?.[0] ?? "";
  }
}
