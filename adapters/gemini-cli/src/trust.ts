import type { Feature, Part } from "@stax/materialize";

/** gated says of what a part writes into a project that it is inert until a person trusts the folder, and does what else is asked (decision R12). */
export const gated = <F extends Feature, O, Out>(
  what: string,
  part: Part<F, O, Out>,
  also: { readonly until: string; readonly hint: string } = { until: "", hint: "" },
): Part<F, O, Out> => ({
  ...part,
  write: function* (layers, context) {
    for (const piece of part.write(layers, context)) {
      if (context.scope === "project")
        context.note({
          code: "trust-gated",
          severity: "info",
          message: `Gemini CLI ignores the project's ${what} until you trust the folder${also.until}`,
          hint: `run gemini in the folder once and trust it${also.hint}`,
        });
      yield piece;
    }
  },
});
