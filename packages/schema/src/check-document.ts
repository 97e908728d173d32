import type { Diagnostic } from "@stax/errors";
import type * as z from "zod";
import { nearest } from "./nearest.ts";

/** Field is a path in a document: keys and indexes. */
export type Field = readonly (string | number)[];
/** Positions finds where a field stands in its source, 1-based; `undefined` where it cannot be told. */
export type Positions = (field: Field) => { readonly line: number; readonly column: number } | undefined;

export interface CheckOptions {
  readonly positions?: Positions;
  /** What an unknown field is: an error (definitions), a warning (compiled documents), or nothing at all. Its value is kept either way. */
  readonly unknown: "error" | "warning" | "keep";
  report(finding: Omit<Diagnostic, "path" | "layer">): void;
}

/** checkDocument validates a value against a schema and reports every problem with its field and place. `undefined` where there was an error. */
export function checkDocument<T>(schema: z.ZodType<T>, value: unknown, options: CheckOptions): T | undefined {
  let failed = false;
  const report = (code: string, severity: "error" | "warning", field: Field, message: string, hint?: string) => {
    failed ||= severity === "error";
    const place = { field: formatField(field), ...options.positions?.(field) };
    options.report({ code, severity, message, ...(hint === undefined ? {} : { hint }), ...place });
  };
  const result = schema.safeParse(value);
  const issues = result.success ? [] : result.error.issues.flatMap(flatten);
  // What the schema refuses itself is refused, and told once, with the suggestion.
  const refused = new Set(issues.flatMap(refusedFields).map(formatField));
  const unknown = options.unknown === "keep" && refused.size === 0 ? [] : unknownFields(schema, value);
  for (const { field, suggestion } of unknown) {
    const severity = refused.has(formatField(field)) ? "error" : options.unknown;
    if (severity === "keep") continue;
    const hint = suggestion === undefined ? undefined : `did you mean "${suggestion}"?`;
    report("unknown-field", severity, field, `unknown field "${field.at(-1)}"`, hint);
  }
  const told = new Set(unknown.map(({ field }) => formatField(field)));
  for (const issue of issues)
    if (!refusedFields(issue).some((field) => told.has(formatField(field))))
      report("field-invalid", "error", fieldOf(issue), messageOf(issue));
  return failed || !result.success ? undefined : result.data;
}

const fieldOf = ({ path }: Pick<Issue, "path">): Field =>
  path.map((key) => (typeof key === "symbol" ? String(key) : key));

const refusedFields = (issue: Issue): readonly Field[] =>
  issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...fieldOf(issue), key]) : [];

/** formatField writes a path as people do: `adapterFallback[0].type`; keys that are no names are quoted. */
export function formatField(field: Field): string {
  return field.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    if (!/^[\w$-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

type Issue = z.core.$ZodIssue;

// A union reports one list of issues per branch; the branch that came closest (fewest issues) is the one the author meant.
function flatten(issue: Issue): readonly Issue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const closest = [...issue.errors].sort((a, b) => a.length - b.length)[0] ?? [];
  return closest.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }));
}

// The library's own words for a wrong type, in ours; messages that a schema chose stay as they are.
function messageOf(issue: Issue): string {
  if (issue.code !== "invalid_type" && issue.code !== "invalid_value") return issue.message;
  const mismatch = /^Invalid input: expected (\w+), received (\w+)$/.exec(issue.message);
  if (mismatch?.[2] === "undefined") return "is required";
  if (mismatch !== null) return `must be ${typeName(mismatch[1])}, not ${typeName(mismatch[2])}`;
  const options = /^Invalid option: expected one of (.+)$/.exec(issue.message)?.[1];
  return options === undefined ? issue.message : `must be one of ${options.replaceAll('"', "").replaceAll("|", ", ")}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
  null: "null",
};

const typeName = (type: string | undefined): string => typeNames[type ?? ""] ?? String(type);

interface Unknown {
  readonly field: Field;
  readonly suggestion: string | undefined;
}

interface SchemaDef {
  readonly type: string;
  readonly shape?: Record<string, z.core.$ZodType>;
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly getter?: () => z.core.$ZodType;
}

function unknownFields(schema: z.core.$ZodType, value: unknown, at: Field = []): readonly Unknown[] {
  const def = schema._zod.def as unknown as SchemaDef; // zod publishes its definitions as a union per type; these are the members read here
  const inner = def.innerType ?? def.in ?? def.getter?.();
  if (inner !== undefined) return unknownFields(inner, value, at);
  if (def.element !== undefined && Array.isArray(value)) {
    const element = def.element;
    return value.flatMap((item, index) => unknownFields(element, item, [...at, index]));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  if (def.type === "record" && def.valueType !== undefined) {
    const valueType = def.valueType;
    return Object.entries(value).flatMap(([key, item]) => unknownFields(valueType, item, [...at, key]));
  }
  return def.shape === undefined ? [] : unknownKeys(def.shape, value, at);
}

function unknownKeys(shape: Record<string, z.core.$ZodType>, value: object, at: Field): readonly Unknown[] {
  return Object.entries(value).flatMap(([key, item]): readonly Unknown[] => {
    const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (known !== undefined) return unknownFields(known, item, [...at, key]);
    return key.startsWith("x-") ? [] : [{ field: [...at, key], suggestion: nearest(key, Object.keys(shape)) }];
  });
}
