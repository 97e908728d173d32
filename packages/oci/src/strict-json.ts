const maxDepth = 64;

/**
 * parseStrictJson parses UTF-8 JSON that every reader understands alike: valid UTF-8 without a byte order mark, no key twice
 * in one object, at most 64 levels. Throws a plain Error whose message completes "… is not valid: ".
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
  assertUnambiguous(text);
  return value;
}

/** JsonObject is what a JSON object parses to. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** isJsonObject tells objects from arrays, null and scalars. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8");
  }
}

/** Walks text that JSON.parse accepted; JSON.parse itself keeps the last of two equal keys, other readers the first. */
function assertUnambiguous(text: string): void {
  const stack: (Set<string> | undefined)[] = [];
  let keys: Set<string> | undefined;
  let expectsKey = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      if (expectsKey && keys !== undefined) addKey(keys, text.slice(at, end + 1));
      expectsKey = false;
      at = end;
    } else if (char === "{" || char === "[") {
      if (stack.length === maxDepth) throw new Error(`it is nested deeper than ${maxDepth} levels`);
      stack.push(keys);
      keys = char === "{" ? new Set() : undefined;
      expectsKey = char === "{";
    } else if (char === "}" || char === "]") {
      keys = stack.pop();
      expectsKey = false;
    } else if (char === ",") {
      expectsKey = keys !== undefined;
    }
  }
}

function addKey(keys: Set<string>, literal: string): void {
  const key = String(JSON.parse(literal));
  if (keys.has(key)) throw new Error(`it has the key ${literal.slice(0, 100)} twice in one object`);
  keys.add(key);
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}
