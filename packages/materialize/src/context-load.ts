import type { Layers } from "@stax/schema";
import type { Budget } from "./adapter-contract.ts";
import type { Composed, ComposedFile, ComposedKeys } from "./compose.ts";
import { budgetUses, type Size } from "./notices.ts";
import type { Fragment, Rendering } from "./rendering.ts";

/** ContextLoad is what a runtime puts before every conversation, of what is written: whole texts, and the descriptions it chooses by. */
export interface ContextLoad {
  /** Of texts and descriptions together. */
  readonly bytes: number;
  /** About; four bytes of text are taken for one. */
  readonly tokens: number;
  /** Texts that are always there, largest first. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Skills and subagents, of which only name and description are always there. */
  readonly listed: { readonly count: number; readonly bytes: number };
  /** The runtime's limits that something written comes under, and by how much it is beyond them. */
  readonly limits: readonly LimitUse[];
}

/** LimitUse is a limit of a runtime and what comes up against it. */
export interface LimitUse extends Pick<Budget, "unit" | "limit" | "effect"> {
  /** The file; the pattern, where the limit is on all of its files together. */
  readonly path: string;
  readonly size: number;
  /** What is beyond the limit, 0 where nothing is. */
  readonly over: number;
}

/** contextLoad measures what one runtime always reads of what is written for it. File bodies stay closed but for limits in characters. */
export function contextLoad(layers: Layers, rendering: Rendering, composed: Composed): ContextLoad {
  const files = alwaysRead(rendering, composed);
  const listed = descriptionsOf(layers, rendering);
  const own = composed.files.filter(({ by }) => by.includes(rendering.adapter.name));
  const bytes = listed.bytes + files.reduce((sum, file) => sum + file.bytes, 0);
  return { bytes, tokens: Math.ceil(bytes / 4), files, listed, limits: limitsOf(rendering, own) };
}

function limitsOf({ adapter, scope }: Rendering, own: readonly (ComposedFile | ComposedKeys)[]): readonly LimitUse[] {
  return adapter.budgets
    .filter((budget) => budget.scope === undefined || budget.scope === scope)
    .flatMap((budget) =>
      telling(budgetUses(budget, own), budget.limit).map(({ path, size }) => ({
        path,
        size,
        unit: budget.unit,
        limit: budget.limit,
        effect: budget.effect,
        over: Math.max(0, size - budget.limit),
      })),
    );
}

// All that are beyond it, or else the one that comes nearest.
function telling(uses: readonly Size[], limit: number): readonly Size[] {
  const beyond = uses.filter(({ size }) => size > limit);
  if (beyond.length > 0) return beyond;
  return uses.length === 0 ? [] : [uses.reduce((a, b) => (b.size > a.size ? b : a))];
}

// What is not written because the runtime reads it elsewhere is read all the same.
function alwaysRead({ fragments, adapter }: Rendering, { files, spared }: Composed): ContextLoad["files"] {
  const sizes = new Map(files.map((file) => [file.path, file.kind === "file" ? file : undefined]));
  const elsewhere = new Map(
    spared.filter((one) => one.adapter === adapter.name).map(({ path, at }) => [path, at] as const),
  );
  const read = new Map<string, number>();
  const add = (path: string): void => {
    const file = sizes.get(path);
    if (file !== undefined) read.set(path, file.entry.size);
  };
  for (const fragment of fragments) {
    if (!isAlways(fragment)) continue;
    add(elsewhere.get(fragment.path) ?? fragment.path);
    const includes = fragment.kind === "section" ? fragment.includes : undefined;
    const file = sizes.get(fragment.path);
    if (includes !== undefined && file?.origins.includes(includes.path)) add(includes.path);
  }
  return [...read]
    .map(([path, bytes]) => ({ path, bytes }))
    .sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
}

const isAlways = (fragment: Fragment): boolean => fragment.kind !== "keys" && fragment.alwaysLoaded;

function descriptionsOf({ skills, subagents }: Layers, { fragments }: Rendering): ContextLoad["listed"] {
  const carried = new Set(
    fragments.flatMap(({ items }) =>
      items
        .filter(({ feature }) => feature === "skills" || feature === "subagents")
        .map(({ feature, item }) => `${feature}:${item}`),
    ),
  );
  const texts = [
    ...(skills?.skills ?? []).map(
      ({ name, header }) => [`skills:${name}`, name, String(header["description"] ?? "")] as const,
    ),
    ...Object.entries(subagents?.agents ?? {}).map(
      ([name, { description }]) => [`subagents:${name}`, name, description] as const,
    ),
  ].filter(([key]) => carried.has(key));
  const bytes = texts.reduce((sum, [, name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text), 0);
  return { count: texts.length, bytes };
}
