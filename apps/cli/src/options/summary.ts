import type { Artifact } from "@stax/artifact";
import { describeAgent, type Plan, summarize } from "@stax/materialize";
import * as z from "zod";
import { bytes, plural, section, table } from "../table.ts";
import type { Rendered } from "./render.ts";

const record = z.record(z.string(), z.unknown());
const texts = z.array(z.string());

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
  return summarySchema.parse({
    artifact: identityOf(artifact, layers.persona?.name),
    ...summary,
    consumers: consumers.map((consumer, index) => ({
      ...consumer,
      targets: materialization.selections[index]?.config.targets ?? [],
    })),
    agent: describeAgent(layers),
  });
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
    section("Files", table(["FILE", "WHAT", "SIZE", "FOR"], writes.map(writeRow))),
    section("In the way", conflicts.map(({ path, message }) => `  ${String(path)} ${String(message)}`).join("\n")),
    section("No longer wanted (--prune removes it)", stale.map((path) => `  ${path}`).join("\n")),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function consumerLines(consumer: SummaryData["consumers"][number]): string {
  const { displayName, adapterVersion, role, scope, fidelity, features, losses } = consumer;
  const rows = features.map(({ feature, support, items }) => {
    const found = losses.filter((loss) => loss.feature === feature && loss.severity !== "info");
    const lost = countItems(found.filter(({ code }) => code === "item-lost"));
    const partly = countItems(found.filter(({ code }) => code !== "item-lost"));
    const losing = [lost === 0 ? "" : `, ${lost} lost`, partly === 0 ? "" : `, ${partly} not wholly`].join("");
    return `  ${feature}: ${support}, ${plural(items, "item")}${losing}`;
  });
  return [`for ${displayName} (adapter ${adapterVersion}, ${role}, ${scope} scope): ${fidelity}`, ...rows].join("\n");
}

const countItems = (losses: readonly Readonly<Record<string, unknown>>[]): number =>
  new Set(losses.map(({ item }) => item)).size;

const writeRow = ({ path, action, size, by }: SummaryData["writes"][number]): string[] => [
  `  ${path}`,
  action,
  size === undefined ? "" : bytes(size),
  by.join(", "),
];
