import {
  allSurfaceSections,
  config,
  defineAdapter,
  document,
  files,
  knowledgePointer,
  knowledgeTree,
  nestedInstructions,
  personaSection,
  promptSection,
  rootInstructions,
  ruleSections,
  skillTrees,
} from "@stax/materialize";
import { agentFiles } from "./agents.ts";
import { imports } from "./imports.ts";
import { servers } from "./mcp.ts";
import { geminiCliOptions } from "./options.ts";
import { documentNames, readers, withoutNames } from "./read.ts";
import { runtimeFiles } from "./runtime-files.ts";
import { capabilities, model, modelParams, passedThrough, sandbox } from "./settings.ts";
import { gated } from "./trust.ts";

const noPlace = "has no field for it in SKILL.md";

/** adapter is the file contract of Gemini CLI, as of 0.61.0. */
export const adapter = defineAdapter({
  name: "gemini-cli",
  aliases: ["gemini"],
  displayName: "Gemini CLI",
  adapterVersion: "1.0.0",
  runtimeVersionRange: ">=0.61 <1",
  options: geminiCliOptions,
  outputs: [
    document(
      { project: "GEMINI.md", user: ".gemini/GEMINI.md" },
      [
        allSurfaceSections,
        promptSection,
        personaSection,
        ruleSections(),
        rootInstructions,
        nestedInstructions("GEMINI.md"),
        knowledgePointer,
        imports,
      ],
      {
        when: "writeInstructions",
        nested: "**/GEMINI.md",
        // Gemini CLI reads no AGENTS.md of itself, and imports it where GEMINI.md says so (decision R11).
        includes: { file: "AGENTS.md", directive: "@AGENTS.md" },
        shares: true,
        description: "root instructions with all rules, and one GEMINI.md in each directory of the instruction tree",
      },
    ),
    files(
      ".agents/skills/**",
      gated("skills", skillTrees(".agents/skills", { hooks: true, ignored: { priority: noPlace, tags: noPlace } })),
      { when: "writeSkills", description: "skills, as authored" },
    ),
    files(
      ".gemini/agents/*.md",
      gated("subagents", agentFiles, {
        until: ", and each of them until you approve it as it is",
        hint: ", then approve the agents that it finds",
      }),
      { description: "subagents" },
    ),
    config("json", ".gemini/settings.json", [servers], {
      when: "writeMcp",
      description: "MCP servers",
    }),
    config("json", ".gemini/settings.json", [passedThrough, model, sandbox], {
      when: "writeConfig",
      description: "model, its parameters, sandbox and settings of the artifact",
    }),
    files(".agents/knowledge/**", knowledgeTree, { description: "knowledge, in one place for every runtime" }),
  ],
  unsupported: {
    memory: "Gemini CLI keeps its memories itself, outside the files that an artifact may own",
    secrets: "secrets stay in the environment; servers refer to them as ${NAME}",
  },
  modelParams,
  capabilities,
  notices: [
    {
      paths: ".gemini/settings.json",
      scope: "project",
      code: "trust-gated",
      message: "Gemini CLI ignores these settings until you trust the folder",
      hint: "run gemini in the folder once and trust it",
    },
    {
      paths: ".agents/knowledge/**",
      scope: "user",
      code: "trust-gated",
      message: "Gemini CLI reads no file outside the folder it works in until a session includes the directory",
      hint: "start it with --include-directories ~/.agents/knowledge, or set context.includeDirectories in your settings",
    },
  ],
  runtimeFiles,
  import: {
    signs: ["GEMINI.md", "**/GEMINI.md", ".gemini/**"],
    directories: [".gemini"],
    readers,
    standIns: (options) =>
      documentNames(options).map((name) => ({
        file: { project: name, user: `.gemini/${name}` },
        where: "beside" as const,
      })),
    settle: withoutNames,
  },
});

/** geminiCli compiles options for Gemini CLI: `adapter: geminiCli({ model: "gemini-3-pro" })`. */
export const geminiCli = adapter.configure;
