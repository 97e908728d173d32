import { compareBytes, type FileEntry } from "@stax/schema";
import type { Clash, Composed, ComposedFile, ComposedKeys } from "./compose.ts";
import { type Change, type Conflict, digestOf, type Outcome, type PlanOptions, type Target } from "./outcome.ts";
import type { Claim, Origin, Owned } from "./owned.ts";
import { parentOf } from "./path.ts";
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
    for (const wanted of composed.files) {
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

// Draft gathers the outcomes and keeps the record straight.
class Draft {
  readonly conflicts: Conflict[] = [];
  readonly #changes: Change[] = [];
  readonly #unchanged: Owned[] = [];
  readonly #stale: Owned[] = [];
  readonly #contents = new Map<string, FileEntry>();
  readonly #before: readonly Owned[];
  readonly #owned: Map<string, Owned>;
  readonly #source: string;

  constructor(owned: readonly Owned[], source: string) {
    this.#before = owned;
    this.#owned = new Map(owned.map((entry) => [entry.path, entry]));
    this.#source = source;
  }

  ownedAt(path: string): Owned | undefined {
    const owned = this.#owned.get(path);
    return owned?.claim.kind === "directory" ? undefined : owned;
  }

  take(path: string, outcome: Outcome, before: Owned | undefined, adapters: readonly string[]): void {
    const { change, content, claim, adopted, conflicts = [] } = outcome;
    this.conflicts.push(...conflicts);
    if (claim === undefined) {
      this.#owned.delete(path);
      return;
    }
    const owned: Owned = { path, claim, by: this.#origins(before, adapters), ...(adopted ? { adopted } : {}) };
    if (conflicts.length > 0) return;
    this.#owned.set(path, owned);
    if (outcome.stale) this.#stale.push(owned);
    if (change === undefined) this.#unchanged.push(owned);
    else this.#changes.push({ path, ...change, owned });
    if (content !== undefined) this.#contents.set(path, content);
  }

  #origins(before: Owned | undefined, adapters: readonly string[]): readonly Origin[] {
    const others = (before?.by ?? []).filter(({ source }) => source !== this.#source);
    return [...others, ...adapters.map((adapter) => ({ adapter, source: this.#source }))];
  }

  /** What this source wrote earlier and nobody wants any more. */
  unwanted(wanted: Composed["files"]): readonly Owned[] {
    const paths = new Set(wanted.map(({ path }) => path));
    return this.#before.filter(
      ({ path, by, claim }) =>
        claim.kind !== "directory" && !paths.has(path) && by.some(({ source }) => source === this.#source),
    );
  }

  drop(entry: Owned, outcome: Outcome, options: PlanOptions): void {
    const others = entry.by.filter(({ source }) => source !== this.#source);
    if (others.length > 0) {
      // Another artifact in this root wants it still; keys of ours among its keys stay until that one is materialized again.
      if (options.prune) this.#owned.set(entry.path, { ...entry, by: others });
      return;
    }
    this.conflicts.push(...(outcome.conflicts ?? []));
    if (outcome.stale) this.#stale.push(entry);
    if (outcome.claim === undefined) this.#owned.delete(entry.path);
    if (outcome.change !== undefined) this.#changes.push({ path: entry.path, ...outcome.change });
    if (outcome.content !== undefined) this.#contents.set(entry.path, outcome.content);
  }

  finish(disk: Disk): Plan {
    const directories = this.#directories(disk);
    const changes = this.#changes.sort((a, b) => compareBytes(a.path, b.path));
    const owned = [...this.#owned.values()].sort((a, b) => compareBytes(a.path, b.path));
    return {
      changes,
      unchanged: this.#unchanged,
      conflicts: this.conflicts,
      stale: this.#stale,
      ownedBefore: this.#before,
      owned,
      directories,
      contents: this.#contents,
    };
  }

  // Directories we make are ours to remove again, once nothing of ours is left in them.
  #directories(disk: Disk): Plan["directories"] {
    const made = new Set<string>();
    const looked = new Set<string>();
    for (const { path, after } of this.#changes)
      if (after.kind === "file")
        for (const directory of ancestors(path)) {
          if (looked.has(directory)) continue;
          looked.add(directory);
          if (disk.state(directory).kind === "absent") made.add(directory);
        }
    for (const path of made)
      this.#owned.set(path, { path, claim: { kind: "directory" }, by: [{ adapter: "stax", source: this.#source }] });
    const needed = new Set(
      [...this.#owned.values()]
        .filter(({ claim }) => claim.kind !== "directory")
        .flatMap(({ path }) => ancestors(path)),
    );
    const removed = [...this.#owned.values()].filter(
      ({ path, claim }) => claim.kind === "directory" && !needed.has(path),
    );
    for (const { path } of removed) this.#owned.delete(path);
    return { made: [...made].sort(), removed: removed.map(({ path }) => path).sort((a, b) => compareBytes(b, a)) };
  }
}

function ancestors(path: string): readonly string[] {
  const parent = parentOf(path);
  return parent === "" ? [] : [...ancestors(parent), parent];
}
