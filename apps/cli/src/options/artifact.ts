import { join } from "node:path";
import { type Artifact, openArtifact, type ReadLayersOptions } from "@stax/artifact";
import type { Context } from "../context.ts";
import type { Flags, Positional } from "../flags.ts";
import { openTarget } from "../target.ts";
import { maxLayerSizes } from "./layer-sizes.ts";

/** targetPositional is the artifact that a command works on. */
export const targetPositional = {
  describe:
    "The artifact: <registry>/<repository>:<tag>, a name of this workspace, oci:<dir>, oci-archive:<file.tar>, or a project or layout ./<dir>",
  required: true,
} as const satisfies Positional;

/** personaFlag chooses from an index of personas. */
export const personaFlag = {
  persona: { type: "string", value: "<name>", describe: "Which persona, where the target has several" },
} as const satisfies Flags;

/** openArtifactAt opens the artifact that a target names. Throws what finding and reading it throw. */
export async function openArtifactAt(text: string, context: Context, persona?: string): Promise<Artifact> {
  const { store, descriptor } = await openTarget(text, context, { persona });
  return await openArtifact(store, descriptor, { persona, signal: context.signal });
}

/** layerCacheOf is where unpacked layers are kept, by content. */
export const layerCacheOf = ({ config }: Context): string => join(config.cacheDirectory, "layers");

/** layerReading is how layers are read: the cache, and the limits that settings and `--max-layer-size` give. Throws `FLAG_VALUE`, `CONFIG_INVALID`. */
export async function layerReading(context: Context, sizes: readonly string[] = []): Promise<ReadLayersOptions> {
  const maxLayerSize = await maxLayerSizes(context.config.settings.maxLayerSize, sizes);
  return { cacheDir: layerCacheOf(context), maxLayerSize, signal: context.signal };
}
