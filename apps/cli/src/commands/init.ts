import { basename, relative } from "node:path";
import { type ScaffoldOptions, scaffold, scaffoldTemplates } from "@stax/build";
import * as z from "zod";
import { loadAdapters } from "../adapters.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { CliError } from "../error.ts";
import { importReport } from "../import-report.ts";
import { absolute } from "../target.ts";

const kinds = ["agent", "package", "profile"] as const;
const formats = ["ts", "yaml", "json"] as const;
const data = z.object({
  directory: z.string(),
  kind: z.enum(kinds),
  name: z.string(),
  files: z.array(z.string()),
  /** With --from: what was read. */
  runtimes: z.array(z.string()).optional(),
  read: z.array(z.object({ path: z.string(), outcome: z.enum(["carried", "translated", "left"]) })).optional(),
});

/** init writes a project that validates and builds as it is. */
export const init = defineCommand({
  positionals: { dir: { describe: "Where to (default: here)" } },
  flags: {
    agent: { type: "boolean", describe: "An agent (the default)", conflicts: ["package", "profile"] },
    package: {
      type: "boolean",
      describe: "A package of rules, skills and servers that agents share",
      conflicts: ["profile"],
    },
    profile: { type: "boolean", describe: "A profile: portable configuration of a runtime" },
    name: { type: "string", value: "<name>", describe: "Its name (default: made of the directory's)" },
    adapter: {
      type: "string",
      value: "<name>",
      describe: "The runtime of the agent, see stax adapters (default: claude-code)",
    },
    template: {
      type: "string",
      choices: scaffoldTemplates,
      describe: "With an example of each common layer, or only what is needed",
    },
    format: {
      type: "string",
      choices: formats,
      describe: "The language of the definition; yaml and json run no code (default: ts)",
    },
    from: {
      type: "string",
      value: "<runtime>|auto",
      describe:
        "Make the agent of what a runtime reads in the working directory (auto: of every runtime used there), or a package of a plugin or skills",
      conflicts: ["package", "profile", "template"],
    },
    yes: { type: "boolean", describe: "Ask nothing; take the defaults" },
  },
  examples: [
    ["stax init my-agent", "An agent in ./my-agent"],
    ["stax init --from auto", "An agent in .stax/<name>, of the CLAUDE.md, .cursor, .codex… of this repository"],
    ["stax init --package --name house-rules --format yaml", "A package here, defined in YAML"],
  ],
  data,
  async run(args, context) {
    if (args.from !== undefined) {
      const { importProject } = await import("../import-project.ts");
      if (args.adapter !== undefined) await assertAdapter(args.adapter, context);
      const { diagnostics, ...imported } = await importProject({ ...args, from: args.from }, context);
      const { files, runtimes, read } = imported;
      return {
        data: { ...imported, files: [...files], runtimes: [...runtimes], read: [...read] },
        diagnostics,
      };
    }
    const directory = absolute(args.dir ?? ".", context);
    const given = { ...args, kind: kinds.find((name) => args[name]) };
    const { kind = "agent", ...options } = await complete(given, directory, context);
    if (kind === "agent" && options.adapter !== undefined) await assertAdapter(options.adapter, context);
    const { name, files } = scaffold({ ...options, directory, kind });
    return { data: { directory, kind, name, files: [...files], runtimes: undefined, read: undefined } };
  },
  format: ({ directory, kind, name, files, runtimes, read }, { cwd }) =>
    runtimes !== undefined && read !== undefined
      ? importReport({ directory, kind: kind === "package" ? kind : "agent", name, files, runtimes, read }, cwd)
      : [
          `${kind} ${name} in ${directory}`,
          ...files.map((file) => `  ${file}`),
          `next: ${directory === cwd ? "" : `cd ${relative(cwd, directory)} && `}stax build`,
          ...(kind === "agent" ? ["then: stax materialize . --out <project> writes what the runtime reads"] : []),
        ].join("\n"),
});

type Choices = {
  readonly [Key in "kind" | "name" | "adapter" | "template" | "format"]: ScaffoldOptions[Key] | undefined;
};

/** A person at a terminal is asked for what the flags leave open. */
async function complete(given: Choices & { yes: boolean }, directory: string, context: Context): Promise<Choices> {
  const { kind, name, adapter, template, format } = given;
  const choices: Choices = { kind, name, adapter, template, format };
  if (!context.interactive || given.yes) return choices;
  const asked = kind ?? (await askFor("What is it?", kinds, "agent", context));
  return {
    kind: asked,
    name: name ?? (await context.ask("Its name?", nameOf(directory))),
    adapter: asked !== "agent" ? undefined : (adapter ?? (await context.ask("For which runtime?", "claude-code"))),
    template,
    format: format ?? (await askFor("The definition's language?", formats, "ts", context)),
  };
}

async function askFor<T extends string>(
  question: string,
  choices: readonly T[],
  fallback: T,
  context: Context,
): Promise<T> {
  const answer = await context.ask(`${question} ${choices.join("/")}`, fallback);
  return choices.find((choice) => choice === answer) ?? (await askFor(question, choices, fallback, context));
}

const nameOf = (directory: string): string =>
  basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "") || "agent";

async function assertAdapter(name: string, { config, cwd }: Context): Promise<void> {
  const adapters = await loadAdapters(config.settings.adapterModules ?? [], cwd);
  if (adapters.some((adapter) => adapter.name === name)) return;
  throw new CliError("ADAPTER_UNKNOWN", `there is no adapter "${name}"`, {
    category: "usage",
    hint: `there are ${adapters.map((adapter) => adapter.name).join(", ")}`,
  });
}
