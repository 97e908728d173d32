import { type Diagnostic, printable } from "@stax/errors";
import type { Owned } from "./owned.ts";
import type { Plan } from "./plan.ts";

/**
 * leftAdapterFindings names the adapters that `source` was materialized for earlier and now is not, where that replaces their files or
 * leaves them over: a second run for another runtime is easily meant to add to the first.
 */
export function leftAdapterFindings(
  { ownedBefore, changes, stale }: Plan,
  adapters: readonly string[],
  source: string,
): readonly Diagnostic[] {
  const files = ownedBefore.filter(({ claim }) => claim.kind !== "directory");
  const left = new Set(files.flatMap((entry) => adaptersOf(entry, source)).filter((name) => !adapters.includes(name)));
  const leftover = new Set(stale.map(({ path }) => path));
  const replaced = new Set(changes.filter(({ owned }) => owned !== undefined).map(({ path }) => path));
  return [...left].sort().flatMap((name): readonly Diagnostic[] => {
    const own = files.filter((entry) => adaptersOf(entry, source).includes(name)).map(({ path }) => path);
    const effects = [
      ...said(
        "is replaced",
        "are replaced",
        own.filter((path) => replaced.has(path)),
      ),
      ...said(
        "is no longer wanted",
        "are no longer wanted",
        own.filter((path) => leftover.has(path)),
      ),
    ];
    if (effects.length === 0) return [];
    return [
      {
        code: "adapter-left",
        severity: "warning",
        message: `was materialized for ${printable(name)} earlier and now is not: ${effects.join("; ")}`,
        hint: `to keep both, name them together: --adapter ${printable([name, ...adapters].join(","))}`,
      },
    ];
  });
}

const adaptersOf = ({ by }: Owned, source: string): readonly string[] =>
  by.filter((origin) => origin.source === source).map(({ adapter }) => adapter);

function said(one: string, several: string, [first, ...others]: readonly string[]): readonly string[] {
  if (first === undefined) return [];
  const path = printable(first);
  return [others.length === 0 ? `${path} ${one}` : `${path} and ${others.length} more ${several}`];
}
