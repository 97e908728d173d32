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
import { embeddedTree, reports } from "./documents.ts";
import { layoutOf, placed, skillsDirectory } from "./layout.ts";
import { deniedTools, permissions, servers, userServers } from "./mcp.ts";
import { type WindsurfOptions, windsurfOptions } from "./options.ts";
import { optionsFor, readers, singleSurfaces, standIns } from "./read.ts";
import { embeddedRules, ruleFiles } from "./rules.ts";
import { runtimeFiles } from "./runtime-files.ts";
import { skillFiles } from "./skills.ts";
import { workflowFiles } from "./workflows.ts";

const cuts = (limit: number, ...paths: readonly string[]) =>
  paths.map((path) => ({ paths: path, unit: "characters" as const, limit, effect: "cuts it" }));

/** adapter is the file contract of Devin Desktop, and on request that of Windsurf, as which it was known until June 2026 (decision R10). */
export const adapter = defineAdapter({
  name: "windsurf",
  displayName: "Devin Desktop",
  adapterVersion: "1.0.0",
  options: windsurfOptions,
  outputs: [
    document(
      placed({
        devin: { project: "AGENTS.md", user: ".config/devin/AGENTS.md" },
        windsurf: { project: "AGENTS.md" },
      }),
      [
        allSurfaceSections,
        promptSection,
        personaSection,
        embeddedRules("user"),
        rootInstructions,
        nestedInstructions("AGENTS.md"),
        knowledgePointer,
        reports,
      ],
      {
        when: "writeInstructions",
        nested: "**/AGENTS.md",
        description:
          "root instructions, and one AGENTS.md in each directory of the instruction tree; for a user with the rules",
      },
    ),
    document(
      placed({
        windsurf: { user: ".codeium/windsurf/memories/global_rules.md" },
        single: { project: ".windsurfrules", user: ".codeium/windsurf/memories/global_rules.md" },
      }),
      [
        singleSurfaces,
        promptSection,
        personaSection,
        embeddedRules("everywhere"),
        embeddedTree,
        knowledgePointer,
        reports,
      ],
      { when: "writeInstructions", description: "instructions and rules in one file of the old Windsurf" },
    ),
    files(
      placed({ devin: { project: ".devin/rules/*.md" }, windsurf: { project: ".windsurf/rules/*.md" } }),
      ruleFiles,
      {
        when: "writeRules",
        alwaysLoaded: ({ rules }) =>
          new Set((rules?.rules ?? []).filter(({ scope }) => scope === "always").map(({ id }) => id)),
        description: "rules, with their `trigger`",
      },
    ),
    files(
      (options: WindsurfOptions) =>
        layoutOf(options) === "devin"
          ? {
              project: `${skillsDirectory(options, "project")}/**`,
              user: `${skillsDirectory(options, "user")}/**`,
            }
          : {},
      skillFiles,
      { when: "writeSkills", description: "skills, as authored" },
    ),
    files(
      (options: WindsurfOptions) =>
        layoutOf(options) === "devin" || options.writeWorkflows !== true
          ? {}
          : { project: ".windsurf/workflows/*.md", user: ".codeium/windsurf/global_workflows/*.md" },
      workflowFiles,
      { when: "writeWorkflows", description: "skills, translated into workflows" },
    ),
    config(
      "json",
      placed({ devin: { project: ".devin/config.json", user: ".config/devin/config.json" } }),
      [servers, deniedTools, permissions],
      { description: "MCP servers and permissions" },
    ),
    config(
      "json",
      placed({
        windsurf: { user: ".codeium/windsurf/mcp_config.json" },
        single: { user: ".codeium/windsurf/mcp_config.json" },
      }),
      [userServers],
      { description: "MCP servers of the old Windsurf" },
    ),
    files(".agents/knowledge/**", knowledgeTree, { description: "knowledge, in one place for every runtime" }),
  ],
  unsupported: {
    subagents: "Devin Desktop documents no file that a subagent could be written to",
    memory: "Devin Desktop keeps its memories itself",
    modelConfig: "the model is chosen in Devin Desktop",
    secrets: "secrets stay in the environment; servers refer to them as ${env:NAME}",
  },
  modelParams: commonModelParams,
  budgets: [
    ...cuts(12_000, ".devin/rules/*.md", ".windsurf/rules/*.md", ".windsurf/workflows/*.md"),
    ...cuts(12_000, ".codeium/windsurf/global_workflows/*.md"),
    ...cuts(6_000, ".windsurfrules", ".codeium/windsurf/memories/global_rules.md"),
    {
      paths: ".windsurf/rules/*.md",
      unit: "characters",
      limit: 12_000,
      effect: "cuts the rules together",
      total: true,
    },
  ],
  runtimeFiles,
  import: {
    signs: [
      ".devin/**",
      ".config/devin/**",
      ".windsurf/**",
      ".windsurfrules",
      ".codeiumignore",
      ".codeium/windsurf/mcp_config.json",
      ".codeium/windsurf/memories/global_rules.md",
      ".codeium/windsurf/global_workflows/**",
    ],
    directories: [".devin", ".windsurf", ".config/devin"],
    layouts: [{ skillsDirectory: ".devin/skills" }, { layout: "windsurf" }, { legacyWindsurfrules: true }],
    optionsFor,
    standIns,
    readers,
  },
  alsoReads: [
    { path: "CLAUDE.md", scope: "project", message: "Devin Desktop loads it beside AGENTS.md" },
    { path: "AGENT.md", scope: "project", message: "Devin Desktop loads it beside AGENTS.md" },
    { path: "AGENTS.local.md", scope: "project", message: "Devin Desktop loads it after AGENTS.md" },
    { path: ".cursorrules", scope: "project", message: "Devin Desktop imports it as a rule" },
    { path: ".devin/config.local.json", scope: "project", message: "its settings win over those that stax writes" },
  ],
});

/** windsurf compiles options for Devin Desktop or the old Windsurf: `adapter: windsurf({ layout: "windsurf" })`. */
export const windsurf = adapter.configure;
