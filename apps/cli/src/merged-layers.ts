import { type Artifact, openArtifact, type ReadLayersOptions, readLayers } from "@stax/artifact";
import { type Diagnostic, isStaxError, printable } from "@stax/errors";
import { mergeLayers } from "@stax/layers";
import type { Layers, ResolvedPackage } from "@stax/schema";
import { CliError } from "./error.ts";

/** MergedLayers is what a consumer sees of an artifact: its own layers over those of its packages. */
export interface MergedLayers {
  readonly layers: Layers;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * readMergedLayers reads an artifact's layers and puts them over those of its packages, in the order of its packages layer (decisions A18,
 * A25). Packages are looked for by digest where the artifact is. Throws `PACKAGE_MISSING`, and what reading throws.
 */
export async function readMergedLayers(artifact: Artifact, options: ReadLayersOptions): Promise<MergedLayers> {
  const own = await readLayers(artifact, options);
  const diagnostics = [...artifact.diagnostics];
  let base: Layers = {};
  for (const entry of own.layers.packages?.packages ?? []) {
    const found = await openPackage(entry, artifact, options);
    const read = await readLayers(found, options);
    diagnostics.push(...found.diagnostics, ...read.diagnostics);
    base = mergeLayers(base, read.layers);
  }
  return { layers: mergeLayers(base, own.layers), diagnostics: [...diagnostics, ...own.diagnostics] };
}

async function openPackage(
  { ref, digest }: ResolvedPackage,
  { source }: Artifact,
  { signal }: ReadLayersOptions,
): Promise<Artifact> {
  const shown = `${printable(ref)}@${digest}`;
  try {
    const found = await openArtifact(source, digest, { signal });
    if (found.kind === "package") return found;
    throw new CliError("PACKAGE_MISSING", `${shown} is listed as a package and is a ${found.kind}`);
  } catch (cause) {
    if (!isStaxError(cause) || cause.code !== "ERR_STAX_REFERENCE_NOT_FOUND") throw cause;
    const hint = "copy the artifact again from where it was built, without --no-packages";
    throw new CliError("PACKAGE_MISSING", `the package ${shown} is not where the artifact is`, { cause, hint });
  }
}
