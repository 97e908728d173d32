import * as z from "zod";

// The last entry that matches decides, so order is meaning: compiled as pairs, since canonical JSON sorts the keys of objects (decision A26).

const action = z.enum(["allow", "ask", "deny"], "must be allow, ask or deny");

// JavaScript moves keys that are numbers to the front: opencode could not keep their order either.
const name = z
  .string()
  .min(1, "must not be empty")
  .refine((text) => !/^\d+$/.test(text), "must not be a number: its place among the others would be lost")
  .refine((text) => !isExpansion(text), "must not hold {env:…} or {file:…}");

const once = (pairs: readonly (readonly [string, unknown])[]) =>
  new Set(pairs.map(([key]) => key)).size === pairs.length;
const twice = "must not name the same thing twice";

const patterns = z.union([
  z.array(z.tuple([name, action])).refine(once, twice),
  z.record(name, action).transform((rules): [string, Action][] => Object.entries(rules)),
]);
const rule = z.union([action, patterns]);

/** permissionSchema takes opencode's `permission`: an action, or tools with actions or patterns, as an object or as pairs; it gives pairs. */
export const permissionSchema = z.union([
  action,
  z.array(z.tuple([name, rule])).refine(once, twice),
  z.record(name, rule).transform((rules): [string, Rule][] => Object.entries(rules)),
]);

type Action = z.output<typeof action>;
type Rule = Action | [string, Action][];

/** Permission is what tools may do, in order. */
export type Permission = z.output<typeof permissionSchema>;

/** PermissionObject is a permission as opencode reads it: the order of keys counts. */
export type PermissionObject = { readonly [tool: string]: Action | { readonly [pattern: string]: Action } };

/** permissionObject writes a permission as opencode reads it, with `denied` tools last, where they win. */
export function permissionObject(permission: Permission | undefined, denied: readonly string[] = []): PermissionObject {
  const pairs = typeof permission === "string" ? [["*", permission] as const] : (permission ?? []);
  const rules = pairs.map(
    ([tool, given]) => [tool, typeof given === "string" ? given : Object.fromEntries(given)] as const,
  );
  const others = rules.filter(([tool]) => !denied.includes(tool));
  return Object.fromEntries([...others, ...denied.map((tool) => [tool, "deny"] as const)]);
}

/** isExpansion tells text that opencode would replace by a variable or a file of the user's before it reads its configuration. */
export const isExpansion = (text: string): boolean => /\{(?:env|file):/i.test(text);
