import { defineCommand } from "../command.ts";
import { projectFlags, projectOptions } from "../options/project.ts";
import { plural } from "../table.ts";

/** validate reports every error of a definition and of what it names at once; it writes nothing. */
export const validate = defineCommand({
  positionals: {
    entry: {
      describe: "A definition (agent.ts, package.yaml, …) or its directory; by default the one found here or in .stax/",
    },
  },
  flags: projectFlags,
  examples: [
    ["stax validate", "Check the agent or package of this directory"],
    ["stax validate --all --strict", "Check everything in the workspace; warnings fail, too"],
    ["stax validate agent.ts --json", "Findings with file, line, column, field and code"],
  ],
  details:
    "A .ts or .js definition is code and runs to be read: in a child process that may read the workspace and nothing more, with an empty environment. agent.json and agent.yaml run nothing.",
  data: async () => (await import("../data/validate.ts")).data,
  async run(args, context) {
    const options = await projectOptions(context, args);
    const { validateProject } = await import("../lazy/validate-project.ts");
    const { projects, diagnostics } = await validateProject(options);
    return {
      data: { projects: projects.map((project) => ({ ...project, personas: [...project.personas] })) },
      diagnostics,
    };
  },
  format: ({ projects }) =>
    projects
      .map(({ path, kind, name, version, personas }) => {
        const with_ = personas.length === 0 ? "" : ` (${plural(personas.length, "persona")}: ${personas.join(", ")})`;
        return `${path}: ${kind} ${name} ${version} is valid${with_}`;
      })
      .join("\n"),
});
