import { setImmediate } from "node:timers/promises";
import type { FileEntry } from "@stax/schema";
import type { Clash } from "./collisions.ts";
import type { Composed, ComposedFile, ComposedKeys } from "./compose.ts";
import { Draft } from "./draft.ts";
import { type Change, type Conflict, digestOf, type Outcome, type PlanOptions, type Target } from "./outcome.ts";
import type { Claim, Owned } from "./owned.ts";
import { planDocument, removeBlock } from "./plan-document.ts";
import { planKeys, removeKeys } from "./plan-keys.ts";
import type { Disk } from "./root.ts";

/** Plan says what would be written. It is data: nothing has happened yet. */
export interface Plan {
  readonly changes: readonly Change[];
  /** What is there already, as it should be. */
  readonly unchanged: readonly Owned[];
  readonly conflicts: readonly Conflict[];
  /** What an earlier run wrote and this one does not want; deleted only with `prune`. */
  readonly stale: readonly Owned[];
  /** The record before and after. */
  readonly ownedBefore: readonly Owned[];
  readonly owned: readonly Owned[];
  /** Directories to make and, where they are empty, to remove. */
  readonly directories: { readonly made: readonly string[]; readonly removed: readonly string[] };
  /** Content of what is written, by path. */
  readonly contents: ReadonlyMap<string, FileEntry>;
}

/**
 * plan compares what is wanted with the disk and with the record of what stax wrote. It reads only. A person's files are conflicts:
 * ones that stax did not write, and ones that were edited since. Nothing wanted, with `prune`, is an uninstall.
 */
export async function plan(
  composed: Composed,
  owned: readonly Owned[],
  disk: Disk,
  options: PlanOptions = {},
): Promise<Plan> {
  const draft = new Draft(owned, options.source ?? "");
  for (const clash of composed.clashes) draft.conflicts.push(conflictOf(clash));
  try {
    for (const [index, wanted] of composed.files.entries()) {
      // Small files are read synchronously: without a pause no signal would get through.
      if (index % 64 === 63) await setImmediate();
      options.signal?.throwIfAborted();
      const before = draft.ownedAt(wanted.path);
      const outcome = await planOne(wanted, before, disk, options);
      draft.take(wanted.path, outcome, before, wanted.by);
    }
    for (const entry of draft.unwanted(composed.files)) draft.drop(entry, planStale(entry, disk, options), options);
    return draft.finish(disk);
  } finally {
    disk.release();
  }
}

const conflictOf = ({ path, message }: Clash): Conflict => ({ path, message, reason: "clash", forceable: false });

function planOne(
  wanted: ComposedFile | ComposedKeys,
  owned: Owned | undefined,
  disk: Disk,
  options: PlanOptions,
): Outcome | Promise<Outcome> {
  const state = disk.state(wanted.path);
  if (state.kind === "other") return { conflicts: [inTheWay(wanted.path, state.what)] };
  if (wanted.kind === "keys") return planKeys(wanted, owned, state, disk, options);
  const asBlock = wanted.document && (owned?.claim.kind === "block" || (options.blocks && owned === undefined));
  if (asBlock && state.kind === "file") return planDocument(wanted, owned, state, disk, options);
  return planFile(wanted, owned, state, options);
}

function inTheWay(path: string, what: "directory" | "symlink" | "outside" | "special"): Conflict {
  const words = {
    directory: ["not-a-file", "is a directory"],
    special: ["not-a-file", "is no regular file"],
    symlink: ["link", "is a link; stax writes through none"],
    outside: ["outside", "lies behind a link that leads outside the output root, or behind a file"],
  } as const;
  const [reason, message] = words[what];
  return { path, reason, message, forceable: false };
}

async function planFile(
  wanted: ComposedFile,
  owned: Owned | undefined,
  before: Target,
  options: PlanOptions,
): Promise<Outcome> {
  const { path, entry, mayVanish } = wanted;
  const { digest, size } = await digestOf(entry);
  const claim: Claim = { kind: "file", digest, executable: entry.executable, ...(mayVanish ? { mayVanish } : {}) };
  const after: Target = { kind: "file", digest, size, executable: entry.executable };
  const write = (why: Change["why"]): Outcome => ({ change: { before, after, why }, content: entry, claim });
  if (before.kind === "absent") {
    // A runtime that removes the file itself has taken it in; it is not written again until it changes.
    if (owned?.claim.kind === "file" && owned.claim.mayVanish && owned.claim.digest === digest) return { claim };
    return write(owned === undefined ? "new" : "restored");
  }
  const claimed = owned?.claim.kind === "file" && !owned.adopted ? owned.claim.digest : undefined;
  // Where a person wrote the very bytes that are wanted, the file is the person's, even if stax wrote others there before.
  if (before.digest === digest && before.executable === entry.executable)
    return { claim, ...(claimed === digest ? {} : { adopted: true }) };
  const ours = claimed === before.digest;
  if (ours || options.force) return write("updated");
  return { conflicts: [foreignFile(path, owned)], ...(owned === undefined ? {} : { claim: owned.claim }) };
}

function foreignFile(path: string, owned: Owned | undefined): Conflict {
  if (owned === undefined)
    return { path, reason: "exists", message: "exists and was not written by stax", forceable: true };
  return owned.adopted
    ? {
        path,
        reason: "adopted",
        message: "was there before stax, and now different content is wanted",
        forceable: true,
      }
    : { path, reason: "edited", message: "was edited since stax wrote it", forceable: true };
}

function planStale(owned: Owned, disk: Disk, options: PlanOptions): Outcome {
  const { path, claim, adopted } = owned;
  if (claim.kind === "directory") return {};
  const state = disk.state(path);
  if (adopted || state.kind !== "file") return {};
  if (!options.prune) return { stale: true, claim };
  if (claim.kind === "keys") return removeKeys(path, claim, state, disk);
  if (claim.kind === "block") return removeBlock(path, claim, state, disk);
  if (state.digest === claim.digest || options.force)
    return { change: { before: state, after: { kind: "absent" }, why: "stale" } };
  return {
    conflicts: [
      { path, reason: "edited", message: "is no longer wanted but was edited since stax wrote it", forceable: true },
    ],
    claim,
  };
}
