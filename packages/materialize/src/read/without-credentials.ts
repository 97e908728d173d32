import { printable } from "@stax/errors";
import { secretShape } from "@stax/schema";
import type { Json, JsonObject, ReadContext } from "../contract.ts";

const words: ReadonlySet<string> = new Set([
  "authorization",
  "bearer",
  "cookie",
  "credential",
  "credentials",
  "jwt",
  "key",
  "pass",
  "passphrase",
  "passwd",
  "pat",
  "pwd",
]);

/** promisesCredential tells whether a variable, a flag or a field is named as credentials are: `API_KEY`, `--token`, `clientSecret`. */
export function promisesCredential(name: string): boolean {
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((part) => part !== "");
  const last = parts.at(-1) ?? "";
  return words.has(last) || /(?:apikey|token|secret|password)$/.test(last);
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** isOpaque tells whether a part of an address is no word that a person chose: a long run of letters and digits, or a UUID. */
export const isOpaque = (text: string): boolean =>
  uuid.test(text) || (text.match(/[A-Za-z0-9]{16,}/g) ?? []).some((run) => /\d/.test(run) && /[A-Za-z]/.test(run));

// A credential within a longer text: in a command line that is allowed, in a header, in an address.
const header = /\b(?:Bearer|Basic|Token)\s+(?=[^\s"']*\d)[A-Za-z0-9._~+/-]{8,}/i;
const password = /:\/\/[^\s/?#@:]*:(?!\$)[^\s/?#@]+@/;
const assignment = /\b([A-Za-z][\w.-]{0,100})\s{0,3}[=:]\s{0,3}["']?([^\s"'&]{8,})/g;

/** looksSecret tells whether a text is or holds what looks like a credential. */
export function looksSecret(text: string): boolean {
  if (secretShape(text) !== undefined || header.test(text) || password.test(text)) return true;
  return [...text.matchAll(assignment)].some(
    ([, name = "", value = ""]) => promisesCredential(name) && !isReference(value),
  );
}

// A variable's name, or a reference to it, is what settings hold instead of its value: `env_key = "OPENAI_API_KEY"`.
const isReference = (text: string): boolean => /^(?:\$|\{env:|<)|^[A-Z][A-Z0-9_]*$/.test(text.trim());

/** withoutCredentials leaves out of settings what looks like a credential, by its shape or by its name, and reports each by its place. */
export function withoutCredentials(
  settings: JsonObject,
  path: string | undefined,
  { note }: Pick<ReadContext, "note">,
): JsonObject {
  const clean = (node: Json, at: readonly string[]): Json | undefined => {
    if (typeof node === "string") return isCredential(node, at.at(-1) ?? "") ? omitted(at) : node;
    if (Array.isArray(node))
      return node.map((item: Json) => clean(item, at)).filter((item): item is Json => item !== undefined);
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).flatMap(([key, item]) => {
        const kept = clean(item, [...at, key]);
        return kept === undefined ? [] : [[key, kept]];
      }),
    );
  };
  const omitted = (at: readonly string[]): undefined => {
    note({
      code: "import-secret",
      severity: "warning",
      ...(path !== undefined && { path }),
      message: `${printable(at.join("."))} holds what looks like a credential and is not carried`,
      hint: `the value stays in ${path ?? "its file"} and nowhere else`,
    });
    return undefined;
  };
  return clean(settings, []) as JsonObject; // an object stays one
}

// What is called `key` alone is one of a keyboard.
const isCredential = (text: string, name: string): boolean =>
  looksSecret(text) ||
  (name.toLowerCase() !== "key" && promisesCredential(name) && text.trim() !== "" && !isReference(text));
