/** Path is where a value stands in a definition: keys and indexes. */
export type Path = readonly (string | number)[];

/** Unrepresentable is a place that JSON cannot carry, and what stands there, e.g. "a function". */
export interface Unrepresentable {
  readonly field: Path;
  readonly what: string;
}

/** Deepest nesting of a definition, most values in it, and most problems that are reported. */
const maxDepth = 64;
const maxValues = 1_000_000;
const maxProblems = 50;

/** PlainData is a copy of a value as JSON carries it, or everything that stands in the way. */
export type PlainData =
  | { readonly value: unknown; readonly problems?: undefined }
  | { readonly value?: undefined; readonly problems: readonly Unrepresentable[] };

/** plainDataOf copies a value as plain JSON data: undefined members are dropped, everything else that JSON cannot carry is a problem. */
export function plainDataOf(value: unknown): PlainData {
  const copier = new Copier();
  const copy = copier.copy(value, [], []);
  return copier.problems.length > 0 ? { problems: copier.problems } : { value: copy };
}

class Copier {
  readonly problems: Unrepresentable[] = [];
  #values = 0;

  copy(value: unknown, field: Path, parents: readonly object[]): unknown {
    if (this.problems.length >= maxProblems) return null;
    if (++this.#values > maxValues)
      return this.#values === maxValues + 1 ? this.#problem(field, "too many values") : null;
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "string") return loneSurrogate.test(value) ? this.#problem(field, "a lone surrogate") : value;
    if (typeof value === "number") return Number.isFinite(value) ? value : this.#problem(field, String(value));
    if (typeof value !== "object") return this.#problem(field, nameOfType(value));
    if (parents.includes(value)) return this.#problem(field, "a cycle");
    if (parents.length >= maxDepth) return this.#problem(field, `nesting deeper than ${maxDepth} levels`);
    const inside = [...parents, value];
    // Array.from visits holes as undefined; map would skip them.
    if (Array.isArray(value)) return Array.from(value, (item, index) => this.copy(item, [...field, index], inside));
    return this.#object(value, field, inside);
  }

  #object(value: object, field: Path, parents: readonly object[]): unknown {
    if (!isPlain(value)) return this.#problem(field, nameOfInstance(value));
    if (Object.getOwnPropertySymbols(value).length > 0) return this.#problem(field, "a symbol as a key");
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const member = (value as Record<string, unknown>)[key]; // isPlain: an object with string keys
      if (member === undefined) continue;
      const copied = this.copy(member, [...field, key], parents);
      // Assignment to `__proto__` would set the prototype.
      Object.defineProperty(copy, key, { value: copied, enumerable: true, writable: true, configurable: true });
    }
    return copy;
  }

  #problem(field: Path, what: string): null {
    this.problems.push({ field, what });
    return null;
  }
}

const loneSurrogate = /[\ud800-\udfff]/u;

// By the prototype's own prototype, so that plain objects of another realm and module namespaces count as plain.
function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  return (
    prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "hasOwnProperty"))
  );
}

function nameOfType(value: unknown): string {
  if (value === undefined) return "undefined";
  if (typeof value === "bigint") return "a BigInt";
  return `a ${typeof value}`;
}

function nameOfInstance(value: object): string {
  const name: unknown = value.constructor?.name;
  if (typeof name !== "string" || name === "") return "an instance of a class";
  return ["Date", "Map", "Set", "RegExp", "Promise", "URL"].includes(name) ? `a ${name}` : `an instance of ${name}`;
}
