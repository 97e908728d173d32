import type { Diagnostic } from "@stax/errors";
import { mergeLayers } from "@stax/layers";
import {
  compareBytes,
  kindOf,
  type Layers,
  type MergedLayerName,
  mergedLayerNames,
  type Overrides,
  type Payload,
  type Rule,
  type Rules,
} from "@stax/schema";
import type { Merged } from "./merge-packages.ts";
import type { MergedItem } from "./provenance.ts";

type Gone = ReadonlySet<string>;

const withoutKeys = <T>(record: Readonly<Record<string, T>>, gone: Gone): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => !gone.has(key)));

// A layer kind that packages may carry and that is not listed here is a type error.
const without: { readonly [Name in MergedLayerName]: (payload: Payload<Name>, gone: Gone) => Payload<Name> } = {
  knowledge: (knowledge, gone) => {
    const rest = {
      ...knowledge,
      files: knowledge.files.filter(({ path }) => !gone.has(path)),
      metadata: withoutKeys(knowledge.metadata, gone),
    };
    // Merged over nothing, so that the manifest speaks of what is left.
    return mergeLayers({ knowledge: { files: [], metadata: {} } }, { knowledge: rest }).knowledge ?? rest;
  },
  rules: ({ rules, assets }, gone) => ({ rules: rules.filter(({ id }) => !gone.has(id)), assets }),
  skills: ({ skills, assets }, gone) => ({ skills: skills.filter(({ name }) => !gone.has(name)), assets }),
  mcp: (mcp, gone) => ({ ...mcp, servers: withoutKeys(mcp.servers, gone) }),
  secrets: (secrets, gone) => ({ ...secrets, secrets: secrets.secrets.filter(({ key }) => !gone.has(key)) }),
  instructionTree: ({ instructions }, gone) => ({
    instructions: instructions.filter(({ scope }) => !gone.has(scope || "_root")),
  }),
  surfaces: ({ surfaces, others }, gone) => ({ surfaces: surfaces.filter(({ name }) => !gone.has(name)), others }),
  subagents: (subagents, gone) => ({ ...subagents, agents: withoutKeys(subagents.agents, gone) }),
};

/**
 * applyOverrides switches off and changes items of merged layers. What is switched off stays in the provenance, marked; an override that
 * names nothing is a warning. Pins are no matter of merging: they were followed when the graph was resolved.
 */
export function applyOverrides(merged: Merged, overrides: Overrides): Merged {
  const { disable = {}, rules = {} } = overrides;
  if (Object.keys(disable).length + Object.keys(rules).length === 0) return merged;
  const known = new Set(merged.provenance.map(({ layer, item }) => idOf(layer, item)));
  const gone = new Set(mergedLayerNames.flatMap((name) => (disable[name] ?? []).map((item) => idOf(name, item))));
  const kept = removeItems(merged.layers, disable);
  const layers = changeRules(kept, rules, merged.provenance);
  const provenance = merged.provenance.map((item): MergedItem => {
    if (gone.has(idOf(item.layer, item.item))) return { ...item, disabled: true };
    const change = item.layer === "rules" && Object.hasOwn(rules, item.item) ? rules[item.item] : undefined;
    return change === undefined ? item : { ...item, changed: Object.keys(change).sort(compareBytes) };
  });
  const unmatched = [...gone, ...Object.keys(rules).map((id) => idOf("rules", id))].filter((id) => !known.has(id));
  const diagnostics = [...merged.diagnostics, ...unmatched.map(unmatchedFinding), ...globFindings(layers, rules)];
  return { layers, provenance: inPayloadOrder(provenance, layers), diagnostics };
}

const idOf = (layer: MergedLayerName, item: string): string => `${layer} ${item}`;

function removeItems(layers: Layers, disable: NonNullable<Overrides["disable"]>): Layers {
  const remove = <Name extends MergedLayerName>(from: Layers, name: Name): Layers => {
    const items = disable[name] ?? [];
    const payload = from[name] as Payload<Name> | undefined; // Layers is indexed by the same names
    if (payload === undefined || items.length === 0) return from;
    const rest = without[name](payload, new Set(items));
    if (!isEmpty(name, rest)) return { ...from, [name]: rest };
    const { [name]: _, ...others } = from;
    return others;
  };
  return mergedLayerNames.reduce<Layers>(remove, layers);
}

function isEmpty(name: MergedLayerName, payload: unknown): boolean {
  const kind = kindOf(name);
  if (kind.items(payload).length > 0) return false;
  return kind.format !== "tree" || kind.files(payload).every(({ path }) => path === "knowledge.manifest.json");
}

function changeRules(
  layers: Layers,
  changes: NonNullable<Overrides["rules"]>,
  provenance: readonly MergedItem[],
): Layers {
  if (layers.rules === undefined || Object.keys(changes).length === 0) return layers;
  const changed = layers.rules.rules.map((rule) => {
    const change = Object.hasOwn(changes, rule.id) ? changes[rule.id] : undefined;
    return change === undefined ? rule : changedRule(rule, change);
  });
  const rules: Rules = { ...layers.rules, rules: inOrder(changed, provenance) };
  return { ...layers, rules };
}

function changedRule(rule: Rule, change: NonNullable<Overrides["rules"]>[string]): Rule {
  const { scope = rule.scope, globs = rule.globs, priority = rule.priority, severity = rule.severity } = change;
  return { ...rule, scope, globs, priority, severity };
}

/** Rules of one package stay together; a changed priority moves a rule among its own (S05-27). */
function inOrder(rules: readonly Rule[], provenance: readonly MergedItem[]): readonly Rule[] {
  const fromOf = new Map(
    provenance.flatMap(({ layer, item, from }) => (layer === "rules" ? [[item, from] as const] : [])),
  );
  const levels = new Map<string, number>();
  for (const { id } of rules) {
    const from = fromOf.get(id) ?? "";
    if (!levels.has(from)) levels.set(from, levels.size);
  }
  const levelOf = ({ id }: Rule): number => levels.get(fromOf.get(id) ?? "") ?? 0;
  return [...rules].sort(
    (a, b) => levelOf(a) - levelOf(b) || a.priority - b.priority || compareBytes(a.file.path, b.file.path),
  );
}

/** What is switched off follows what is there, layer by layer. */
function inPayloadOrder(provenance: readonly MergedItem[], layers: Layers): readonly MergedItem[] {
  return mergedLayerNames.flatMap((name) => {
    const items = new Map(provenance.flatMap((entry) => (entry.layer === name ? [[entry.item, entry] as const] : [])));
    const payload = layers[name];
    const present = (payload === undefined ? [] : kindOf(name).items(payload)).flatMap((item) => items.get(item) ?? []);
    return [...present, ...[...items.values()].filter(({ disabled }) => disabled === true)];
  });
}

const unmatchedFinding = (id: string): Diagnostic => ({
  code: "override-unmatched",
  severity: "warning",
  message: `overrides name ${id}, which neither the artifact nor its packages have`,
  hint: "remove the override, or correct its name; stax inspect --merged lists what there is",
});

const globFindings = ({ rules }: Layers, changes: NonNullable<Overrides["rules"]>): readonly Diagnostic[] =>
  (rules?.rules ?? [])
    .filter(({ id, scope, globs }) => Object.hasOwn(changes, id) && scope === "glob" && globs.length === 0)
    .map(({ id }) => ({
      code: "override-globs-missing",
      severity: "warning",
      layer: "rules",
      message: `the rule ${id} is overridden to the scope glob and has no globs: it applies to nothing`,
      hint: "give it globs in the override",
    }));
