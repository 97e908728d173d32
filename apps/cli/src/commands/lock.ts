import { printable } from "@stax/errors";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import { graphFlags, resolvePackagesOf } from "../options/packages.ts";
import { plural } from "../table.ts";

const data = z.object({
  /** The file, absolute. */
  path: z.string(),
  packages: z.number(),
  /** Whether it was written; with --check never. */
  written: z.boolean(),
  upToDate: z.boolean(),
  /** With --check: what would change, one line each. */
  difference: z.array(z.string()),
});

/** lock writes stax.lock without building, or tells whether it is up to date. */
export const lock = defineCommand({
  positionals: {
    entry: { describe: "A definition or its directory; by default the one found here or in .stax/" },
  },
  flags: {
    check: {
      type: "boolean",
      describe: "Write nothing; exit 1 and show the difference where stax.lock is out of date",
    },
    ...graphFlags,
  },
  examples: [
    ["stax lock", "Resolve the packages of this definition and write stax.lock"],
    ["stax lock --check", "In CI: fail where the lock does not match"],
  ],
  data,
  async run({ entry, check, ...project }, context) {
    const workspace = await resolvePackagesOf(context, { entry, ...project });
    const { formatDifference, lockFileName, nodesOf } = await import("../lazy/lock-report.ts");
    const difference = workspace.difference();
    const written = check ? false : workspace.save();
    return {
      data: {
        path: `${workspace.workspaceRoot}/${lockFileName}`,
        packages: nodesOf(workspace.graph.roots).length,
        written,
        upToDate: difference.upToDate || written,
        difference: check ? [...formatDifference(difference)] : [],
      },
      diagnostics: workspace.diagnostics,
      found: check && !difference.upToDate,
    };
  },
  format: ({ path, packages, written, upToDate, difference }) =>
    [
      `${printable(path)}: ${plural(packages, "package")}, ${written ? "written" : upToDate ? "up to date" : "out of date"}`,
      ...difference.map((line) => `  ${printable(line)}`),
    ].join("\n"),
});
