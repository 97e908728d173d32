import { type Artifact, type ArtifactDiff, diffArtifacts, isEmptyDiff } from "@stax/artifact";
import { printable } from "@stax/errors";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import { readMergedLayers } from "../merged-layers.ts";
import { layerReading, openArtifactAt, personaFlag } from "../options/artifact.ts";
import { maxLayerSizeFlag } from "../options/layer-sizes.ts";
import { plural, section } from "../table.ts";

const identity = z.object({ name: z.string(), version: z.string(), digest: z.string() });
const change = z.enum(["added", "removed", "changed"]);
const delta = z.object({ added: z.array(z.string()), removed: z.array(z.string()) });

const data = z.object({
  before: identity,
  after: identity,
  /** The same manifest, byte for byte. */
  identical: z.boolean(),
  /** Nothing that matters differs: config and content. */
  same: z.boolean(),
  config: z.array(z.object({ field: z.string(), before: z.unknown().optional(), after: z.unknown().optional() })),
  layers: z.array(z.object({ layer: z.string(), change, items: z.array(z.object({ item: z.string(), change })) })),
  risk: z.object({ commands: delta, hosts: delta, secrets: delta, tools: delta, executables: delta }),
  stat: z.boolean(),
});

type Data = z.output<typeof data>;

const side =
  "The artifact: <registry>/<repository>:<tag>, a name of this workspace, oci:<dir>, oci-archive:<file.tar>, or a project or layout ./<dir>";

/** diff says what changed from one artifact to another, item by item, and what that means for risk. */
export const diff = defineCommand({
  positionals: {
    a: { describe: `${side}; before`, required: true },
    b: { describe: "The same; after", required: true },
  },
  flags: {
    "exit-code": { type: "boolean", describe: "End with code 1 where something differs" },
    merged: {
      type: "boolean",
      describe: "Of what consumers get: with the packages of both merged in, and what that runs, reaches and asks for",
    },
    stat: { type: "boolean", describe: "Only how much, not what" },
    ...personaFlag,
    ...maxLayerSizeFlag,
  },
  examples: [
    ["stax diff backend-engineer:1.0.0 backend-engineer:1.1.0", "Between two builds of this workspace"],
    ["stax diff ghcr.io/acme/engineer:1.0.0 ghcr.io/acme/engineer:1.1.0 --merged", "What newer packages bring, too"],
    ["stax diff oci-archive:old.tar . --exit-code --stat", "Whether what is built here differs from an archive"],
  ],
  data,
  async run({ a, b, exitCode, stat, merged, persona, maxLayerSize }, context) {
    const [before, after] = [await openArtifactAt(a, context, persona), await openArtifactAt(b, context, persona)];
    const reading = await layerReading(context, maxLayerSize);
    const read = (artifact: Artifact) => readMergedLayers(artifact, context, maxLayerSize);
    const found = await diffArtifacts(before, after, merged ? { ...reading, read } : reading);
    const same = isEmptyDiff(found);
    return {
      data: data.parse({ ...found, same, stat }),
      diagnostics: [...before.diagnostics, ...after.diagnostics],
      found: exitCode && !same,
    };
  },
  format: (found) => {
    const title = `${nameOf(found.before)} → ${nameOf(found.after)}`;
    if (found.same) return `${title}\nno differences${found.identical ? "" : " in config or content"}`;
    if (found.stat) return [title, ...statLines(found)].join("\n");
    return [
      title,
      section("Config", found.config.map(fieldLine).join("\n")),
      ...found.layers.map((layer) => section(`${layer.layer} (${layer.change})`, layer.items.map(itemLine).join("\n"))),
      section("Risk", riskLines(found.risk).join("\n")),
    ]
      .filter((part) => part !== "")
      .join("\n");
  },
});

const nameOf = ({ name, version, digest }: Data["before"]): string => `${name} ${version} (${digest.slice(0, 19)})`;

const signs = { added: "+", removed: "-", changed: "~" } as const;

const itemLine = ({ item, change: what }: Data["layers"][number]["items"][number]): string =>
  `  ${signs[what]} ${printable(item)}`;

function fieldLine({ field, before, after }: Data["config"][number]): string {
  if (before === undefined) return `  + ${field}: ${JSON.stringify(after)}`;
  if (after === undefined) return `  - ${field}: ${JSON.stringify(before)}`;
  return `  ~ ${field}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
}

function statLines({ config, layers }: Data): string[] {
  const lines = layers.map(({ layer, change: what, items }) => {
    const count = (kind: keyof typeof signs): string => {
      const { length } = items.filter((item) => item.change === kind);
      return length === 0 ? "" : ` ${signs[kind]}${length}`;
    };
    return `  ${layer} ${what}${count("added")}${count("removed")}${count("changed")}`;
  });
  return [...(config.length === 0 ? [] : [`  config: ${plural(config.length, "field")} differ`]), ...lines];
}

const riskWords = {
  commands: "runs",
  hosts: "talks to",
  secrets: "asks for",
  tools: "allows without asking",
  executables: "brings executables",
} as const satisfies Record<keyof ArtifactDiff["risk"], string>;

const riskLines = (risk: Data["risk"]): string[] =>
  Object.entries(riskWords).flatMap(([kind, words]) => {
    const { added, removed } = risk[kind as keyof typeof riskWords]; // a key of the table
    return [
      ...added.map((item) => `  + ${words}: ${printable(item)}`),
      ...removed.map((item) => `  - ${words}: ${printable(item)}`),
    ];
  });
