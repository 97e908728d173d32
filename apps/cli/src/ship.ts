import {
  type CopyGraphOptions,
  childrenOf,
  copy,
  type Descriptor,
  fetchManifest,
  isManifestType,
  type StorageOptions,
} from "@stax/oci";
import type { Context } from "./context.ts";
import { assertMovable, currentOf, type Destination } from "./destination.ts";
import { CliError } from "./error.ts";
import { packageCompanions, packagesOf } from "./package-companions.ts";
import { bytes } from "./table.ts";
import type { ArtifactStore, OpenedTarget } from "./target.ts";
import type { TransferProgress } from "./transfer-progress.ts";
import { verifyArtifact } from "./verify-artifact.ts";

/** Cargo is an artifact and the tag that it gets; without one its digest. */
export interface Cargo {
  readonly descriptor: Descriptor;
  readonly tag: string;
}

/** ShipOptions say what travels along. */
export interface ShipOptions {
  readonly referrers: boolean;
  readonly packages: boolean;
  /** Take tags from other artifacts. */
  readonly force: boolean;
  /** Read everything and hold it against its digests before the first byte leaves. */
  readonly verify?: boolean;
}

/**
 * ship brings artifacts from a store to a destination, each under its tag, with their packages. Nothing is written where one of the tags
 * means another artifact. Throws `TAG_TAKEN` and what the stores throw.
 */
export async function ship(
  source: ArtifactStore,
  cargo: readonly Cargo[],
  destination: Destination,
  options: ShipOptions & { readonly progress: TransferProgress },
  context: Context,
): Promise<void> {
  const { progress, referrers, force } = options;
  const waiting: (Cargo & { readonly companions: CopyGraphOptions["companions"] })[] = [];
  for (const item of cargo) {
    const current =
      force && destination.kind !== "registry" ? undefined : await currentOf(destination, item.tag, context);
    if (!force) assertMovable(destination, item.tag, current, item.descriptor);
    const companions = options.packages ? await companionsOf(source, item.descriptor, context) : undefined;
    // A registry takes no manifest before everything that it is made of: what has the tag is there.
    const isDone = destination.kind === "registry" && current?.digest === item.descriptor.digest;
    if (isDone && !referrers && companions === undefined)
      progress.onEvent({ type: "skipped", descriptor: item.descriptor, reason: "exists" });
    else waiting.push({ ...item, companions });
  }
  const roots = waiting.map(({ descriptor }) => descriptor);
  if (options.verify)
    await verifyArtifact(source, roots, {
      signal: context.signal,
      onBlob: ({ digest, size }) => context.progress({ message: `checking ${digest} (${bytes(size)})` }),
    });
  for (const { descriptor, tag, companions } of waiting)
    await copy(source, descriptor.digest, destination.store, tag, {
      referrers,
      companions,
      concurrency: context.concurrency,
      signal: context.signal,
      onEvent: progress.onEvent,
    });
  await destination.save();
}

/** tagFor is the tag that an artifact gets at a destination: the wanted one, else the one it has. Throws `TARGET_UNFIT` for another digest. */
export function tagFor(destination: Destination, { descriptor, reference }: OpenedTarget): string {
  const { digest, tag, place } = destination;
  if (digest !== undefined && digest !== descriptor.digest)
    throw new CliError("TARGET_UNFIT", `${place}@${digest} is not what is copied: that is ${descriptor.digest}`, {
      hint: "name a tag, or the digest of the source: a copy keeps it",
    });
  return tag ?? (digest === undefined ? reference : undefined) ?? descriptor.digest;
}

/** Only artifacts with packages need somebody who looks for them. */
async function companionsOf(
  source: ArtifactStore,
  root: Descriptor,
  context: Context,
): Promise<CopyGraphOptions["companions"]> {
  return (await hasPackages(source, root, { signal: context.signal })) ? packageCompanions(source, context) : undefined;
}

async function hasPackages(source: ArtifactStore, node: Descriptor, options: StorageOptions): Promise<boolean> {
  const parsed = await fetchManifest(source, node, options);
  if (parsed.kind === "manifest") return (await packagesOf(parsed, source)).length > 0;
  const nested = childrenOf(parsed).filter(({ mediaType }) => isManifestType(mediaType));
  for (const child of nested) if (await hasPackages(source, child, options)) return true;
  return false;
}
