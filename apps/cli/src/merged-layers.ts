import type { Artifact } from "@stax/artifact";
import type { MergedArtifact } from "@stax/resolver";
import type { Context } from "./context.ts";
import { layerReading } from "./options/artifact.ts";
import { packageSources } from "./options/packages.ts";

/**
 * readMergedLayers reads an artifact as a consumer sees it: its own layers over those of its packages, its overrides applied, within
 * the limits of settings and `--max-layer-size`. Packages are
 * looked for by digest where the artifact is, then at the mirror, then where their reference leads (decision A27).
 */
export async function readMergedLayers(
  artifact: Artifact,
  context: Context,
  sizes: readonly string[] = [],
): Promise<MergedArtifact> {
  const { readMerged } = await import("@stax/resolver");
  const { concurrency } = context;
  return await readMerged(artifact, {
    ...(await layerReading(context, sizes)),
    concurrency,
    ...packageSources(context),
  });
}
