import * as z from "zod";

/** DocumentField is one field of a document, by its path: `servers.<name>.command`. */
export interface DocumentField {
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: string;
}

/** Json Schema, as far as zod writes it. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema | boolean;
  readonly default?: unknown;
}

/** fieldsOf lists the fields of a document as its author writes it. */
export function fieldsOf(schema: z.ZodType): readonly DocumentField[] {
  return fieldsBelow(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Schema, ""); // zod types it loosely
}

function fieldsBelow(schema: Schema, prefix: string): readonly DocumentField[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const entry = {
      path,
      type: typeOf(field),
      required: schema.required?.includes(name) ?? false,
      default: field.default === undefined ? "" : JSON.stringify(field.default),
    };
    return [entry, ...inside(field, path)];
  });
  const values = schema.additionalProperties;
  return [...own, ...(schemaWithFields(values) ? fieldsBelow(values, `${prefix}<name>.`) : [])];
}

function inside(field: Schema, path: string): readonly DocumentField[] {
  const items = field.items;
  return [...fieldsBelow(field, `${path}.`), ...(schemaWithFields(items) ? fieldsBelow(items, `${path}[].`) : [])];
}

const schemaWithFields = (schema: Schema | boolean | undefined): schema is Schema =>
  typeof schema === "object" && (schema.properties !== undefined || typeof schema.additionalProperties === "object");

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(String).join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(" or ");
  if (schema.type === "array") return typeof schema.items === "object" ? `list of ${typeOf(schema.items)}` : "list";
  if (schema.type === "object") return schema.properties === undefined ? mapOf(schema) : "object";
  return typeof schema.type === "string" ? schema.type : (schema.type ?? ["any"]).join(" or ");
}

const mapOf = ({ additionalProperties: values }: Schema): string =>
  typeof values === "object" && Object.keys(values).length > 0 ? `map of ${typeOf(values)}` : "map";
