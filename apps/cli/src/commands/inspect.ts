import { type Artifact, type Inspection, inspectArtifact, riskOf } from "@stax/artifact";
import { type Diagnostic, printable } from "@stax/errors";
import { OciError, type PredecessorFinder } from "@stax/oci";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import { readMergedLayers } from "../merged-layers.ts";
import { layerReading, openArtifactAt, personaFlag, targetPositional } from "../options/artifact.ts";
import { maxLayerSizeFlag } from "../options/layer-sizes.ts";
import { bytes, section, table } from "../table.ts";

const texts = z.array(z.string());
const annotations = z.record(z.string(), z.string());
const record = z.record(z.string(), z.unknown());

const risk = z.object({ commands: texts, hosts: texts, secrets: texts, tools: texts, executables: texts });

const data = z.object({
  kind: z.string(),
  name: z.string(),
  version: z.string(),
  digest: z.string(),
  mediaType: z.string(),
  /** Of the manifest, and of manifest, config and layers together. */
  size: z.number(),
  totalSize: z.number(),
  annotations,
  config: record,
  layers: z.array(
    z.object({
      name: z.string().optional(),
      mediaType: z.string(),
      digest: z.string(),
      size: z.number(),
      annotations,
      items: texts,
    }),
  ),
  packages: z.array(record),
  secrets: z.array(record),
  servers: z.array(record),
  /** Of the artifact itself. */
  risk,
  /** With --merged: of what a consumer gets, packages and overrides included. */
  mergedRisk: risk.optional(),
  referrers: z.array(z.object({ artifactType: z.string(), digest: z.string(), size: z.number(), annotations })),
  /** With --merged: where each item that a consumer gets comes from. */
  merged: z
    .array(
      z.object({
        layer: z.string(),
        item: z.string(),
        /** `ref@digest` of a package, or `own`. */
        from: z.string(),
        /** Whose items of the same name it replaced. */
        replaced: texts,
        disabled: z.literal(true).optional(),
        changed: texts.optional(),
      }),
    )
    .optional(),
});

/** inspect tells everything about an artifact that can be told without rendering it. */
export const inspect = defineCommand({
  positionals: { target: targetPositional },
  flags: {
    ...personaFlag,
    merged: {
      type: "boolean",
      describe:
        "Also what a consumer gets once packages are merged: which package each item comes from, and what it replaced",
    },
    ...maxLayerSizeFlag,
  },
  examples: [
    ["stax inspect backend-engineer", "The artifact of this workspace"],
    ["stax inspect oci-archive:agent.tar --json", "All of it as data"],
    ["stax inspect backend-engineer --merged", "Who brings each rule, skill, server and secret"],
  ],
  data,
  async run({ target, persona, merged: wantsMerged, maxLayerSize }, context) {
    const opened = await openArtifactAt(target, context, persona);
    const unknown: Diagnostic[] = [];
    const artifact = context.network.offline ? withoutReferrers(opened, unknown) : opened;
    const inspection = await inspectArtifact(artifact, await layerReading(context, maxLayerSize));
    const { diagnostics, ...found } = inspection;
    const merged = wantsMerged ? await readMergedLayers(artifact, context, maxLayerSize) : undefined;
    return {
      data: data.parse({
        ...found,
        ...(merged === undefined
          ? {}
          : { merged: merged.provenance, mergedRisk: riskOf(artifact.config, merged.layers) }),
      }),
      diagnostics: [...(merged?.diagnostics ?? diagnostics), ...unknown],
    };
  },
  format: (found) => {
    const { kind, name, version, digest, totalSize, layers, packages, referrers, merged = [] } = found;
    const description = text(found.config.description);
    return [
      `${kind} ${name} ${version}${description === "" ? "" : `: ${description}`}`,
      `${digest}, ${bytes(totalSize)}`,
      ...runtimeLines(found.config),
      section("Layers", table(["LAYER", "SIZE", "DIGEST", "HOLDS"], layers.map(layerRow))),
      section("Packages", packages.map(({ ref, digest: of }) => `  ${text(ref)}@${text(of)}`).join("\n")),
      section(
        "Bundled",
        bundledIn(found.config)
          .map((ref) => `  ${printable(ref)}`)
          .join("\n"),
      ),
      section("Risk", riskSection(found).join("\n")),
      section("Merged", merged.length === 0 ? "" : table(["LAYER", "ITEM", "FROM", ""], merged.map(mergedRow))),
      section("Referrers", referrers.map(({ artifactType, digest: of }) => `  ${text(artifactType)} ${of}`).join("\n")),
    ]
      .filter((part) => part !== "")
      .join("\n");
  },
});

