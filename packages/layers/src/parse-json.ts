import { isUtf8 } from "node:buffer";
import { printable } from "@stax/errors";
import { maxJsonDepth } from "./canonical-json.ts";
import { LayersError } from "./error.ts";

/** ParseJsonOptions bound what is read. */
export interface ParseJsonOptions {
  /** Deepest nesting, 100 unless told. */
  readonly maxDepth?: number | undefined;
  /** Largest document, bytes; 64 MiB unless told. */
  readonly maxSize?: number | undefined;
  /** How messages name the document, e.g. its file. */
  readonly name?: string | undefined;
}

/**
 * parseJson reads a JSON document strictly: valid UTF-8 without a byte order mark, no duplicate keys, bounded nesting and size.
 * `__proto__` is a key like any other. Throws JSON_INVALID with line and column, JSON_TOO_LARGE.
 */
export function parseJson(bytes: Uint8Array, options: ParseJsonOptions = {}): unknown {
  const { maxSize = 64 * 1024 * 1024, name = "the document" } = options;
  if (bytes.byteLength > maxSize)
    throw new LayersError(
      "JSON_TOO_LARGE",
      `${printable(name)} holds ${bytes.byteLength} bytes; at most ${maxSize} are read`,
    );
  if (!isUtf8(bytes)) throw new LayersError("JSON_INVALID", `${printable(name)} is not valid UTF-8`);
  return new JsonReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"), {
    name,
    maxDepth: options.maxDepth ?? maxJsonDepth,
  }).document();
}

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const words = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

class JsonReader {
  readonly #text: string;
  readonly #limits: { readonly name: string; readonly maxDepth: number };
  #at = 0;

  constructor(text: string, limits: { readonly name: string; readonly maxDepth: number }) {
    this.#text = text;
    this.#limits = limits;
  }

  document(): unknown {
    if (this.#text.startsWith("\ufeff")) throw this.#problem("starts with a byte order mark");
    const value = this.#value(0);
    this.#skip();
    if (this.#at < this.#text.length) throw this.#problem("has something after its end");
    return value;
  }

  #value(depth: number): unknown {
    this.#skip();
    const char = this.#text[this.#at];
    if (char === "{" || char === "[") {
      if (depth >= this.#limits.maxDepth) throw this.#problem(`nests deeper than ${this.#limits.maxDepth}`);
      this.#at++;
      return char === "{" ? this.#object(depth + 1) : this.#array(depth + 1);
    }
    if (char === '"') return this.#string();
    return this.#scalar();
  }

  #object(depth: number): object {
    const object: Record<string, unknown> = {};
    if (this.#takes("}")) return object;
    do {
      this.#skip();
      const start = this.#at;
      const key = this.#string();
      if (Object.hasOwn(object, key)) throw this.#problem(`has the key ${JSON.stringify(key)} twice`, start);
      this.#expect(":");
      // Assignment to `__proto__` would set the prototype.
      Object.defineProperty(object, key, {
        value: this.#value(depth),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    } while (this.#takes(","));
    this.#expect("}");
    return object;
  }

  #array(depth: number): unknown[] {
    const items: unknown[] = [];
    if (this.#takes("]")) return items;
    do items.push(this.#value(depth));
    while (this.#takes(","));
    this.#expect("]");
    return items;
  }

  #string(): string {
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#problem("expects a string");
    this.#at = this.#endOfString(start + 1);
    let text: string;
    try {
      text = JSON.parse(this.#text.slice(start, this.#at));
    } catch {
      throw this.#problem("has a malformed escape in a string", start);
    }
    if (/[\ud800-\udfff]/u.test(text)) throw this.#problem("has a lone surrogate in a string", start);
    return text;
  }

  // By hand: a regular expression keeps a backtracking state for each character of a long string.
  #endOfString(from: number): number {
    for (let at = from; at < this.#text.length; at++) {
      const unit = this.#text.charCodeAt(at);
      if (unit === 0x22) return at + 1;
      if (unit === 0x5c) at++;
      else if (unit < 0x20) throw this.#problem("has a control character in a string", at);
    }
    throw this.#problem("ends too early: a string is not closed", from - 1);
  }

  #scalar(): unknown {
    const token = this.#token(number);
    if (token !== undefined) {
      const value = Number(token);
      if (!Number.isFinite(value)) throw this.#problem(`has a number out of range, ${token}`, this.#at - token.length);
      return value;
    }
    for (const [word, value] of words) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    throw this.#problem(this.#at < this.#text.length ? "expects a value" : "ends too early");
  }

  #token(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const token = pattern.exec(this.#text)?.[0];
    this.#at += token?.length ?? 0;
    return token;
  }

  #skip(): void {
    space.lastIndex = this.#at;
    this.#at += space.exec(this.#text)?.[0].length ?? 0;
  }

  #takes(char: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #expect(char: string): void {
    if (!this.#takes(char))
      throw this.#problem(this.#at < this.#text.length ? `expects "${char}"` : `ends too early: expects "${char}"`);
  }

  #problem(what: string, at = this.#at): LayersError {
    const before = this.#text.slice(0, at).split(/\r\n|\n|\r/);
    const line = before.length;
    const column = (before.at(-1)?.length ?? 0) + 1;
    return new LayersError("JSON_INVALID", `${printable(this.#limits.name)}:${line}:${column} ${printable(what)}`, {
      details: { line, column },
    });
  }
}
