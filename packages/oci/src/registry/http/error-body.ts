import { isJsonObject } from "../../strict-json.ts";

/** ErrorBody is what a registry says went wrong (distribution specification, "Error Codes"); texts are foreign and unredacted. */
export interface ErrorBody {
  /** Upper-case names, e.g. `NAME_UNKNOWN`. */
  readonly codes: readonly string[];
  /** For people; empty when the registry says nothing readable. */
  readonly text: string;
}

/** maxErrorBody is how much of an error's body is read, in bytes. */
export const maxErrorBody: number = 1024 * 1024;

/** parseErrorBody reads the body of an error, JSON of the specification or of a token server, or plain text. */
export function parseErrorBody(body: Uint8Array): ErrorBody {
  const text = new TextDecoder().decode(body);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { codes: [], text: isMarkup(text) ? "" : text.trim().slice(0, 2000) };
  }
  const errors =
    isJsonObject(value) && Array.isArray(value.errors) ? value.errors.slice(0, 10).filter(isJsonObject) : [];
  const codes = errors.flatMap(({ code }) => (typeof code === "string" ? [code.toUpperCase()] : []));
  const texts = errors.flatMap(({ message }) => (typeof message === "string" && message !== "" ? [message] : []));
  return { codes, text: texts.length > 0 ? [...new Set(texts)].join("; ") : plainTextIn(value) };
}

/** Token servers say `error_description`, `details` or `message`. */
function plainTextIn(value: unknown): string {
  if (!isJsonObject(value)) return "";
  const { error_description: description, details, message, error } = value;
  return [description, details, message, error].find((text) => typeof text === "string")?.toString() ?? "";
}

const isMarkup = (text: string): boolean => /^\s*<(?:!doctype|html|\?xml)/i.test(text);