/** Without the network what is attached may be unknown; everything else is told. */
function withoutReferrers(artifact: Artifact, unknown: Diagnostic[]): Artifact {
  const store = artifact.source as Artifact["source"] & PredecessorFinder; // openTarget's stores list referrers
  const source: typeof store = {
    exists: (target, options) => store.exists(target, options),
    fetch: (target, options) => store.fetch(target, options),
    resolve: (reference, options) => store.resolve(reference, options),
    predecessors: async (node, options) => {
      try {
        return await store.predecessors(node, options);
      } catch (error) {
        if (!(error instanceof OciError) || error.code !== "ERR_STAX_OFFLINE_MISS") throw error;
        unknown.push({
          code: "referrers-unknown",
          severity: "info",
          message: `what refers to ${node.digest} is not known without the network`,
        });
        return [];
      }
    },
  };
  return { ...artifact, source };
}

function mergedRow({ layer, item, from, replaced, disabled, changed }: NonNullable<Data["merged"]>[number]): string[] {
  const notes = [
    ...(replaced.length === 0 ? [] : [`replaces that of ${replaced.map(shortened).join(", ")}`]),
    ...(disabled === true ? ["switched off by overrides"] : []),
    ...(changed === undefined ? [] : [`overrides change ${changed.join(", ")}`]),
  ];
  return [layer, item, shortened(from), notes.join("; ")];
}

/** A reference says enough; its digest stands under Packages. */
const shortened = (from: string): string => from.replace(/(.)@sha256:[a-f0-9]{64}$/, "$1");

type Data = z.output<typeof data>;

const text = (value: unknown): string => (typeof value === "string" ? printable(value) : "");

function runtimeLines(config: Readonly<Record<string, unknown>>): string[] {
  const { adapter } = config as { adapter?: { runtime?: unknown; model?: unknown } }; // inspect read it as a config of the format
  if (adapter === undefined) return [];
  return [`for ${text(adapter.runtime)}${adapter.model === undefined ? "" : ` with ${text(adapter.model)}`}`];
}

/** The packages that were merged in when it was built. */
const bundledIn = ({ bundled }: Readonly<Record<string, unknown>>): readonly string[] =>
  Array.isArray(bundled) ? bundled.filter((ref) => typeof ref === "string") : [];

const shownItems = 8;

function layerRow({ name, mediaType, size, digest, items }: z.output<typeof data>["layers"][number]): string[] {
  const more = items.length > shownItems ? `, and ${items.length - shownItems} more` : "";
  const shown = items.slice(0, shownItems).map(shortened);
  return [name ?? mediaType, bytes(size), digest.slice(0, 19), shown.join(", ") + more];
}

const riskNames = {
  commands: "runs",
  hosts: "talks to",
  secrets: "asks for",
  tools: "allows without asking",
  executables: "brings executables",
} as const satisfies Record<keyof Inspection["risk"], string>;

/** What packages bring is known once they are merged. */
function riskSection({ risk: own, mergedRisk, packages }: Data): readonly string[] {
  const more = "  and whatever its packages bring: --merged tells";
  return [...riskLines(mergedRisk ?? own), ...(packages.length > 0 && mergedRisk === undefined ? [more] : [])];
}

const riskLines = (of: z.output<typeof risk>): string[] =>
  Object.entries(riskNames).flatMap(([kind, words]) => {
    const found = of[kind as keyof typeof riskNames]; // a key of the table
    return found.length === 0 ? [] : [`  ${words}: ${found.map(printable).join("; ")}`];
  });
