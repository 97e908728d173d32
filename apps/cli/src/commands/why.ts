import { printable } from "@stax/errors";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import { besidesFloating, graphFlags, meantRoots, resolvePackagesOf } from "../options/packages.ts";

const data = z.object({
  packages: z.array(
    z.object({
      key: z.string(),
      ref: z.string(),
      digest: z.string().optional(),
      pinned: z.literal(true).optional(),
      paths: z.array(
        z.object({ root: z.string(), steps: z.array(z.object({ key: z.string(), declared: z.string() })) }),
      ),
      truncated: z.boolean(),
    }),
  ),
});

/** why shows the ways on which a definition comes to a package. */
export const why = defineCommand({
  positionals: {
    package: { describe: "A package: its reference, its repository, or the last part of that", required: true },
    entry: { describe: "A definition or its directory; by default the one found here or in .stax/" },
  },
  flags: graphFlags,
  examples: [["stax why org-standards", "Who brings this package in"]],
  data,
  async run({ package: name, entry, ...project }, context) {
    const workspace = await resolvePackagesOf(context, { entry, ...project });
    const resolver = await import("../lazy/graph-report.ts");
    const packages = resolver.why(meantRoots(workspace), name).map((found) => ({
      ...found,
      paths: found.paths.map(({ root, steps }) => ({ root, steps: steps.map((step) => ({ ...step })) })),
    }));
    return { data: { packages }, diagnostics: besidesFloating(workspace.diagnostics) };
  },
  format: ({ packages }) =>
    packages
      .map(({ key, digest, paths, truncated }) =>
        [
          `${printable(key)}${digest === undefined ? "" : `  ${digest}`}`,
          ...paths.map(({ root, steps }) => `  ${[root, ...steps.map((step) => step.key)].map(printable).join(" → ")}`),
          ...(truncated ? ["  … and more ways"] : []),
        ].join("\n"),
      )
      .join("\n"),
});
