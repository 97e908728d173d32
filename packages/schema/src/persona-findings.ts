import type { Diagnostic } from "@stax/errors";
import { type Field, formatField } from "./check-document.ts";
import type { Persona } from "./kinds/persona.ts";

/** personaFindings warns where a list of a persona says the same thing twice. */
export function personaFindings(persona: Persona): readonly (Diagnostic & { readonly at: Field })[] {
  return listsOf(persona, []).flatMap(({ at, list }) => {
    const repeated = list.filter((item, index) => list.indexOf(item) !== index);
    return repeated.length === 0
      ? []
      : [
          {
            code: "persona-list-repeats",
            severity: "warning" as const,
            layer: "persona",
            at,
            field: formatField(at),
            message: `lists ${[...new Set(repeated)].map((item) => JSON.stringify(item)).join(", ")} twice`,
          },
        ];
  });
}

function listsOf(value: unknown, at: Field): readonly { readonly at: Field; readonly list: readonly unknown[] }[] {
  if (Array.isArray(value)) return [{ at, list: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => listsOf(item, [...at, key]));
}
