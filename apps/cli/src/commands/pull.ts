import { copyGraph, formatReference } from "@stax/oci";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { openDestination } from "../destination.ts";
import { CliError } from "../error.ts";
import { formatTransferred, referencePositional, transferredSchema } from "../options/transfer.ts";
import { packageCompanions } from "../package-companions.ts";
import { registryReference } from "../reference.ts";
import { firstOf } from "../registries/first-of.ts";
import { ship, tagFor } from "../ship.ts";
import { type OpenedTarget, openTarget } from "../target.ts";
import { TransferProgress } from "../transfer-progress.ts";

const data = transferredSchema.extend({
  reference: z.string(),
  digest: z.string(),
  mediaType: z.string(),
  /** The directory of the cache. */
  cache: z.string(),
  to: z.object({ place: z.string(), tag: z.string() }).optional(),
});

/** pull fetches an artifact with its packages into the cache that all projects share, and where --to says. */
export const pull = defineCommand({
  positionals: { reference: referencePositional },
  flags: {
    to: {
      type: "string",
      value: "<target>",
      describe: "Also write it there: oci:<dir>[:<tag>] or oci-archive:<file.tar>[:<tag>]",
    },
    referrers: { type: "boolean", describe: "Take signatures and attestations along" },
    force: { type: "boolean", describe: "With --to: take a tag from the other artifact that has it there" },
  },
  examples: [
    ["stax pull ghcr.io/acme/backend-engineer:1.0.0", "So that other commands find it with --offline"],
    ["stax pull ghcr.io/acme/backend-engineer:1.0.0 --to oci-archive:agent.tar", "Into one file, too"],
  ],
  details:
    "What the cache has is not fetched again: a second pull asks for the tag and fetches nothing. The digest is printed; name it, and every machine gets the same bytes.",
  data,
  async run({ reference: text, to, referrers, force }, context) {
    const reference = registryReference(text, "pull");
    const progress = new TransferProgress(context.progress);
    const target = await openTarget(text, context);
    const cache = await fillCache(target, { referrers, progress }, context);
    const written = to === undefined ? undefined : await write(target, to, { referrers, force }, context);
    const { digest, mediaType } = target.descriptor;
    return {
      data: { reference: formatReference(reference), digest, mediaType, cache, ...written, ...progress.counts },
    };
  },
  format: ({ reference, digest, to, ...counts }) =>
    [
      `${reference.includes("@") ? reference : `${reference}@${digest}`}`,
      formatTransferred(counts),
      ...(to === undefined ? [] : [`${to.place}: ${to.tag}`]),
    ].join("\n"),
});

async function fillCache(
  { descriptor, remote }: OpenedTarget,
  { referrers, progress }: { readonly referrers: boolean; readonly progress: TransferProgress },
  context: Context,
): Promise<string> {
  const registries = await context.registries();
  const cache = await registries.cache();
  if (remote === undefined) throw new Error("a reference was opened as something else than a registry");
  const { signal, concurrency } = context;
  const [first, ...others] = remote;
  const source = firstOf([
    await registries.reader(first),
    ...(await Promise.all(others.map((name) => registries.reader(name)))),
  ]);
  const companions = packageCompanions(source, context, (name) => registries.reader(name));
  await copyGraph(source, descriptor, cache, {
    referrers,
    companions,
    concurrency,
    signal,
    onEvent: progress.onEvent,
  });
  return cache.path;
}

async function write(
  target: OpenedTarget,
  to: string,
  { referrers, force }: { readonly referrers: boolean; readonly force: boolean },
  context: Context,
): Promise<{ to: { place: string; tag: string } }> {
  await using destination = await openDestination(to, context);
  if (destination.kind === "registry")
    throw new CliError("TARGET_UNFIT", `--to names a registry`, { hint: "stax copy goes from registry to registry" });
  const tag = tagFor(destination, target);
  const options = { referrers, packages: true, force, progress: new TransferProgress(context.progress) };
  await ship(target.store, [{ descriptor: target.descriptor, tag }], destination, options, context);
  return { to: { place: destination.place, tag } };
}
