import { printable } from "@stax/errors";
import { secretShape } from "@stax/schema";
import type { Json, JsonObject, ReadContext } from "../contract.ts";

/** promisesCredential tells names of settings and variables whose value is a credential: API_KEY, Authorization. */
export const promisesCredential = (name: string): boolean =>
  /(?:^|[_-])(?:(?:api|access|auth|secret|private|signing|encryption)[_-]?key|token|secret|password|passwd|pwd|pat|credentials?|authorization)$|apikey$/i.test(
    name.replace(/([a-z0-9])([A-Z])/g, "$1_$2"),
  );

/** holdsPassword tells a URL with a user name and a password in it. */
export const holdsPassword = (text: string): boolean => /[a-z]:\/\/[^/\s:@]*:[^/\s@]+@/i.test(text);

/** withoutCredentials leaves out of settings what looks like a credential, by its shape or by its name, and reports each by its place. */
export function withoutCredentials(settings: JsonObject, path: string, context: ReadContext): JsonObject {
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
    context.note({
      code: "import-secret",
      severity: "warning",
      path,
      message: `${printable(at.join("."))} holds what looks like a credential and is not carried`,
      hint: `the value stays in ${path} and nowhere else`,
    });
    return undefined;
  };
  return clean(settings, []) as JsonObject; // an object stays one
}

// A name of a variable is what many settings hold instead of its value: `env_key = "OPENAI_API_KEY"`.
const isCredential = (text: string, name: string): boolean =>
  secretShape(text) !== undefined ||
  holdsPassword(text) ||
  (promisesCredential(name) && text.trim() !== "" && !/^[A-Z][A-Z0-9_]*$/.test(text));
