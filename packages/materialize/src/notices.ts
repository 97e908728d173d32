import type { Diagnostic } from "@stax/errors";
import type { Adapter, Budget, NoticeRule } from "./adapter-contract.ts";
import type { ComposedFile, ComposedKeys } from "./compose.ts";
import type { JsonObject } from "./contract.ts";
import { matchesClaim, parentOf } from "./path.ts";
import type { Rendering } from "./rendering.ts";
import type { Disk } from "./root.ts";

type Files = readonly (ComposedFile | ComposedKeys)[];

/** runtimeNotices says what a person must know about the files that are written: trust that is still to be given, limits that are exceeded. */
export function runtimeNotices(files: Files, renderings: readonly Rendering[]): readonly Diagnostic[] {
  return renderings.flatMap(({ adapter, scope }) => {
    const own = files.filter(({ by }) => by.includes(adapter.name));
    const rules = adapter.notices.filter((rule) => rule.scope === undefined || rule.scope === scope);
    return [
      ...rules.flatMap((rule) => own.filter((file) => applies(rule, file)).map((file) => noticeOf(rule, file.path))),
      ...adapter.budgets
        .filter((budget) => budget.scope === undefined || budget.scope === scope)
        .flatMap((budget) => budgetFindings(budget, own, adapter)),
    ];
  });
}

const noticeOf = ({ code, message, hint }: NoticeRule, path: string): Diagnostic => ({
  code,
  severity: "info",
  path,
  message,
  ...(hint === undefined ? {} : { hint }),
});

function applies({ paths, key }: NoticeRule, file: ComposedFile | ComposedKeys): boolean {
  if (!matchesClaim(paths, file.path)) return false;
  return key === undefined || (file.kind === "keys" && hasKey(file.value, key.split(".")));
}

function hasKey(value: JsonObject, [first, ...rest]: readonly string[]): boolean {
  const inner = first !== undefined && Object.hasOwn(value, first) ? value[first] : undefined;
  if (inner === undefined) return false;
  if (rest.length === 0) return true;
  return typeof inner === "object" && inner !== null && !Array.isArray(inner) && hasKey(inner as JsonObject, rest); // neither null nor a list
}

function budgetFindings(budget: Budget, files: Files, adapter: Pick<Adapter, "displayName">): readonly Diagnostic[] {
  return budgetUses(budget, files)
    .filter(({ size }) => size > budget.limit)
    .map(({ path, size }) => ({
      code: "budget-exceeded",
      severity: "warning",
      path,
      message: `${budget.chain ? "makes up, with those above it," : "holds"} ${size} ${budget.unit}; ${adapter.displayName} ${budget.effect} beyond ${budget.limit}`,
    }));
}

/** budgetUses measures what comes under a limit: each file, each with those above it, or all together. */
export function budgetUses(budget: Budget, files: Files): readonly Size[] {
  const sizes = files
    .filter((file) => file.kind === "file" && matchesClaim(budget.paths, file.path))
    .map((file) => ({ path: file.path, size: file.kind === "file" ? measure(file, budget.unit) : 0 }));
  return sizes.length === 0 ? [] : checkedSizes(budget, sizes);
}

/** Size is a file, or a pattern of files together, and how much is in it. */
export interface Size {
  readonly path: string;
  readonly size: number;
}

function checkedSizes({ total, chain, paths }: Budget, sizes: readonly Size[]): readonly Size[] {
  const sum = (some: readonly Size[]) => some.reduce((all, { size }) => all + size, 0);
  if (total) return [{ path: paths, size: sum(sizes) }];
  if (!chain) return sizes;
  const isAbove = (path: string, below: string) =>
    `${parentOf(below)}/`.startsWith(parentOf(path) === "" ? "" : `${parentOf(path)}/`);
  return sizes.map(({ path }) => ({ path, size: sum(sizes.filter((other) => isAbove(other.path, path))) }));
}

// Bytes are known without opening a file. Characters and lines are counted only of what is in memory: bytes are an upper bound of both.
function measure({ entry }: ComposedFile, unit: Budget["unit"]): number {
  if (unit === "bytes") return entry.size;
  const content = entry.open();
  if (!(Symbol.iterator in content)) return entry.size;
  const text = new TextDecoder().decode(Buffer.concat([...content].map((piece) => piece.slice())));
  return unit === "lines" ? text.split("\n").length : text.length;
}

/** besideFindings names files of the user's in the root that a runtime reads beside what is written. */
export function besideFindings(files: Files, renderings: readonly Rendering[], disk: Disk): readonly Diagnostic[] {
  const written = new Set(files.map(({ path }) => path));
  const findings = renderings.flatMap(({ adapter, scope }) =>
    adapter.alsoReads
      .filter(
        (beside) => beside.scope === scope && !written.has(beside.path) && disk.state(beside.path).kind === "file",
      )
      .map(
        ({ path, message }): Diagnostic => ({
          code: "beside-existing",
          severity: "warning",
          path,
          message: `exists: ${message}`,
        }),
      ),
  );
  disk.release();
  return findings;
}
