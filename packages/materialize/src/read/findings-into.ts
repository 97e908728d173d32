import type { ParseContext } from "@stax/schema";
import type { ReadContext } from "../contract.ts";

/**
 * findingsInto passes on what a layer kind finds in what was read. `originOf` gives the runtime's file of a path in the layer. What the
 * format refuses is not carried, and left where it is.
 */
export const findingsInto = (
  context: ReadContext,
  originOf: (path: string) => string | undefined = (path) => path,
): ParseContext => ({
  report: ({ path, ...finding }) => {
    const origin = path === undefined ? undefined : (originOf(path) ?? path);
    if (finding.severity === "error" && origin !== undefined)
      context.left(origin, undefined, finding.message, finding.hint);
    else context.note({ ...finding, ...(origin !== undefined && { path: origin }) });
  },
});
