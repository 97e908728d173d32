import type { LayerName } from "@stax/schema";

/** mergedLayerNames are the layers that packages carry and consumers merge, in canonical order. */
export const mergedLayerNames = [
  "knowledge",
  "rules",
  "skills",
  "mcp",
  "secrets",
  "instructionTree",
  "surfaces",
  "subagents",
] as const satisfies readonly LayerName[];

/** MergedLayerName names a layer that packages carry. */
export type MergedLayerName = (typeof mergedLayerNames)[number];
