import { readLayers } from "@stax/artifact";
import { mergeLayers } from "@stax/layers";
import type { Layers, SecretDeclaration } from "@stax/schema";
import type { PackageNode } from "../graph/package-graph.ts";
import { createLimit } from "../limit.ts";

/**
 * readSecrets reads what packages of a graph declare, merged by key; nodes come lowest precedence first, as `precedenceOf` lists them.
 * Only secrets layers are fetched. Packages of the workspace are left out: who builds them knows.
 */
export async function readSecrets(
  nodes: readonly PackageNode[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<readonly SecretDeclaration[]> {
  const limit = createLimit(16);
  const read = nodes.map(({ open }) =>
    open === undefined
      ? Promise.resolve<Layers>({})
      : limit(async () => (await readLayers(await open(), { cacheDir: "", names: ["secrets"], signal })).layers),
  );
  const merged = (await Promise.all(read)).reduce(mergeLayers, {});
  return merged.secrets?.secrets ?? [];
}
