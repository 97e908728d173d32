import { kindOf, type Layers, type MergedLayerName, mergedLayerNames } from "@stax/schema";

/** own is how provenance names the artifact itself. */
export const own = "own";

/** MergedItem says where an item of a merged layer comes from. */
export interface MergedItem {
  readonly layer: MergedLayerName;
  /** A rule's id, a skill's or server's name, a secret's key, a file's path. */
  readonly item: string;
  /** `ref@digest` of a package, or `own`. */
  readonly from: string;
  /** Whose items of the same name it replaced, highest precedence first. */
  readonly replaced: readonly string[];
  /** By an override: it is not in the layers. */
  readonly disabled?: true;
  /** The fields that an override changed. */
  readonly changed?: readonly string[];
}

interface Side {
  readonly name: string;
  readonly layers: Layers;
}

/** provenanceOf says of each item of merged layers who brought it. Contributors come lowest precedence first. */
export function provenanceOf(contributors: readonly Side[], merged: Layers): readonly MergedItem[] {
  return mergedLayerNames.flatMap((layer) => {
    if (merged[layer] === undefined) return [];
    const holders = new Map<string, string[]>();
    for (const { name, layers } of contributors) {
      if (layers[layer] === undefined) continue;
      for (const item of kindOf(layer).items(layers[layer])) {
        const known = holders.get(item);
        if (known === undefined) holders.set(item, [name]);
        else if (known[0] !== name) known.unshift(name);
      }
    }
    return kindOf(layer)
      .items(merged[layer])
      .map((item): MergedItem => {
        const [from, ...replaced] = holders.get(item) ?? [];
        return { layer, item, from: from ?? own, replaced };
      });
  });
}
