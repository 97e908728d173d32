import type { Diagnostic } from "@stax/errors";
import { type Field, formatField } from "./check-document.ts";

/** Deprecation is a field that still works and will go with the next major version of the format. */
export interface Deprecation {
  readonly field: Field;
  /** The format's version that deprecated it, and the one that may remove it. */
  readonly since: string;
  readonly removal: string;
  readonly instead: string;
}

/** deprecations of the format, by document. Version 1.0.0 deprecates nothing. */
export const deprecations: readonly Deprecation[] = [];

/** deprecatedFields warns about deprecated fields that a document uses; the fields keep their meaning. */
export function deprecatedFields(
  document: unknown,
  table: readonly Deprecation[] = deprecations,
): readonly Diagnostic[] {
  return table
    .filter(({ field }) => valueAt(document, field) !== undefined)
    .map(({ field, since, removal, instead }) => ({
      code: "field-deprecated",
      severity: "warning",
      field: formatField(field),
      message: `is deprecated since ${since} and may go in ${removal}`,
      hint: instead,
    }));
}

function valueAt(document: unknown, field: Field): unknown {
  return field.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    document,
  );
}
