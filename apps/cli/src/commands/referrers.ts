import { printable } from "@stax/errors";
import * as z from "zod";
import { openVariant } from "../choose-variant.ts";
import { defineCommand } from "../command.ts";
import { personaFlag, targetPositional } from "../options/artifact.ts";
import { table } from "../table.ts";

const data = z.object({
  /** Of the artifact that they refer to. */
  digest: z.string(),
  referrers: z.array(
    z.object({
      artifactType: z.string(),
      digest: z.string(),
      mediaType: z.string(),
      size: z.number(),
      annotations: z.record(z.string(), z.string()),
    }),
  ),
});

/** referrers lists what is attached to an artifact: signatures, attestations, approvals and what others attach. */
export const referrers = defineCommand({
  positionals: { target: targetPositional },
  flags: {
    "artifact-type": { type: "string", value: "<type>", describe: "Only those of this type" },
    ...personaFlag,
  },
  examples: [
    ["stax referrers ghcr.io/acme/backend-engineer:1.0.0", "Everything that is attached to this version"],
    ["stax referrers ghcr.io/acme/backend-engineer:1.0.0 --json", "With annotations, as data"],
  ],
  data,
  async run({ target, artifactType, persona }, context) {
    const { signal } = context;
    const { store, descriptor: subject } = await openVariant(target, context, persona);
    const found = await store.predecessors(subject, { artifactType, signal });
    return {
      data: {
        digest: subject.digest,
        referrers: found.map(({ artifactType: type = "", digest, mediaType, size, annotations = {} }) => ({
          artifactType: type,
          digest,
          mediaType,
          size,
          annotations: { ...annotations },
        })),
      },
    };
  },
  format: ({ digest, referrers: found }) =>
    found.length === 0
      ? `nothing refers to ${digest}`
      : table(
          ["TYPE", "DIGEST", "CREATED"],
          found.map(({ artifactType, digest: of, annotations }) => [
            printable(artifactType),
            of,
            printable(annotations["org.opencontainers.image.created"] ?? ""),
          ]),
        ),
});
