import { instructionTree } from "./instruction-tree.ts";
import type { AnyKind, Carrier, PayloadOf } from "./kind.ts";
import { knowledge } from "./knowledge.ts";
import { mcp } from "./mcp.ts";
import { memory } from "./memory.ts";
import { packages } from "./packages.ts";
import { persona } from "./persona.ts";
import { prompt } from "./prompt.ts";
import { rules } from "./rules.ts";
import { secrets } from "./secrets.ts";
import { skills } from "./skills.ts";
import { sourceSnapshot } from "./source-snapshot.ts";
import { subagents } from "./subagents.ts";
import { surfaces } from "./surfaces.ts";

/**
 * layerKinds is THE TABLE: every layer kind of the format, in the canonical order of layers in a manifest. Definition fields, media
 * types, codecs, merge, diff, validation, JSON Schema and docs derive from it.
 */
export const layerKinds = {
  knowledge,
  rules,
  skills,
  mcp,
  secrets,
  packages,
  instructionTree,
  surfaces,
  prompt,
  persona,
  subagents,
  memory,
  sourceSnapshot,
} as const;

export type LayerName = keyof typeof layerKinds;
/** Payload of a layer by its name. */
export type Payload<Name extends LayerName> = PayloadOf<(typeof layerKinds)[Name]>;
/** Layers is the decoded content of an artifact. */
export type Layers = { readonly [Name in LayerName]?: Payload<Name> };
/** RenderedLayerName names the layers that an adapter answers for. */
export type RenderedLayerName = Exclude<LayerName, "packages" | "sourceSnapshot">;

/** PathLayerName names the layers that a definition names by a path. */
export type PathLayerName = Exclude<LayerName, "secrets" | "packages" | "sourceSnapshot">;

export const layerNames = Object.keys(layerKinds) as readonly LayerName[];

/** kindOf is the table entry of a layer, without its payload type: for code that treats all layers alike. */
export const kindOf = (name: LayerName): AnyKind => layerKinds[name];

const byMediaType = new Map(layerNames.map((name) => [layerKinds[name].mediaType as string, name]));

/** layerNameOf finds the layer kind of a media type; `undefined` for one that this version does not know. */
export const layerNameOf = (mediaType: string): LayerName | undefined => byMediaType.get(mediaType);

/** layersAllowedIn lists the layers that an artifact kind may carry, in canonical order. */
export const layersAllowedIn = (carrier: Carrier): readonly LayerName[] =>
  layerNames.filter((name) => (kindOf(name).allowedIn as readonly Carrier[]).includes(carrier));
