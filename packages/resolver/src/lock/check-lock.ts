import type { Diagnostic } from "@stax/errors";
import { compareBytes } from "@stax/schema";
import { ResolveError } from "../error.ts";
import type { PackageGraph } from "../graph/package-graph.ts";
import { type Lock, type LockEntry, lockFileName } from "./lock.ts";
import { entriesOf } from "./lock-of.ts";

/** EntryChange is a field of an entry that differs. */
export interface EntryChange {
  readonly key: string;
  readonly field: "digest" | "dependencies" | "requested" | "resolved";
  /** In the lock. */
  readonly before?: string | readonly string[];
  /** As it should be. */
  readonly after?: string | readonly string[];
}

/** LockDifference is what a lock would have to change to be up to date. Lists are sorted by key. */
export interface LockDifference {
  readonly upToDate: boolean;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly EntryChange[];
}

export interface CheckLockOptions {
  /** The graph is that of the whole workspace: entries beyond it are out of date. Else only what it reaches is compared. */
  readonly complete?: boolean | undefined;
}

/** checkLock compares a lock with the graph that it should describe. Signers do not count. */
export function checkLock(
  lock: Lock | undefined,
  { roots }: Pick<PackageGraph, "roots">,
  { complete = false }: CheckLockOptions = {},
): LockDifference {
  const wanted = entriesOf(roots);
  const locked = lock?.packages ?? {};
  const added = [...wanted.keys()].filter((key) => !Object.hasOwn(locked, key)).sort(compareBytes);
  const removed = complete
    ? Object.keys(locked)
        .filter((key) => !wanted.has(key))
        .sort(compareBytes)
    : [];
  const changed = [...wanted]
    .flatMap(([key, entry]) => (Object.hasOwn(locked, key) ? changesOf(key, locked[key], entry, complete) : []))
    .sort((a, b) => compareBytes(a.key, b.key));
  return { upToDate: added.length + removed.length + changed.length === 0, added, removed, changed };
}

const fields = ["digest", "dependencies", "requested", "resolved"] as const;

function changesOf(
  key: string,
  before: LockEntry = { dependencies: [] },
  after: LockEntry,
  complete: boolean,
): readonly EntryChange[] {
  return fields.flatMap((field): readonly EntryChange[] => {
    const [was, is] = [before[field], after[field]];
    // `requested` and `resolved` are ours; a lock that has none of them is as good.
    if (was === undefined && (field === "requested" || field === "resolved")) return [];
    if (field === "requested" && !complete && isSubset(after.requested, before.requested)) return [];
    if (isSame(was, is)) return [];
    return [{ key, field, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}

type Value = string | readonly string[] | undefined;

const isSame = (one: Value, other: Value): boolean =>
  one === other ||
  (Array.isArray(one) &&
    Array.isArray(other) &&
    one.length === other.length &&
    one.every((item, index) => item === other[index]));

const isSubset = (part: readonly string[] = [], whole: readonly string[] = []): boolean =>
  part.every((item) => whole.includes(item));

/** formatDifference writes a difference, one change a line: `+` missing, `-` not needed, `~` different. */
export function formatDifference({ added, removed, changed }: LockDifference): readonly string[] {
  const shown = (value: string | readonly string[] | undefined) =>
    value === undefined
      ? "nothing"
      : typeof value === "string"
        ? value
        : value.length === 0
          ? "none"
          : value.join(", ");
  return [
    ...added.map((key) => `+ ${key}`),
    ...removed.map((key) => `- ${key}`),
    ...changed.map(({ key, field, before, after }) => `~ ${key}: ${field} ${shown(before)} → ${shown(after)}`),
  ];
}

/** outdatedLock is the error for a lock that must not change and would have to; its findings are the difference. */
export function outdatedLock(difference: LockDifference): ResolveError {
  const lines = formatDifference(difference);
  const more = lines.length > 3 ? ` and ${lines.length - 3} more` : "";
  return new ResolveError("LOCK_OUTDATED", `stax.lock is out of date: ${lines.slice(0, 3).join("; ")}${more}`, {
    hint: "run stax lock (or build with --update-lockfile) and commit stax.lock",
    diagnostics: lines.map(
      (message): Diagnostic => ({ code: "lock-outdated", severity: "error", path: lockFileName, message }),
    ),
    details: { difference },
  });
}
