import { extractArtifact } from "@stax/artifact";
import { printable } from "@stax/errors";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import { layerReading, openArtifactAt, personaFlag, targetPositional } from "../options/artifact.ts";
import { maxLayerSizeFlag } from "../options/layer-sizes.ts";
import { layerNamed } from "../options/layers.ts";
import { plural } from "../table.ts";
import { absolute } from "../target.ts";

const data = z.object({
  directory: z.string(),
  digest: z.string(),
  files: z.array(z.object({ path: z.string(), size: z.number(), executable: z.boolean() })),
});

/** extract writes what an artifact's layers hold, as an author would have it. */
export const extract = defineCommand({
  positionals: {
    target: targetPositional,
    dir: { describe: "Where to; nothing that exists there is overwritten", required: true },
  },
  flags: {
    layer: { type: "list", value: "<kind>", describe: "Only these layers, e.g. rules,skills" },
    ...personaFlag,
    ...maxLayerSizeFlag,
  },
  examples: [
    ["stax extract backend-engineer ./out", "Every layer and the config"],
    ["stax extract oci-archive:agent.tar ./out --layer skills", "Only the skills"],
  ],
  data,
  async run({ target, dir, layer, persona, maxLayerSize }, context) {
    const artifact = await openArtifactAt(target, context, persona);
    context.gate(artifact.diagnostics);
    const directory = absolute(dir, context);
    const names = layer.length === 0 ? undefined : layer.map((name) => layerNamed(name, "layer"));
    const options = { ...(await layerReading(context, maxLayerSize)), names };
    const { files } = await extractArtifact(artifact, directory, options);
    return {
      data: { directory, digest: artifact.descriptor.digest, files: files.map((file) => ({ ...file })) },
      diagnostics: artifact.diagnostics,
    };
  },
  format: ({ directory, files }) =>
    [...files.map(({ path }) => printable(path)), `${plural(files.length, "file")} in ${directory}`].join("\n"),
});
