import { ArchiveStore, type CopyEvent, copy as copyArtifact, type IndexedStore, LayoutStore } from "@stax/oci";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import { packageCompanions } from "../package-companions.ts";
import { bytes, plural } from "../table.ts";
import { localTarget, type OpenedTarget, openTarget } from "../target.ts";

const data = z.object({
  digest: z.string(),
  mediaType: z.string(),
  /** Where it is now, and under which tag. */
  target: z.string(),
  tag: z.string(),
  /** Blobs and manifests that were written, and those that were there before. */
  copied: z.number(),
  kept: z.number(),
  /** Written. */
  bytes: z.number(),
});

/** copy moves an artifact with everything it is made of; its digest stays. */
export const copy = defineCommand({
  positionals: {
    source: {
      describe: "The artifact: a name of this workspace, oci:<dir>, oci-archive:<file.tar>, ./<dir>",
      required: true,
    },
    target: { describe: "Where to: oci:<dir>[:<tag>], oci-archive:<file.tar>[:<tag>] or ./<dir>", required: true },
  },
  flags: {
    force: { type: "boolean", describe: "Take a tag from the other artifact that has it at the target" },
    "no-referrers": { type: "boolean", describe: "Leave signatures and attestations behind" },
    "no-packages": { type: "boolean", describe: "Leave the packages that it is made of behind" },
    persona: {
      type: "string",
      value: "<name>",
      describe: "Which of several personas, where the source leaves that open",
    },
  },
  examples: [
    ["stax copy backend-engineer oci-archive:agent.tar", "Into one file, for a machine without a network"],
    ["stax copy oci-archive:agent.tar oci:./layout:1.0.0", "Back into a layout, under a tag"],
  ],
  data,
  async run({ source, target, force, noReferrers, noPackages, persona }, context) {
    const from = await openTarget(source, context, { persona });
    const place = localTarget(target, context);
    if (place.digest !== undefined)
      throw new CliError("TARGET_UNFIT", `${target} names a digest; a copy keeps its own`, {
        hint: "name a tag, or nothing",
      });
    const tag = place.tag ?? from.reference ?? from.descriptor.digest;
    const done = { copied: 0, kept: 0, bytes: 0 };
    await into(place, context, async (store) => {
      if (!force) await assertFree(store, tag, from);
      await copyArtifact(from.store, from.descriptor.digest, store, tag, {
        referrers: !noReferrers,
        companions: noPackages ? undefined : packageCompanions(from.store),
        signal: context.signal,
        onEvent: (event) => note(event, done, context),
      });
    });
    const { digest, mediaType } = from.descriptor;
    return { data: { digest, mediaType, target: place.path, tag, ...done } };
  },
  format: ({ digest, target, tag, copied, kept, bytes: size }) =>
    `${target}: ${tag === digest ? digest : `${tag}@${digest}`}\n${plural(copied, "object")} written (${bytes(size)}), ${kept} there before`,
});

async function into(
  { kind, path }: ReturnType<typeof localTarget>,
  { signal }: Context,
  work: (store: IndexedStore) => Promise<void>,
): Promise<void> {
  if (kind === "layout") return await work(await LayoutStore.open(path, { create: true }));
  await using archive = await ArchiveStore.open(path, { create: true });
  await work(archive);
  await archive.save({ signal });
}

/** A tag that means something else is somebody's: it moves only when that is asked for. */
async function assertFree(store: IndexedStore, tag: string, { descriptor }: OpenedTarget): Promise<void> {
  const other = (await store.list()).find(
    ({ reference, descriptor: has }) => reference === tag && has.digest !== descriptor.digest,
  );
  if (other === undefined) return;
  throw new CliError("TARGET_UNFIT", `${store.place} has another artifact tagged ${tag}: ${other.descriptor.digest}`, {
    hint: "choose another tag, or take this one with --force",
  });
}

function note(event: CopyEvent, done: { copied: number; kept: number; bytes: number }, { progress }: Context): void {
  if (event.type === "copied") {
    done.copied += 1;
    done.bytes += event.descriptor.size;
    progress({ message: `copied ${event.descriptor.digest}`, done: done.copied });
  } else if (event.type === "skipped") done.kept += 1;
}
