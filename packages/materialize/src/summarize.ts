import type { Diagnostic } from "@stax/errors";
import { type LayerName, type Layers, layerNames, renderTemplate } from "@stax/schema";
import { type ContextLoad, contextLoad } from "./context-load.ts";
import type { Carried, Feature, Loss } from "./contract.ts";
import { features, itemsOf } from "./features.ts";
import { FidelityReport, type ItemReport, type Reach } from "./fidelity-report.ts";
import type { ExactReport, Materialization } from "./materialize.ts";
import type { Change, Conflict } from "./outcome.ts";
import type { Plan } from "./plan.ts";
import type { Risk } from "./risk.ts";

/** FidelityClass grades a whole materialization: bytes as authored, everything there in another form, or something lost. */
export type FidelityClass = "byte-exact" | "schema-exact" | "best-effort";

/** ConsumerSummary is what happens for one runtime. */
export interface ConsumerSummary {
  readonly adapter: string;
  readonly displayName: string;
  readonly adapterVersion: string;
  readonly runtimeVersionRange: string | undefined;
  readonly role: "primary" | "fallback" | "substitute";
  readonly scope: string;
  readonly compatible: true;
  readonly lossy: boolean;
  readonly fidelity: FidelityClass;
  readonly features: readonly FeatureSummary[];
  readonly unsupported: readonly Feature[];
  readonly losses: readonly Loss[];
  /** Every item: how it reaches the runtime, where, and what of it does not. */
  readonly items: readonly ItemReport[];
  /** What the runtime always reads of what is written, and what it cuts; absent where nothing was rendered. */
  readonly context?: ContextLoad;
}

/** FeatureSummary is what happens to one feature that the artifact uses. */
export interface FeatureSummary {
  readonly feature: Feature;
  readonly support: Carried | "unsupported" | "consumer-only";
  readonly items: number;
  readonly lost: number;
}

/** Summary is a materialization as JSON: what `materialize --json`, `--plan` and `plan-install` print. */
export interface Summary {
  readonly consumers: readonly ConsumerSummary[];
  readonly fidelity: FidelityClass;
  readonly lossy: boolean;
  readonly exact: ExactReport;
  readonly writes: readonly WriteSummary[];
  readonly conflicts: readonly Conflict[];
  readonly stale: readonly string[];
  readonly risk: Risk;
  readonly warnings: readonly Diagnostic[];
}

/** WriteSummary is one file that is, or would be, written or deleted. */
export interface WriteSummary {
  readonly path: string;
  readonly action: "create" | "update" | "delete" | "unchanged";
  readonly why: Change["why"] | "unchanged";
  readonly by: readonly string[];
  /** How what is in it stands in it; absent for what is deleted. */
  readonly reach?: Reach;
  readonly size?: number;
  readonly digest?: string;
}

/** summarize makes JSON of a materialization and its plan; the plan may be missing where only compatibility is asked for. */
export function summarize(layers: Layers, materialization: Materialization, plan?: Plan): Summary {
  const { selections, renderings, composed, exact, risk, diagnostics } = materialization;
  const report = new FidelityReport(layers, materialization);
  const consumers = selections.map(({ adapter, role, config }, index): ConsumerSummary => {
    const rendering = renderings[index];
    const losses = rendering?.losses ?? [];
    const rows = features.flatMap((feature): readonly FeatureSummary[] => {
      const items =
        feature === "secrets" ? (layers.secrets?.secrets.length ?? 0) : itemsOf(feature, layers, config).length;
      if (items === 0) return [];
      const lost = new Set(
        losses.filter((loss) => loss.feature === feature && loss.fidelity === "lost").map(({ item }) => item),
      ).size;
      const support = rendering?.features[feature] as FeatureSummary["support"] | undefined; // the engine fills every row
      return [{ feature, support: support ?? "unsupported", items, lost }];
    });
    const mine = composed.files.filter(({ by }) => by.includes(adapter.name));
    return {
      adapter: adapter.name,
      displayName: adapter.displayName,
      adapterVersion: adapter.adapterVersion,
      runtimeVersionRange: adapter.runtimeVersionRange,
      role,
      scope: rendering?.scope ?? "project",
      compatible: true,
      lossy: isLossy(losses),
      fidelity: fidelityOf(losses, {
        exact: adapter.exactMode && mine.every((file) => file.kind === "keys" || file.exact),
        versioned: (config.runtimeVersionRange ?? adapter.runtimeVersionRange) !== undefined,
      }),
      features: rows,
      unsupported: rows.filter(({ support }) => support === "unsupported").map(({ feature }) => feature),
      losses,
      items: rendering === undefined ? [] : report.items(rendering, config),
      ...(rendering !== undefined && { context: contextLoad(layers, rendering, composed) }),
    };
  });
  return {
    consumers,
    fidelity: worst(consumers.map(({ fidelity }) => fidelity)),
    lossy: consumers.some(({ lossy }) => lossy),
    exact,
    writes: plan === undefined ? plannedWrites(materialization, report) : writesOf(plan, report),
    conflicts: plan?.conflicts ?? composed.clashes.map((clash) => ({ ...clash, reason: "clash", forceable: false })),
    stale: plan?.stale.map(({ path }) => path) ?? [],
    risk,
    warnings: diagnostics,
  };
}

