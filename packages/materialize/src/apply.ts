import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Diagnostic } from "@stax/errors";
import { printable } from "@stax/errors";
import { type FileEntry, fileEntry } from "@stax/schema";
import { carryOut, openDirectory } from "./carry-out.ts";
import { MaterializeError } from "./error.ts";
import { Journal, removeDirectory } from "./journal.ts";
import { type Change, digestOfBytes, type Target } from "./outcome.ts";
import { checkPath } from "./path.ts";
import type { Plan } from "./plan.ts";
import { formatRecord, recordPath } from "./record.ts";
import { codeOf, type Root, reasonOf } from "./root.ts";

/** ApplyEvent tells how far an apply is. */
export interface ApplyEvent {
  readonly kind: "write" | "delete";
  readonly path: string;
  /** From 1. */
  readonly index: number;
  readonly total: number;
}

/** ApplyOptions: `signal` stops between two pieces of content, and what was done is undone. */
export interface ApplyOptions {
  /** Write the record of what stax wrote (`.stax/materialized.json`); on by default. */
  readonly record?: boolean;
  /** Keep what was replaced, so that {@link inverse} can bring it back. */
  readonly keep?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ApplyEvent) => void;
}

/** Applied is a plan that was carried out. */
export interface Applied {
  readonly plan: Plan;
  /** What was replaced or deleted, by path; undefined unless it was kept. */
  readonly kept: ReadonlyMap<string, FileEntry> | undefined;
}

/**
 * apply carries a plan out: the only code that writes. Every file is replaced at once, nothing outside the root is touched, and if
 * anything fails, or the disk is not as the plan found it, everything is put back. Throws ERR_STAX_PLAN_CONFLICT, ERR_STAX_ROOT_CHANGED.
 */
export async function apply(plan: Plan, root: Root, options: ApplyOptions = {}): Promise<Applied> {
  refuseConflicts(plan);
  const { changes, contents } = withRecord(plan, root, options.record ?? true);
  if (changes.length + plan.directories.removed.length + plan.directories.made.length === 0)
    return { plan, kept: new Map() };
  options.signal?.throwIfAborted();
  const token = randomBytes(8).toString("hex");
  const steps = changes.map(({ path, before, after }) => ({
    path: checkPath(path),
    before: before.kind,
    after: after.kind === "file" ? after.digest : undefined,
  }));
  const journal = Journal.begin(root, token, steps, plan.directories.made);
  try {
    for (const path of plan.directories.made) openDirectory(root, path);
    for (const [index, change] of changes.entries()) {
      // Small files are written synchronously: without a pause no signal would get through.
      if (index % 64 === 63) await setImmediate();
      options.signal?.throwIfAborted();
      options.onEvent?.({
        kind: change.after.kind === "file" ? "write" : "delete",
        path: change.path,
        index: index + 1,
        total: changes.length,
      });
      await carryOut(change, contents.get(change.path), root, journal, index, options.signal);
    }
    for (const path of plan.directories.removed) removeDirectory(root, path);
  } catch (cause) {
    journal.undo();
    throw explain(cause);
  } finally {
    root.release();
  }
  return { plan, kept: finish(journal, root, changes, token, options.keep ?? false) };
}

function refuseConflicts({ conflicts }: Plan): void {
  if (conflicts.length === 0) return;
  const diagnostics = conflicts.map(
    ({ path, message, key }): Diagnostic => ({
      code: "conflict",
      severity: "error",
      path,
      message,
      ...(key === undefined ? {} : { field: key }),
    }),
  );
  const [first] = conflicts;
  const more = conflicts.length === 1 ? "" : ` (and ${conflicts.length - 1} more)`;
  throw new MaterializeError("PLAN_CONFLICT", `${printable(first?.path ?? "")} ${first?.message}${more}`, {
    diagnostics,
    ...(conflicts.every(({ forceable }) => forceable)
      ? { hint: "move the files away, or overwrite them with --force" }
      : {}),
  });
}

// The record is written in the same breath as what it records: last, and undone with the rest.
function withRecord(plan: Plan, root: Root, record: boolean): Pick<Plan, "changes" | "contents"> {
  const deletions = plan.changes.filter(({ after }) => after.kind === "absent");
  const writes = plan.changes.filter(({ after }) => after.kind === "file");
  const changes = [...deletions, ...writes];
  if (!record) return { changes, contents: plan.contents };
  const entry = fileEntry(recordPath, formatRecord(plan.owned));
  const before = root.state(recordPath);
  if (before.kind === "other") throw new MaterializeError("ROOT_UNUSABLE", `${recordPath} is no regular file`);
  const after: Target =
    plan.owned.length === 0 ? { kind: "absent" } : { kind: "file", ...digestOfBytes(entry), executable: false };
  if (sameContent(before, after)) return { changes, contents: plan.contents };
  return {
    changes: [...changes, { path: recordPath, before, after, why: "updated" }],
    contents: new Map([...plan.contents, [recordPath, entry]]),
  };
}

const sameContent = (a: Target, b: Target): boolean =>
  a.kind === "file" && b.kind === "file" ? a.digest === b.digest : a.kind === b.kind;

function explain(cause: unknown): unknown {
  const code = codeOf(cause);
  if (code.startsWith("ERR_STAX_") || !/^E[A-Z]+$/.test(code)) return cause;
  return new MaterializeError("ROOT_UNUSABLE", `cannot write: ${reasonOf(cause)}; everything was put back`, { cause });
}

function finish(
  journal: Journal,
  root: Root,
  changes: readonly Change[],
  token: string,
  keep: boolean,
): ReadonlyMap<string, FileEntry> | undefined {
  journal.commit(keep ? `kept-${token}` : undefined);
  if (!keep) return undefined;
  return new Map(
    changes.flatMap(({ path, before }, index) =>
      before.kind === "file" ? [[path, keptEntry(root, `.stax/kept-${token}/${index}`, path, before)] as const] : [],
    ),
  );
}

function keptEntry(
  root: Root,
  kept: string,
  path: string,
  { size, executable, digest }: Extract<Target, { kind: "file" }>,
): FileEntry {
  return {
    path,
    size,
    executable,
    digest,
    *open() {
      const fd = fs.openSync(`${root.path}/${kept}`, "r");
      try {
        const buffer = Buffer.alloc(256 * 1024);
        for (let read = fs.readSync(fd, buffer); read > 0; read = fs.readSync(fd, buffer))
          yield buffer.subarray(0, read);
      } finally {
        fs.closeSync(fd);
      }
    },
  };
}

/** inverse is the plan that takes an apply back. It needs what was replaced: apply with `keep`. */
export function inverse({ plan, kept }: Applied): Plan {
  if (kept === undefined) throw new Error("what was replaced was not kept: apply with keep");
  const changes = plan.changes.map(
    ({ path, before, after }): Change => ({ path, before: after, after: before, why: "restored" }),
  );
  return {
    changes,
    unchanged: [],
    conflicts: [],
    stale: [],
    ownedBefore: plan.owned,
    owned: plan.ownedBefore,
    directories: { made: [...plan.directories.removed].reverse(), removed: [...plan.directories.made].reverse() },
    contents: kept,
  };
}
