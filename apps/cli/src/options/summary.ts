import type { Artifact } from "@stax/artifact";
import { printable } from "@stax/errors";
import { describeAgent, type Plan, reaches, summarize } from "@stax/materialize";
import * as z from "zod";
import { bytes, plural, section, table } from "../table.ts";
import type { Rendered } from "./render.ts";

const record = z.record(z.string(), z.unknown());
const texts = z.array(z.string());
const reach = z.enum(reaches);

const item = z.object({
  feature: z.string(),
  item: z.string(),
  /** As authored; in another form; inside another document; not at all. */
  reach,
  /** Where the runtime finds it. */
  files: texts,
  shortfalls: z.array(
    z.object({ field: z.string().optional(), reason: z.string(), severity: z.string(), fidelity: z.string() }),
  ),
});

const context = z.object({
  /** What the runtime puts before every conversation, of texts and descriptions; tokens are about a quarter of the bytes. */
  bytes: z.number(),
  tokens: z.number(),
  files: z.array(z.object({ path: z.string(), bytes: z.number() })),
  /** Skills and subagents, by name and description. */
  listed: z.object({ count: z.number(), bytes: z.number() }),
  limits: z.array(
    z.object({
      path: z.string(),
      size: z.number(),
      unit: z.string(),
      limit: z.number(),
      /** What the runtime does beyond the limit. */
      effect: z.string(),
      /** By how much it is exceeded. */
      over: z.number(),
    }),
  ),
});

/** summarySchema is what is said of a rendering: by `materialize`, by its `--plan`, and by `plan-install`. */
export const summarySchema = z.object({
  artifact: z.object({ name: z.string(), version: z.string(), digest: z.string(), persona: z.string().optional() }),
  consumers: z.array(
    z.object({
      adapter: z.string(),
      displayName: z.string(),
      adapterVersion: z.string(),
      runtimeVersionRange: z.string().optional(),
      role: z.enum(["primary", "fallback", "substitute"]),
      scope: z.string(),
      compatible: z.boolean(),
      lossy: z.boolean(),
      fidelity: z.string(),
      features: z.array(z.object({ feature: z.string(), support: z.string(), items: z.number(), lost: z.number() })),
      unsupported: texts,
      losses: z.array(record),
      items: z.array(item),
      context: context.optional(),
      /** What the artifact's config says is written, remote targets among it. */
      targets: z.array(record),
    }),
  ),
  fidelity: z.string(),
  lossy: z.boolean(),
  exact: z.object({ requestedBy: z.string().optional(), met: z.boolean(), violations: z.array(record) }),
  writes: z.array(
    z.object({
      path: z.string(),
      action: z.enum(["create", "update", "delete", "unchanged"]),
      why: z.string(),
      by: texts,
      /** How what is in it stands in it. */
      reach: reach.optional(),
      size: z.number().optional(),
      digest: z.string().optional(),
    }),
  ),
  conflicts: z.array(record),
  stale: texts,
  risk: record,
  /** The artifact as it was rendered: prompt, persona, rules, skills and so on. */
  agent: record,
});

export type SummaryData = z.output<typeof summarySchema>;

/** summaryOf makes the data of a rendering and, where there is one, its plan. */
export function summaryOf({ artifact, layers, materialization }: Rendered, plan?: Plan): SummaryData {
  const { warnings: _reported, consumers, ...summary } = summarize(layers, materialization, plan);
  const data = {
    artifact: identityOf(artifact, layers.persona?.name),
    ...summary,
    consumers: consumers.map((consumer, index) => ({
      ...consumer,
      targets: materialization.selections[index]?.config.targets ?? [],
    })),
    agent: describeAgent(layers),
  };
  // Made of the very fields that the schema has, which a test holds against it: to check a thousand items anew costs as much as to find them.
  return data as unknown as SummaryData;
}

const identityOf = ({ config, descriptor }: Artifact, persona: string | undefined): SummaryData["artifact"] => ({
  name: config.name,
  version: config.version,
  digest: descriptor.digest,
  ...(persona !== undefined && { persona }),
});

