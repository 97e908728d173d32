import { formatRepositoryName } from "@stax/oci";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import { openRepository } from "../destination.ts";
import { CliError } from "../error.ts";
import { personaFlag } from "../options/artifact.ts";
import { formatTransferred, referencePositional, transferredSchema } from "../options/transfer.ts";
import { findPushSource } from "../push-source.ts";
import { registryReference } from "../reference.ts";
import { ship } from "../ship.ts";
import { formatSignature, keyFor, signatureSchema, signPushed } from "../sign-pushed.ts";
import { TransferProgress } from "../transfer-progress.ts";

const data = transferredSchema.extend({
  /** `registry/repository` */
  repository: z.string(),
  artifacts: z.array(z.object({ reference: z.string(), tag: z.string(), digest: z.string(), mediaType: z.string() })),
  /** With --sign: one for every manifest and index. */
  signatures: z.array(signatureSchema).optional(),
});

/** push uploads what was built, with its packages, and nothing else. */
export const push = defineCommand({
  positionals: { reference: referencePositional },
  flags: {
    from: {
      type: "string",
      value: "<target>",
      describe:
        "What to push (default: the artifact of this workspace with the reference's name and tag, else the only one)",
    },
    force: { type: "boolean", describe: "Move the tag if it means another artifact" },
    "all-personas": {
      type: "boolean",
      describe: "Push every persona of this version, each under its own tag: <tag>-<persona>",
      conflicts: ["persona"],
    },
    index: { type: "boolean", describe: "With --all-personas: also the index over them, as <tag>-personas" },
    referrers: { type: "boolean", describe: "Take signatures and attestations along" },
    sign: { type: "boolean", describe: "Sign what is pushed with the key of --key and attach the signature" },
    key: {
      type: "string",
      value: "<file>",
      describe:
        "With --sign: a private key in PEM, or env://NAME for a variable that holds it (password: STAX_KEY_PASSWORD)",
    },
    ...personaFlag,
  },
  examples: [
    ["stax push ghcr.io/acme/backend-engineer:1.0.0", "What this workspace has built as backend-engineer:1.0.0"],
    [
      "stax push ghcr.io/acme/engineer:edge --from . --force",
      "The current version of this project, under a tag that moves",
    ],
    [
      "stax push ghcr.io/acme/backend-engineer:1.0.0 --all-personas --index",
      "One tag a persona, and an index to choose from",
    ],
    [
      "stax push ghcr.io/acme/backend-engineer:1.0.0 --sign --key env://SIGNING_KEY",
      "Signed with the key in SIGNING_KEY: a Sigstore bundle beside the artifact",
    ],
  ],
  details:
    "Everything is held against its digests before the first byte leaves. Blobs that the registry has are not sent again. Packages travel along, tagged pkg-<digest>. --sign attaches a Sigstore bundle, as cosign 3 does, to every manifest and index. What --key has signed before is left. Keyless signing (Fulcio) and stax verify come later.",
  data,
  async run({ reference: text, from, force, allPersonas, index, referrers, persona, ...wishes }, context) {
    const reference = registryReference(text, "push");
    if (index && !allPersonas) throw new CliError("FLAG_VALUE", "--index goes with --all-personas");
    const source = await findPushSource(reference, { from, persona, allPersonas, index }, context);
    const key = await keyFor(wishes, context);
    const progress = new TransferProgress(context.progress);
    await using destination = await openRepository(reference, context);
    const options = { referrers, packages: true, force, verify: true, progress };
    await ship(source.store, source.artifacts, destination, options, context);
    const roots = source.artifacts.map(({ descriptor }) => descriptor);
    const signatures = key && (await signPushed(source.store, roots, reference, key, context));
    const repository = formatRepositoryName(reference);
    const artifacts = source.artifacts.map(({ tag, descriptor: { digest, mediaType } }) => ({
      reference: tag === digest ? `${repository}@${digest}` : `${repository}:${tag}`,
      tag,
      digest,
      mediaType,
    }));
    return {
      data: { repository, artifacts, ...progress.counts, ...(signatures && { signatures: [...signatures] }) },
      diagnostics: key?.diagnostics,
    };
  },
  format: ({ artifacts, signatures = [], ...counts }) =>
    [
      ...artifacts.map(({ reference, digest }) => (reference.endsWith(digest) ? reference : `${reference}@${digest}`)),
      formatTransferred(counts),
      ...signatures.map(formatSignature),
    ].join("\n"),
});
