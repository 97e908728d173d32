import type { BuildEvent } from "@stax/build";
import { printable } from "@stax/errors";
import { defineCommand } from "../command.ts";
import { lockFlags, lockModeOf, packageSources } from "../options/packages.ts";
import { projectFlags, projectOptions } from "../options/project.ts";
import type { ProgressEvent } from "../reporter/index.ts";
import { bytes, plural } from "../table.ts";
import { absolute } from "../target.ts";

/** build makes artifacts of definitions and stores them in a layout; the same sources give the same digests. */
export const build = defineCommand({
  positionals: {
    entry: {
      describe: "A definition (agent.ts, package.yaml, …) or its directory; by default the one found here or in .stax/",
    },
  },
  flags: {
    persona: {
      type: "string",
      value: "<name>",
      describe: "Build with this persona; its name is added to the tag",
      conflicts: ["all-personas"],
    },
    "all-personas": { type: "boolean", describe: "Build one artifact per persona" },
    index: { type: "boolean", describe: "With --all-personas: also an index over them, tagged <version>-personas" },
    tag: { type: "string", value: "<tag>", describe: "Another tag than the version" },
    out: {
      type: "string",
      value: "<dir>",
      describe: "The layout to build into (default: .stax/artifacts of the workspace)",
    },
    bundle: {
      type: "boolean",
      describe:
        "Merge packages now instead of where the artifact is used: it travels alone, and updates of packages do not reach it",
    },
    created: {
      type: "string",
      value: "<time>",
      describe: "The creation time that the manifest says: RFC 3339, or now (default: SOURCE_DATE_EPOCH, else 1970)",
    },
    ...lockFlags,
    ...projectFlags,
  },
  examples: [
    ["stax build", "Build the agent or package of this directory"],
    ["stax build --all-personas --index", "One artifact per persona, and an index to choose from"],
    ["stax build --bundle", "One artifact that needs no packages where it is used"],
    ["stax build agent.ts --out ./layout --tag edge", "Into a layout of your own, under another tag"],
  ],
  details: "Artifacts go to .stax/artifacts, an OCI image layout that skopeo, oras and umoci can read.",
  data: async () => (await import("../data/build.ts")).data,
  async run(
    { persona, allPersonas, index, tag, out, bundle, created, frozenLockfile, updateLockfile, ...project },
    context,
  ) {
    const options = await projectOptions(context, project);
    const { buildProject } = await import("../lazy/build-project.ts");
    const built = await buildProject({
      ...options,
      ...packageSources(context),
      lockMode: lockModeOf({ frozenLockfile, updateLockfile }, context),
      persona,
      allPersonas,
      index,
      tag,
      out: out === undefined ? undefined : absolute(out, context),
      bundle,
      created,
      strict: context.strict,
      onEvent: (event) => context.progress(describe(event)),
    });
    const { artifacts, layout, diagnostics } = built;
    return {
      data: {
        artifacts: artifacts.map((artifact) => ({
          ...artifact,
          layers: [...artifact.layers],
          bundled: [...(artifact.bundled ?? [])],
        })),
        layout,
        indexes: built.indexes.map((index) => ({ ...index })),
      },
      diagnostics,
    };
  },
  format: ({ artifacts, indexes, layout }) =>
    [
      ...artifacts.map(({ reference, digest, layers, bundled }) => {
        const size = layers.reduce((sum, { size: of }) => sum + of, 0);
        const merged = bundled.length === 0 ? "" : `, ${plural(bundled.length, "package")} merged in`;
        return `${reference}@${digest}  ${plural(layers.length, "layer")}, ${bytes(size)}${merged}`;
      }),
      ...indexes.map(
        ({ reference, digest, personas }) => `${reference}@${digest}  index of ${plural(personas, "artifact")}`,
      ),
      `in ${printable(layout)}`,
    ].join("\n"),
});

function describe(event: BuildEvent): ProgressEvent {
  if (event.type === "artifact") return { message: `built ${event.reference}@${event.digest}` };
  return { message: `${event.cached ? "kept" : "packed"} ${event.layer} of ${event.project}, ${bytes(event.size)}` };
}
