import {
  allSurfaceSections,
  commonModelParams,
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
} from "@stax/materialize";
import { agentFiles } from "./agents.ts";
import { servers } from "./mcp.ts";
import { type CursorOptions, cursorOptions } from "./options.ts";
import { optionsFor, readers } from "./read.ts";
import { legacyRules, ruleFiles } from "./rules.ts";
import { runtimeFiles } from "./runtime-files.ts";
import { skillFiles } from "./skills.ts";

/** adapter is the file contract of Cursor, as its agent loader of @cursor/sdk 1.0.32 has it. */
export const adapter = defineAdapter({
  name: "cursor",
  displayName: "Cursor",
  adapterVersion: "1.0.0",
  runtimeVersionRange: ">=1.0",
  options: cursorOptions,
  outputs: [
    document(
      { project: "AGENTS.md" },
      [
        allSurfaceSections,
        promptSection,
        personaSection,
        rootInstructions,
        nestedInstructions("AGENTS.md"),
        knowledgePointer,
      ],
      {
        when: "writeInstructions",
        nested: "**/AGENTS.md",
        description: "root instructions, and one AGENTS.md in each directory of the instruction tree",
      },
    ),
    files(
      ({ legacyCursorrules }: CursorOptions) => (legacyCursorrules ? {} : { project: ".cursor/rules/*.mdc" }),
      ruleFiles,
      {
        when: "writeRules",
        alwaysLoaded: ({ rules }) =>
          new Set((rules?.rules ?? []).filter(({ scope }) => scope === "always").map(({ id }) => id)),
        description: "rules: always, by file, by description, by hand",
      },
    ),
    document(
      ({ legacyCursorrules }: CursorOptions) => (legacyCursorrules ? { project: ".cursorrules" } : {}),
      [legacyRules],
      {
        when: "writeRules",
        description: "all rules in one file, with legacyCursorrules",
      },
    ),
    files(".cursor/skills/**", skillFiles, {
      when: "writeSkills",
      alsoAt: [".agents/skills/**"],
      description: "skills, as authored",
    }),
    files(".cursor/agents/*.md", agentFiles, { description: "subagents" }),
    config("json", ".cursor/mcp.json", [servers], { when: "writeMcp", description: "MCP servers" }),
    files({ project: ".agents/knowledge/**" }, knowledgeTree, {
      description: "knowledge, in one place for every runtime",
    }),
  ],
  unsupported: {
    memory: "Cursor keeps its memories in the app, not in files",
    secrets: "secrets stay in the environment; servers refer to them as ${env:NAME}",
    toolPermissions: "Cursor's permissions are set in the app, or in files that are a person's own",
    modelConfig: "the model is chosen in the app; a subagent names its own",
  },
  modelParams: commonModelParams,
  budgets: [
    {
      paths: ".cursor/rules/*.mdc",
      unit: "lines",
      limit: 500,
      effect: "advises to split a rule",
    },
  ],
  notices: [
    {
      paths: ".cursor/mcp.json",
      scope: "project",
      code: "trust-gated",
      message: "Cursor starts the servers of a project only after you approve them",
      hint: "open the project in Cursor once and approve them",
    },
  ],
  runtimeFiles,
  import: {
    signs: [".cursor/**", ".cursorrules", ".cursorignore", ".cursorindexingignore"],
    directories: [".cursor"],
    layouts: [{ legacyCursorrules: true }],
    optionsFor,
    readers,
  },
  alsoReads: [
    { path: ".cursorrules", scope: "project", message: "Cursor loads it whole, beside the rules that stax writes" },
    {
      path: "CLAUDE.md",
      scope: "project",
      message: "Cursor loads it beside AGENTS.md where files of other agents are switched on in its settings",
    },
  ],
});

/** cursor compiles options for Cursor: `adapter: cursor({ writeSkills: false })`. */
export const cursor = adapter.configure;
