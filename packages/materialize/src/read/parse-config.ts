import { printable } from "@stax/errors";
import { type ParseError, parse as parseJsonc, printParseErrorCode, visit } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import type { ConfigFormat, Json, JsonObject } from "../contract.ts";

const deepest = 100;

/**
 * parseConfig reads a configuration file of a runtime's: JSON with comments and trailing commas, or TOML. The result is a reason where it
 * cannot be read. `odd` hears of names that are not read as they stand there.
 */
export function parseConfig(
  bytes: Uint8Array,
  format: ConfigFormat,
  odd: (key: string, reason: string) => void = () => undefined,
): JsonObject | string {
  const text = new TextDecoder().decode(bytes); // without a byte order mark
  try {
    const value = format === "toml" ? plain(parseToml(text), odd) : jsonOf(text, odd);
    if (typeof value === "string") return value;
    return isObject(value) ? value : "holds no object";
  } catch (error) {
    return reasonOf(error, format);
  }
}

type Odd = (key: string, reason: string) => void;

class TooDeep extends Error {}

function reasonOf(error: unknown, format: ConfigFormat): string {
  if (error instanceof TooDeep || error instanceof RangeError) return `is nested more than ${deepest} deep`;
  const [first = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return `is no valid ${format === "toml" ? "TOML" : "JSON"}: ${printable(first)}`;
}

function jsonOf(text: string, odd: Odd): Json | string {
  if (text.trim() === "") return {};
  const errors: ParseError[] = [];
  const value: unknown = parseJsonc(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined)
    return `is no valid JSON: ${printParseErrorCode(error.error)} in line ${text.slice(0, error.offset).split("\n").length}`;
  reportNames(text, odd);
  return plain(value, odd);
}

function reportNames(text: string, odd: Odd): void {
  const names: Set<string>[] = [];
  visit(
    text,
    {
      onObjectBegin: () => {
        names.push(new Set());
      },
      onObjectEnd: () => {
        names.pop();
      },
      onObjectProperty: (name) => {
        // The parser makes it the object's prototype.
        if (name === "__proto__") odd(name, "is no name that can be carried");
        else if (names.at(-1)?.has(name)) odd(name, "is there twice in one object, and the last one counts");
        names.at(-1)?.add(name);
      },
    },
    { allowTrailingComma: true },
  );
}

/** Values of parsers as JSON: dates as text, `__proto__` left out. */
function plain(value: unknown, odd: Odd, depth = 0): Json {
  if (depth > deepest) throw new TooDeep();
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map((item) => plain(item, odd, depth + 1));
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object") return null;
  const entries = Object.entries(value).filter(([key]) => {
    if (key === "__proto__") odd(key, "is no name that can be carried");
    return key !== "__proto__";
  });
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item, odd, depth + 1)]));
}

/** isObject tells a JSON object from other values. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
