import { type Artifact, type ReadLayers, type ReadLayersOptions, readLayers } from "@stax/artifact";
import { applyOverrides } from "./apply-overrides.ts";
import { type FindPackagesOptions, type FoundPackage, findPackages } from "./find-packages.ts";
import { type Merged, mergePackages } from "./merge-packages.ts";
import { overridesOf } from "./overrides.ts";

export interface ReadMergedOptions extends ReadLayersOptions, FindPackagesOptions {}

/** MergedArtifact is an artifact as a consumer sees it: its packages merged in, its overrides applied. */
export interface MergedArtifact extends Merged {
  /** In precedence order, lowest first. */
  readonly packages: readonly FoundPackage[];
}

/**
 * readMerged finds the packages of an artifact, reads their layers and merges them under its own, then applies its overrides. File bodies
 * stay closed. Throws what {@link findPackages} and reading throw, and `OVERRIDES_INVALID`.
 */
export async function readMerged(artifact: Artifact, options: ReadMergedOptions): Promise<MergedArtifact> {
  const { names, ...rest } = options;
  const overrides = overridesOf(artifact.config);
  const own = await readLayers(artifact, { ...rest, names: names && [...names, "packages"] });
  const packages = await findPackages(artifact, own.layers.packages?.packages ?? [], options);
  const read = await readAll(packages, options);
  const contents = packages.map(({ ref, digest }, index) => ({ ref, digest, layers: read[index]?.layers ?? {} }));
  const merged = applyOverrides(await mergePackages(own.layers, contents), overrides);
  // What overrides disable was left out when packages were merged at build.
  const findings = isBundled(artifact)
    ? merged.diagnostics.filter(({ code }) => code !== "override-unmatched")
    : merged.diagnostics;
  const found = packages.flatMap((found, index) => [
    ...found.artifact.diagnostics,
    ...(read[index]?.diagnostics ?? []),
  ]);
  return {
    ...merged,
    packages,
    diagnostics: [...artifact.diagnostics, ...found, ...own.diagnostics, ...findings],
  };
}

const isBundled = ({ config }: Artifact): boolean =>
  "bundled" in config && Array.isArray(config["bundled"]) && config["bundled"].length > 0;

/** A few at a time: a thousand archives opened at once would hold a thousand files and buffers. */
async function readAll(packages: readonly FoundPackage[], options: ReadMergedOptions): Promise<readonly ReadLayers[]> {
  const read: ReadLayers[] = [];
  const next = packages.entries();
  const work = async (): Promise<void> => {
    for (const [index, { artifact }] of next) read[index] = await readLayers(artifact, options);
  };
  await Promise.all(Array.from({ length: Math.min(8, packages.length) }, work));
  return read;
}
