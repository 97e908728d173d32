import { type Context, oneLine, type Part, rank, rootInstructions, type Section } from "@stax/materialize";
import type { Layers } from "@stax/schema";
import { layoutOf } from "./layout.ts";
import { ofOneUser } from "./mcp.ts";
import type { WindsurfOptions } from "./options.ts";

/** embeddedTree puts the scopes of the instruction tree into one document, under headings that say where they hold. */
export const embeddedTree: Part<"instructionTree", WindsurfOptions, Section> = {
  feature: "instructionTree",
  fidelity: "embedded",
  write: function* (layers, context) {
    yield* rootInstructions.write(layers, context);
    for (const [index, { scope, text, file }] of (layers.instructionTree?.instructions ?? []).entries()) {
      if (scope === "") continue;
      if (context.scope === "user") {
        context.item(scope).lose(undefined, "speaks of a directory of a project and has no place in user scope");
        continue;
      }
      context
        .item(scope)
        .lose(undefined, "is embedded in one document and read everywhere, not in its directory only", {
          fidelity: "embedded",
        });
      const out: Section = {
        id: `tree:${scope}`,
        rank: [rank.tree, index + 1],
        heading: `Instructions for \`${oneLine(scope)}/\``,
        headed: true,
        text,
        origin: `instruction-tree/${file.path}`,
      };
      yield { items: [scope], out };
    }
  },
};

/** reports says what the chosen layout has no file for; nothing is written by it. */
export const reports: Part<"surfaces", WindsurfOptions, Section> = {
  feature: "surfaces",
  fidelity: "embedded",
  write: (layers, context) => {
    if (layoutOf(context.options) === "devin") reportDevin(context);
    else reportWindsurf(layers, context);
    reportHints(context);
    return [];
  },
};

function reportDevin({ options, note }: Context<WindsurfOptions>): void {
  const idle = (["writeWorkflows", "legacyWindsurfrules"] as const).filter((name) => options[name]);
  for (const name of idle)
    note({
      code: "option-idle",
      severity: "warning",
      field: name,
      message: `${name} says nothing in the layout devin`,
      hint: 'add layout: "windsurf", or leave it out',
    });
}

function reportWindsurf({ mcp, skills }: Layers, { options, scope, note }: Context<WindsurfOptions>): void {
  const servers = Object.values(mcp?.servers ?? {}).some(({ enabled }) => enabled);
  if (servers && scope === "project")
    note({ ...ofOneUser("none is written in a project"), hint: "materialize with --scope user --home <dir>" });
  if ((skills?.skills.length ?? 0) > 0 && !options.writeWorkflows)
    note({
      code: "skills-without-place",
      severity: "warning",
      layer: "skills",
      message: "Windsurf before Devin Desktop had no skills: none is written",
      hint: "writeWorkflows: true translates them into workflows",
    });
  if (options.permissions !== undefined)
    note({
      code: "option-idle",
      severity: "warning",
      field: "permissions",
      message: "permissions are not written: Windsurf before Devin Desktop had no file for them",
    });
  if (layoutOf(options) === "single" && scope === "project")
    note({
      code: "deprecated-file",
      severity: "warning",
      path: ".windsurfrules",
      message: "is deprecated: Windsurf cuts it beyond 6,000 characters",
      hint: "leave legacyWindsurfrules out",
    });
}

function reportHints({ hints, note }: Context<WindsurfOptions>): void {
  const { isolation, capabilities = {} } = hints ?? {};
  const set = Object.entries({ isolation, ...capabilities }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (set.length > 0)
    note({
      code: "hint-ignored",
      severity: "info",
      message: `the files of Devin Desktop have no counterpart for the hints ${set.join(", ")}`,
    });
}
