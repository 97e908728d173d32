// The guards decide by text. They must not ask functions that a definition can replace, so these are captured before one runs.
const { apply } = Reflect;
const { exec } = RegExp.prototype;
const string = String.prototype;
const { slice, split, startsWith, toLowerCase } = string;

// Casts: each gives what the captured function is documented to give.
export const matches = (pattern: RegExp, text: string): boolean => apply(exec, pattern, [text]) !== null;
export const beginsWith = (text: string, prefix: string): boolean => apply(startsWith, text, [prefix]) as boolean;
export const withoutPrefix = (text: string, prefix: string): string =>
  beginsWith(text, prefix) ? (apply(slice, text, [prefix.length]) as string) : text;
export const splitAt = (text: string, separator: string): readonly string[] =>
  apply(split, text, [separator]) as string[];
export const lowerCase = (text: string): string => apply(toLowerCase, text, []) as string;

/** lookupOf makes a set of words whose members nobody can change or intercept. */
export function lookupOf(words: string): (word: string) => boolean {
  const table: Record<string, true> = Object.create(null);
  for (const word of words.split(/\s+/)) table[word] = true;
  return (word) => table[word] === true;
}
