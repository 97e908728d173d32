import { kindOf, type Layers, type RenderedLayerName } from "@stax/schema";
import type { Carried, Feature, ModelOptions } from "./contract.ts";

/** features lists every row of the feature map, in the order of reports. */
export const features = [
  "prompt",
  "persona",
  "surfaces",
  "rules",
  "skills",
  "mcp",
  "subagents",
  "instructionTree",
  "knowledge",
  "memory",
  "secrets",
  "toolPermissions",
  "modelConfig",
] as const satisfies readonly Feature[];

// A feature that is missing above does not compile here.
type Unlisted = Exclude<Feature, (typeof features)[number]>;
const complete: [Unlisted] extends [never] ? true : Unlisted = true;
void complete;

const strength: Readonly<Record<Carried, number>> = { embedded: 1, translated: 2, native: 3 };

/** strongest is the better of two ways to carry a feature. */
export const strongest = (a: Carried | undefined, b: Carried): Carried =>
  a !== undefined && strength[a] >= strength[b] ? a : b;

/** isLayer tells the features that are layers from those that are options. */
export const isLayer = (feature: Feature): feature is RenderedLayerName =>
  feature !== "modelConfig" && feature !== "toolPermissions";

/** itemsOf lists what a feature holds: what no output carries of it is a loss. */
export function itemsOf(feature: Feature, layers: Layers, options: ModelOptions): readonly string[] {
  if (feature === "modelConfig")
    return [
      ...(options.model === undefined ? [] : ["model"]),
      ...Object.keys(options.modelParams ?? {}).map((key) => `modelParams.${key}`),
    ];
  // Secrets are declarations for whoever starts the runtime: nothing of them is written anywhere, so nothing is lost.
  if (!isLayer(feature) || feature === "secrets") return [];
  const payload = layers[feature];
  return payload === undefined ? [] : kindOf(feature).items(payload as never); // the payload of this very kind
}

type Fields = Readonly<Record<string, unknown>>;

// What a field is when nobody set it: defaults are materialised when a layer is parsed, and a default is no loss.
const defaults: { readonly [F in Feature]?: Fields } = {
  rules: { scope: "always", priority: 100, severity: "warn" },
  mcp: { enabled: true },
};

// Fields that name or hold an item instead of saying something about it.
const structural: { readonly [F in Feature]?: readonly string[] } = {
  rules: ["id", "file", "extra"],
  persona: ["name", "specVersion"],
};

// What only documents an item; that a runtime has no place for it changes nothing in how the item works.
const descriptive: { readonly [F in Feature]?: readonly string[] } = {
  mcp: ["description", "metadata", "registryRef"],
};

/** weightOf is the severity of the loss of a field. */
export const weightOf = (feature: Feature, field: string): "info" | "warning" =>
  descriptive[feature]?.includes(field) ? "info" : "warning";

const recordOf = (value: object): Fields => value as Fields; // interfaces without an index signature are records all the same

/** fieldsOf lists the fields that an item sets, other than to their defaults. Unknown fields of a rule are not among them. */
export function fieldsOf(feature: Feature, item: string, layers: Layers): readonly string[] {
  const value = valueOfItem(feature, item, layers);
  if (value === undefined) return [];
  const skipped = structural[feature] ?? [];
  return Object.keys(value).filter(
    (field) => !skipped.includes(field) && isSet(value[field], defaults[feature]?.[field]),
  );
}

function valueOfItem(feature: Feature, item: string, layers: Layers): Fields | undefined {
  switch (feature) {
    case "rules": {
      const rule = layers.rules?.rules.find(({ id }) => id === item);
      return rule && recordOf(rule);
    }
    case "mcp":
      return own(layers.mcp?.servers, item);
    case "subagents":
      return own(layers.subagents?.agents, item);
    case "persona":
      return layers.persona && recordOf(layers.persona);
    default:
      return undefined;
  }
}

function own(record: Readonly<Record<string, object>> | undefined, key: string): Fields | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? recordOf(record[key] ?? {}) : undefined;
}

function isSet(value: unknown, standard: unknown): boolean {
  if (value === undefined || value === standard) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}
