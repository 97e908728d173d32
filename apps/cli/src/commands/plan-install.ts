import { noDisk, openForReading, readRecord } from "@stax/materialize";
import { defineCommand } from "../command.ts";
import { commandFindings } from "../find-commands.ts";
import { targetPositional } from "../options/artifact.ts";
import { renderFlags, renderTarget } from "../options/render.ts";
import { formatSummary, summaryOf, summarySchema } from "../options/summary.ts";
import { absolute } from "../target.ts";

/** planInstall says what an install would do: for which runtime, with what fidelity, which files, and what is lost. */
export const planInstall = defineCommand({
  positionals: { target: targetPositional },
  flags: {
    out: {
      type: "string",
      value: "<dir>",
      describe: "Compare with what is in this directory; without it, with an empty one",
    },
    ...renderFlags,
  },
  examples: [
    ["stax plan-install backend-engineer", "For the runtime that the agent is made for"],
    ["stax plan-install oci-archive:agent.tar --consumer generic --json", "For another runtime, as data"],
  ],
  data: summarySchema,
  async run({ target, out, ...given }, context) {
    const rendered = await renderTarget(target, given, context);
    const { risk } = rendered.materialization;
    const source = rendered.artifact.config.name;
    const disk = out === undefined ? noDisk : openForReading(absolute(out, context));
    const made = await rendered.plan(readRecord(disk), disk, { source, signal: context.signal });
    const missing = await commandFindings(risk.commands, context.env);
    return {
      data: summaryOf(rendered, made.plan),
      diagnostics: [...rendered.diagnostics, ...made.diagnostics, ...missing],
    };
  },
  format: formatSummary,
});
