import { printable } from "@stax/errors";
import { type ParseError, parse as parseJsonc, printParseErrorCode } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import type { ConfigFormat, Json, JsonObject } from "../contract.ts";

/** parseConfig reads a configuration file of a runtime's: JSON with comments and trailing commas, or TOML. The result is a reason where it cannot be read. */
export function parseConfig(bytes: Uint8Array, format: ConfigFormat): JsonObject | string {
  const text = new TextDecoder().decode(bytes); // without a byte order mark
  const value = format === "toml" ? tomlOf(text) : jsonOf(text);
  if (typeof value === "string") return value;
  return isObject(value) ? value : "holds no object";
}

function jsonOf(text: string): Json | string {
  if (text.trim() === "") return {};
  const errors: ParseError[] = [];
  const value: unknown = parseJsonc(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined)
    return `is no valid JSON: ${printParseErrorCode(error.error)} in line ${text.slice(0, error.offset).split("\n").length}`;
  return plain(value);
}

function tomlOf(text: string): Json | string {
  try {
    return plain(parseToml(text));
  } catch (error) {
    return `is no valid TOML: ${printable((error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "")}`;
  }
}

/** Values of parsers as JSON: dates as text, `__proto__` left out. */
function plain(value: unknown): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object") return null;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "__proto__")
      .map(([key, item]) => [key, plain(item)]),
  );
}

/** isObject tells a JSON object from other values. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
