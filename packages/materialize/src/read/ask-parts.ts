import type { Found } from "../contract.ts";
import type { AnyPart } from "./claims.ts";
import type { Recovery } from "./recovery.ts";

/** askParts asks the parts of an output, last to first, each for what the one before left. The result is what nobody took. */
export async function askParts<Out>(
  parts: readonly AnyPart<Out>[],
  found: readonly Found<Out>[],
  recovery: Recovery,
): Promise<readonly Found<Out>[]> {
  let rest = found;
  for (const { read } of [...parts].reverse()) {
    if (read === undefined || rest.length === 0) continue;
    const { rest: left = [], ...recovered } = await read(rest, recovery.context);
    recovery.take(recovered, rest.length === 1 ? rest[0]?.path : undefined);
    rest = left;
  }
  return rest;
}
