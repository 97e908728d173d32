import * as z from "zod";

/** Names of agents, packages, personas and subagents. */
export const namePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Names of skills: at least two characters, no maximum in the format (64 is what every runtime accepts). */
export const skillNamePattern = /^[a-z0-9][a-z0-9-]*[a-z0-9]$/;
/** Semantic Versioning 2.0.0. */
export const versionPattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

/** nameFrom makes a name that the format takes of any text: `Café Tools` becomes `cafe-tools`. `undefined` where nothing of it can stand in a name. */
export function nameFrom(text: string): string | undefined {
  if (namePattern.test(text)) return text;
  const plain = text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return plain === "" ? undefined : plain;
}

const nameMessage = "must be 1 to 63 lower-case letters, digits and inner hyphens, e.g. backend-engineer";

export const nameSchema = z.string().regex(namePattern, nameMessage);
export const versionSchema = z.string().regex(versionPattern, "must be a semantic version, e.g. 1.0.0");
export const nonEmpty = z.string().min(1, "must not be empty");

/** uniqueStrings is a list whose repetition is an error (tags). */
export const uniqueStrings = z.array(z.string()).superRefine((values, context) => {
  values.forEach((value, index) => {
    if (values.indexOf(value) !== index)
      context.addIssue({ code: "custom", path: [index], message: `"${value}" is listed twice` });
  });
});

/** The version of the format that every compiled document names. */
export const specVersion = "1.0.0";
/** `specVersion` in a compiled document: this major, any minor. */
export const specVersionSchema = z
  .string()
  .regex(/^1\.\d+\.\d+$/, "must be a 1.x version of the stax format, e.g. 1.0.0");
