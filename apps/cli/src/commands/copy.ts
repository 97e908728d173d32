import * as z from "zod";
import { openVariant } from "../choose-variant.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { openDestination } from "../destination.ts";
import { personaFlag } from "../options/artifact.ts";
import { formatTransferred, transferredSchema } from "../options/transfer.ts";
import { holding } from "../registries/locate.ts";
import { ship, tagFor } from "../ship.ts";
import type { ArtifactStore, OpenedTarget } from "../target.ts";
import { TransferProgress } from "../transfer-progress.ts";

const data = transferredSchema.extend({
  digest: z.string(),
  mediaType: z.string(),
  /** Where it is now, and under which tag. */
  target: z.string(),
  tag: z.string(),
});

/** copy moves an artifact with everything it is made of; its digest stays. */
export const copy = defineCommand({
  positionals: {
    source: {
      describe:
        "The artifact: <registry>/<repository>:<tag>, a name of this workspace, oci:<dir>, oci-archive:<file.tar>, ./<dir>",
      required: true,
    },
    target: {
      describe: "Where to: <registry>/<repository>:<tag>, oci:<dir>[:<tag>], oci-archive:<file.tar>[:<tag>] or ./<dir>",
      required: true,
    },
  },
  flags: {
    force: { type: "boolean", describe: "Take a tag from the other artifact that has it at the target" },
    "no-referrers": { type: "boolean", describe: "Leave signatures and attestations behind" },
    "no-packages": { type: "boolean", describe: "Leave the packages that it is made of behind" },
    persona: { ...personaFlag.persona, describe: "Which of several personas, where the source leaves that open" },
  },
  examples: [
    ["stax copy backend-engineer oci-archive:agent.tar", "Into one file, for a machine without a network"],
    ["stax copy oci-archive:agent.tar oci:./layout:1.0.0", "Back into a layout, under a tag"],
    [
      "stax copy ghcr.io/acme/engineer:1.0.0 registry.example.com/mirror/engineer:1.0.0",
      "From one registry to another",
    ],
  ],
  data,
  async run({ source, target, force, noReferrers, noPackages, persona }, context) {
    const from = await openVariant(source, context, persona);
    await using destination = await openDestination(target, context);
    const tag = tagFor(destination, from);
    const store = destination.kind === "registry" ? await directly(from, context) : from.store;
    const progress = new TransferProgress(context.progress);
    const options = { referrers: !noReferrers, packages: !noPackages, force, progress };
    await ship(store, [{ descriptor: from.descriptor, tag }], destination, options, context);
    const { digest, mediaType } = from.descriptor;
    return { data: { digest, mediaType, target: destination.place, tag, ...progress.counts } };
  },
  format: ({ digest, target, tag, ...counts }) =>
    `${target}: ${tag === digest ? digest : `${tag}@${digest}`}\n${formatTransferred(counts)}`,
});

/** Between registries nothing goes through the cache: inside one of them blobs need not move at all. */
async function directly({ store, remote, descriptor }: OpenedTarget, context: Context): Promise<ArtifactStore> {
  return remote === undefined ? store : await holding(remote, descriptor.digest, context);
}