const isLossy = (losses: readonly Loss[]): boolean => losses.some(({ severity }) => severity !== "info");

interface Claim {
  readonly exact: boolean;
  /** Whether it says which versions of the runtime it was checked against: without them nobody can hold it to being exact. */
  readonly versioned: boolean;
}

function fidelityOf(losses: readonly Loss[], { exact, versioned }: Claim): FidelityClass {
  const serious = losses.filter(({ severity }) => severity !== "info");
  if (serious.some(({ fidelity }) => fidelity === "lost")) return "best-effort";
  if (!exact || serious.length > 0) return "schema-exact";
  return versioned ? "byte-exact" : "best-effort";
}

const grades = ["byte-exact", "schema-exact", "best-effort"] as const;
const worst = (classes: readonly FidelityClass[]): FidelityClass =>
  grades[Math.max(0, ...classes.map((grade) => grades.indexOf(grade)))] ?? "best-effort";

const plannedWrites = ({ composed }: Materialization, report: FidelityReport): readonly WriteSummary[] =>
  composed.files.map(({ path, by }) => ({ path, action: "create", why: "new", by, ...reachAt(path, report) }));

function reachAt(path: string, report: FidelityReport): { readonly reach?: Reach } {
  const reach = report.reachOf(path);
  return reach === undefined ? {} : { reach };
}

function writesOf({ changes, unchanged }: Plan, report: FidelityReport): readonly WriteSummary[] {
  const changed = changes.map(
    ({ path, before, after, why, owned }): WriteSummary => ({
      path,
      action: after.kind === "absent" ? "delete" : before.kind === "absent" ? "create" : "update",
      why,
      by: adaptersOf(owned?.by),
      ...(after.kind === "file" ? { ...reachAt(path, report), size: after.size, digest: after.digest } : {}),
    }),
  );
  const same = unchanged.map(
    ({ path, by }): WriteSummary => ({
      path,
      action: "unchanged",
      why: "unchanged",
      by: adaptersOf(by),
      ...reachAt(path, report),
    }),
  );
  return [...changed, ...same].sort((a, b) => (a.path < b.path ? -1 : 1));
}

const adaptersOf = (by: readonly { readonly adapter: string }[] | undefined): readonly string[] => [
  ...new Set((by ?? []).map(({ adapter }) => adapter)),
];

/** describeAgent is an artifact as JSON, near the MaterializedAgent of the format: texts in full, files by path, size and what is said of them. */
export function describeAgent(layers: Layers): Readonly<Record<string, unknown>> {
  const described = Object.fromEntries(
    layerNames.flatMap((name) => (layers[name] === undefined ? [] : [[name, describeLayer(name, layers)]])),
  );
  return described;
}

function describeLayer(name: LayerName, layers: Layers): unknown {
  const list = (files: readonly { readonly path: string; readonly size: number }[] | undefined) =>
    (files ?? []).map(({ path, size }) => ({ path, size }));
  switch (name) {
    case "prompt":
      return renderTemplate(layers.prompt?.text ?? "", layers.persona).text;
    case "surfaces":
      return Object.fromEntries((layers.surfaces?.surfaces ?? []).map((surface) => [surface.name, surface.text]));
    case "instructionTree":
      return Object.fromEntries(
        (layers.instructionTree?.instructions ?? []).map(({ scope, text }) => [scope === "" ? "_root" : scope, text]),
      );
    case "rules":
      return (layers.rules?.rules ?? []).map(({ file, extra, ...rule }) => ({
        ...rule,
        path: file.path,
        ...(Object.keys(extra).length > 0 && { extra }),
      }));
    case "skills":
      return (layers.skills?.skills ?? []).map(({ name: skill, header, tree }) => ({
        ...header,
        name: skill,
        files: list(tree),
      }));
    case "knowledge":
      return list(layers.knowledge?.files).map((file) => {
        const { metadata = {} } = layers.knowledge ?? {};
        return { ...file, ...(Object.hasOwn(metadata, file.path) ? metadata[file.path] : {}) };
      });
    case "memory":
      return { files: list(layers.memory?.files), ...(layers.memory?.meta && { meta: layers.memory.meta }) };
    case "sourceSnapshot":
      return list(layers.sourceSnapshot?.files);
    default:
      return layers[name];
  }
}
