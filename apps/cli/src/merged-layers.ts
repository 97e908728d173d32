import { type Artifact, openArtifact, type ReadLayersOptions, readLayers } from "@stax/artifact";
import { type Diagnostic, printable } from "@stax/errors";
import { mergeLayers } from "@stax/layers";
import type { Layers, ResolvedPackage } from "@stax/schema";
import type { Context } from "./context.ts";
import { CliError } from "./error.ts";
import { findPackage, isAbsence } from "./find-package.ts";
import { layerCacheOf } from "./options/artifact.ts";

/** MergedLayers is what a consumer sees of an artifact: its own layers over those of its packages. */
export interface MergedLayers {
  readonly layers: Layers;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * readMergedLayers reads an artifact's layers and puts them over those of its packages, in the order of its packages layer (decisions A18,
 * A25). Throws `PACKAGE_MISSING`, and what reading throws.
 */
export async function readMergedLayers(artifact: Artifact, context: Context): Promise<MergedLayers> {
  const options: ReadLayersOptions = { cacheDir: layerCacheOf(context), signal: context.signal };
  const own = await readLayers(artifact, options);
  const diagnostics = [...artifact.diagnostics];
  let base: Layers = {};
  for (const entry of own.layers.packages?.packages ?? []) {
    const found = await openPackage(entry, artifact, context);
    const read = await readLayers(found, options);
    diagnostics.push(...found.diagnostics, ...read.diagnostics);
    base = mergeLayers(base, read.layers);
  }
  return { layers: mergeLayers(base, own.layers), diagnostics: [...diagnostics, ...own.diagnostics] };
}

async function openPackage(entry: ResolvedPackage, { source }: Artifact, context: Context): Promise<Artifact> {
  const shown = `${printable(entry.ref)}@${entry.digest}`;
  try {
    const { signal } = context;
    const found = await findPackage(entry, source, context);
    const artifact = await openArtifact(found.source, found.descriptor, { signal });
    if (artifact.kind === "package") return artifact;
    throw new CliError("PACKAGE_MISSING", `${shown} is listed as a package and is a ${artifact.kind}`);
  } catch (cause) {
    if (!isAbsence(cause) || cause.code === "ERR_STAX_OFFLINE_MISS") throw cause;
    const hint = "copy the artifact again from where it was built, without --no-packages";
    throw new CliError("PACKAGE_MISSING", `the package ${shown} is not where the artifact is`, { cause, hint });
  }
}
