import { kindOf, type LayerName, type Layers, layerNames } from "@stax/schema";

/**
 * mergeLayers puts one set of layers over another: item by item where the kind merges, as a whole where it does not. Associative; what
 * `override` names wins.
 */
export function mergeLayers(base: Layers, override: Layers): Layers {
  const merged: Partial<Record<LayerName, unknown>> = {};
  for (const name of layerNames) {
    const [below, above] = [base[name], override[name]];
    const { merge } = kindOf(name);
    const payload =
      below !== undefined && above !== undefined && merge !== undefined ? merge(below, above) : (above ?? below);
    if (payload !== undefined) merged[name] = payload;
  }
  return merged as Layers; // each payload came from a layer of that name
}
