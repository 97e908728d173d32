import { printable } from "@stax/errors";
import * as z from "zod";
import { defineCommand } from "../command.ts";
import { besidesFloating, graphFlags, packageSources, resolvePackagesOf } from "../options/packages.ts";
import { table } from "../table.ts";

const data = z.object({
  packages: z.array(
    z.object({
      package: z.string(),
      key: z.string(),
      current: z.string(),
      wanted: z.string(),
      latest: z.string(),
      requested: z.array(z.object({ by: z.string(), declared: z.string() })),
    }),
  ),
  /** Tags that lead elsewhere than the lock says: an attack or an accident. */
  moved: z.array(z.object({ key: z.string(), locked: z.string(), current: z.string().optional() })),
});

/** outdated compares the packages of a definition with the versions that their repositories have. */
export const outdated = defineCommand({
  positionals: {
    entry: { describe: "A definition or its directory; by default the one found here or in .stax/" },
  },
  flags: {
    "exit-code": { type: "boolean", describe: "Exit 1 where there is anything newer, or a tag that moved" },
    ...graphFlags,
  },
  examples: [
    ["stax outdated", "What is newer than what stax.lock holds"],
    ["stax outdated --exit-code --json", "For a bot"],
  ],
  data,
  async run({ entry, exitCode, ...project }, context) {
    const { graph, diagnostics } = await resolvePackagesOf(context, { entry, ...project }, { checkTags: true });
    const resolver = await import("../lazy/outdated.ts");
    const { open, mirrors } = packageSources(context);
    if (open === undefined) throw new Error("packages always have a source");
    const found = await resolver.outdated(graph, { open, mirrors, signal: context.signal });
    const packages = found.map((entry) => ({ ...entry, requested: entry.requested.map((by) => ({ ...by })) }));
    const moved = graph.moved.map((tag) => ({ ...tag }));
    return {
      data: { packages, moved },
      diagnostics: besidesFloating(diagnostics),
      found: exitCode && packages.length + moved.length > 0,
    };
  },
  format: ({ packages, moved }) =>
    [
      ...(packages.length === 0 && moved.length === 0 ? ["everything is up to date"] : []),
      packages.length === 0
        ? ""
        : table(
            ["PACKAGE", "CURRENT", "WANTED", "LATEST", "ASKED FOR BY"],
            packages.map((entry) => [
              entry.package,
              entry.current,
              entry.wanted,
              entry.latest,
              [...new Set(entry.requested.map(({ by }) => by))].join(", "),
            ]),
          ),
      ...moved.map(({ key, locked, current }) => `${printable(key)} moved: ${locked} → ${current ?? "gone"}`),
    ]
      .filter((line) => line !== "")
      .join("\n"),
});
