import { compareBytes, type FileEntry } from "@stax/schema";
import type { Composed } from "./compose.ts";
import type { Change, Conflict, Outcome, PlanOptions } from "./outcome.ts";
import type { Origin, Owned } from "./owned.ts";
import { parentOf } from "./path.ts";
import type { Plan } from "./plan.ts";
import type { Disk } from "./root.ts";

/** Draft gathers the outcomes of a plan, path by path, and keeps the record straight. */
export class Draft {
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
