import { apply, besideFindings, openForReading, Root, readRecord, recover } from "@stax/materialize";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import { targetPositional } from "../options/artifact.ts";
import type { Planned } from "../options/profile.ts";
import { type Rendered, renderFlags, renderTarget } from "../options/render.ts";
import { formatSummary, summaryOf, summarySchema } from "../options/summary.ts";
import { plural } from "../table.ts";
import { absolute } from "../target.ts";

const data = summarySchema.extend({
  out: z.string(),
  /** Nothing was written: --plan or --check. */
  planned: z.boolean(),
});

/** materialize writes what a runtime reads, and nothing else: what people wrote stays, and half a job is undone. */
export const materialize = defineCommand({
  positionals: { target: targetPositional },
  flags: {
    out: { type: "string", value: "<dir>", describe: "Where to; required, but for --scope user" },
    home: {
      type: "string",
      value: "<dir>",
      describe: "With --scope user: the home directory to write below, never yours by itself",
    },
    ...renderFlags,
    plan: { type: "boolean", describe: "Say what would be written, and write nothing" },
    check: {
      type: "boolean",
      describe: "End with code 1 where the directory is not as it would be written; write nothing",
    },
    prune: { type: "boolean", describe: "Delete what an earlier run wrote and this one does not" },
    force: { type: "boolean", describe: "Overwrite files that stax did not write, or that were edited since" },
  },
  examples: [
    ["stax materialize backend-engineer --out .", "For the runtime that the agent is made for, into this project"],
    [
      "stax materialize oci-archive:agent.tar --out ./out --adapter claude-code --plan",
      "What would be written, from an archive",
    ],
    ["stax materialize . --out ../app --check", "In CI: is what is committed there up to date?"],
    ["stax materialize . --scope user --home /home/ann", "For every project of one user"],
  ],
  data,
  async run({ target, out, home, plan: onlyPlan, check, prune, force, ...given }, context) {
    const directory = outputRoot({ out, home, scope: given.scope }, context);
    const rendered = await renderTarget(target, given, context);
    const { composed, renderings } = rendered.materialization;
    const diagnostics = [
      ...rendered.diagnostics,
      ...besideFindings(composed.files, renderings, openForReading(directory)),
    ];
    context.gate(diagnostics, "materialize");
    const planned = onlyPlan || check;
    const source = rendered.artifact.config.name;
    const { plan: made, diagnostics: found } = planned
      ? await planOnly(directory, rendered, { prune, force, source }, context)
      : await planAndApply(directory, rendered, { prune, force, source }, context);
    const differs = made.changes.length > 0 || made.conflicts.length > 0 || made.stale.length > 0;
    return {
      data: { ...summaryOf(rendered, made), out: directory, planned },
      diagnostics: [...diagnostics, ...found],
      found: check && differs,
    };
  },
  format: (found) => {
    const count = (action: string): number => found.writes.filter((write) => write.action === action).length;
    const leftover = found.stale.length === 0 ? "" : `, ${found.stale.length} no longer wanted`;
    const counts = `${plural(count("create"), "file")} new, ${count("update")} updated, ${count("delete")} deleted, ${count("unchanged")} unchanged${leftover}`;
    return `${formatSummary(found)}\n\n${found.planned ? "would be: " : ""}${counts} in ${found.out}`;
  },
});

interface Roots {
  readonly out: string | undefined;
  readonly home: string | undefined;
  readonly scope: "project" | "user" | undefined;
}

/** A home directory is written to only where it was named (decision B13). */
function outputRoot({ out, home, scope }: Roots, context: Context): string {
  const fail = (flaw: string, hint: string): CliError => new CliError("FLAG_VALUE", flaw, { hint });
  if (home !== undefined && scope !== "user")
    throw fail("--home goes with --scope user", "leave it out, or add --scope user");
  if (home !== undefined && out !== undefined)
    throw fail("--home and --out name two roots", "with --scope user, --home is where files go");
  const root = home ?? out;
  if (root !== undefined) return absolute(root, context);
  throw scope === "user"
    ? fail("stax materialize --scope user needs --home <dir>", "name the home directory to write below")
    : fail("stax materialize needs --out <dir>", "name the directory to write to; . is this one");
}

interface Wishes {
  readonly prune: boolean;
  readonly force: boolean;
  readonly source: string;
}

async function planOnly(directory: string, rendered: Rendered, wishes: Wishes, { signal }: Context): Promise<Planned> {
  const disk = openForReading(directory);
  return await rendered.plan(readRecord(disk), disk, { ...wishes, signal });
}

async function planAndApply(directory: string, rendered: Rendered, wishes: Wishes, context: Context): Promise<Planned> {
  const { signal, progress } = context;
  const root = Root.at(directory);
  recover(root);
  const made = await rendered.plan(readRecord(root), root, { ...wishes, signal });
  context.gate(made.diagnostics, "materialize");
  await apply(made.plan, root, {
    signal,
    onEvent: ({ kind, path, index, total }) => progress({ message: `${kind} ${path}`, done: index, total }),
  });
  return made;
}
