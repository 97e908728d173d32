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
import { keptTagOf, packageCompanions, packagesOf } from "./package-companions.ts";
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
  readonly progress: TransferProgress;
}

/**
 * ship brings artifacts from a store to a destination, each under its tag, with their packages. Nothing is written where one of the tags
 * means another artifact. Throws `TAG_TAKEN` and what the stores throw.
 */
export async function ship(
  source: ArtifactStore,
  cargo: readonly Cargo[],
  destination: Destination,
  options: ShipOptions,
  context: Context,
): Promise<void> {
  const loads: Load[] = [];
  for (const item of cargo) {
    const load = await loadOf(source, item, destination, options, context);
    if (load.isThere) options.progress.onEvent({ type: "skipped", descriptor: item.descriptor, reason: "exists" });
    else loads.push(load);
  }
  if (options.verify) await verify(source, loads, context);
  for (const { descriptor, tag, companions } of loads)
    await copy(source, descriptor.digest, destination.store, tag, {
      referrers: options.referrers,
      companions,
      concurrency: context.concurrency,
      signal: context.signal,
      onEvent: options.progress.onEvent,
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

/** Load is an artifact that is ready to go. */
interface Load extends Cargo {
  readonly companions: CopyGraphOptions["companions"];
  /** Nothing is left to do. */
  readonly isThere: boolean;
}

async function loadOf(
  source: ArtifactStore,
  { descriptor, tag }: Cargo,
  destination: Destination,
  { force, packages, referrers }: ShipOptions,
  context: Context,
): Promise<Load> {
  const isRegistry = destination.kind === "registry";
  const current = force && !isRegistry ? undefined : await currentOf(destination, tag, context);
  if (!force) assertMovable(destination, tag, current, descriptor);
  const digests = packages ? await packagesBelow(source, descriptor, { signal: context.signal }) : new Set<string>();
  // A registry takes no manifest before everything that it is made of: what has the tag is there.
  const isThere =
    isRegistry && !referrers && current?.digest === descriptor.digest && (await areKept(destination, digests, context));
  const companions = digests.size === 0 ? undefined : packageCompanions(source, context);
  return { descriptor, tag, companions, isThere };
}

async function areKept(destination: Destination, digests: ReadonlySet<string>, context: Context): Promise<boolean> {
  for (const digest of digests)
    if ((await currentOf(destination, keptTagOf(digest), context))?.digest !== digest) return false;
  return true;
}

async function packagesBelow(
  source: ArtifactStore,
  node: Descriptor,
  options: StorageOptions,
): Promise<ReadonlySet<string>> {
  const parsed = await fetchManifest(source, node, options);
  if (parsed.kind === "manifest") return new Set((await packagesOf(parsed, source)).map(({ digest }) => digest));
  const nested = childrenOf(parsed).filter(({ mediaType }) => isManifestType(mediaType));
  const found = await Promise.all(nested.map((child) => packagesBelow(source, child, options)));
  return new Set(found.flatMap((digests) => [...digests]));
}

const verify = (source: ArtifactStore, loads: readonly Load[], context: Context): Promise<void> =>
  verifyArtifact(
    source,
    loads.map(({ descriptor }) => descriptor),
    {
      signal: context.signal,
      onBlob: ({ digest, size }) => context.progress({ message: `checking ${digest} (${bytes(size)})` }),
    },
  );