/** formatSummary tells people for whom, with what fidelity, and which files. */
export function formatSummary(data: SummaryData): string {
  const { artifact, consumers, writes, conflicts, stale } = data;
  return [
    `${artifact.name} ${artifact.version}${artifact.persona === undefined ? "" : ` as ${artifact.persona}`} (${artifact.digest.slice(0, 19)})`,
    ...consumers.map(consumerLines),
    section("Files", table(["FILE", "WHAT", "AS", "SIZE", "FOR"], writes.map(writeRow))),
    section("In the way", conflicts.map(({ path, message }) => `  ${String(path)} ${String(message)}`).join("\n")),
    section("No longer wanted (--prune removes it)", stale.map((path) => `  ${path}`).join("\n")),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function consumerLines(consumer: SummaryData["consumers"][number]): string {
  const { displayName, adapterVersion, runtimeVersionRange, role, scope, fidelity, features, items, context } =
    consumer;
  const checked = runtimeVersionRange === undefined ? "" : `, checked with ${displayName} ${runtimeVersionRange}`;
  const rows = features.map(
    ({ feature, support, items: count }) =>
      `  ${feature}: ${support}, ${plural(count, "item")}${reachWords(items.filter((one) => one.feature === feature))}`,
  );
  return [
    `for ${displayName} (adapter ${adapterVersion}, ${role}, ${scope} scope${checked}): ${fidelity}`,
    ...rows,
    ...(context === undefined ? [] : contextLines(context)),
  ].join("\n");
}

type Items = SummaryData["consumers"][number]["items"];

/** What is not as authored, by how it is; what is lost by name and reason, as long as it is a handful. Everything is in `--json`. */
function reachWords(items: Items): string {
  if (items.every((one) => one.reach === "exact")) return items.length === 0 ? "" : ": exact";
  const groups = reaches.flatMap((one) => {
    const found = items.filter((candidate) => candidate.reach === one);
    return found.length === 0 ? [] : [`${found.length} ${one}${one === "lost" ? lostWords(found) : ""}`];
  });
  const partly = items.filter((one) => one.reach !== "lost" && one.shortfalls.some(isSerious)).length;
  return `: ${[...groups, ...(partly === 0 ? [] : [`${partly} not wholly`])].join(", ")}`;
}

const isSerious = ({ severity }: Items[number]["shortfalls"][number]): boolean => severity !== "info";

function lostWords(items: Items): string {
  const names = items.slice(0, 3).map((one) => printable(one.item));
  const more = items.length > names.length ? ` and ${items.length - names.length} more` : "";
  const reasons = [...new Set(items.flatMap(({ shortfalls }) => shortfalls.map(({ reason }) => printable(reason))))];
  const why = reasons.length === 1 ? `: ${reasons[0]}` : "";
  return ` (${names.join(", ")}${more}${why})`;
}

function contextLines({ bytes: size, tokens, files, listed, limits }: Context): string[] {
  const largest = files.slice(0, 3).map(({ path, bytes: each }) => `${path} ${bytes(each)}`);
  const more = files.length > largest.length ? [`${files.length - largest.length} more files`] : [];
  const descriptions = listed.count === 0 ? [] : [`${plural(listed.count, "description")} ${bytes(listed.bytes)}`];
  const of = [...largest, ...more, ...descriptions].join(", ");
  return [
    `  always read: ${bytes(size)}, about ${tokens} tokens${of === "" ? "" : ` (${of})`}`,
    ...limits
      .filter(({ over }) => over > 0)
      .map(
        ({ path, size: whole, limit, unit, effect }) =>
          `  beyond a limit: ${path} has ${whole} ${unit} of ${limit}: the runtime ${effect}`,
      ),
  ];
}

type Context = NonNullable<SummaryData["consumers"][number]["context"]>;

const writeRow = ({ path, action, reach: found, size, by }: SummaryData["writes"][number]): string[] => [
  `  ${path}`,
  action,
  found ?? "",
  size === undefined ? "" : bytes(size),
  by.join(", "),
];
