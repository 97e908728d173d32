import { kindOf, type Layers, type RenderedLayerName } from "@stax/schema";
import type { ModelOptions } from "./adapter-contract.ts";
import type { Carried, Feature } from "./contract.ts";

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

/** fieldsOf lists, by item, the fields that are set other than to their defaults. Unknown fields of a rule are not among them. */
export function fieldsOf(feature: Feature, layers: Layers): ReadonlyMap<string, readonly string[]> {
  const skipped = structural[feature] ?? [];
  const set = ([item, value]: readonly [string, Fields]) =>
    [
      item,
      Object.keys(value).filter((field) => !skipped.includes(field) && isSet(value[field], defaults[feature]?.[field])),
    ] as const;
  return new Map(valuesOf(feature, layers).map(set));
}

function valuesOf(feature: Feature, layers: Layers): readonly (readonly [string, Fields])[] {
  switch (feature) {
    case "rules":
      return (layers.rules?.rules ?? []).map((rule) => [rule.id, recordOf(rule)]);
    case "mcp":
      return Object.entries(layers.mcp?.servers ?? {});
    case "subagents":
      return Object.entries(layers.subagents?.agents ?? {});
    case "persona":
      return layers.persona === undefined ? [] : [[layers.persona.name, recordOf(layers.persona)]];
    default:
      return [];
  }
}

function isSet(value: unknown, standard: unknown): boolean {
  if (value === undefined || value === standard) return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}
