import {
  allSurfaceSections,
  commonModelParams,
  config,
  defineAdapter,
  document,
  files,
  type JsonObject,
  knowledgePointer,
  knowledgeTree,
  nestedInstructions,
  personaSection,
  promptSection,
  rootInstructions,
} from "@stax/materialize";
import { agentFiles } from "./agents.ts";
import { imports } from "./imports.ts";
import { deniedTools, servers, switchedOff } from "./mcp.ts";
import { type ClaudeCodeOptions, claudeCodeOptions } from "./options.ts";
import { readers } from "./read.ts";
import { ruleFiles } from "./rules.ts";
import { runtimeFiles } from "./runtime-files.ts";
import { capabilities, model, passedThrough, permissions } from "./settings.ts";
import { skillFiles } from "./skills.ts";

/** adapter is the file contract of Claude Code, as of 2.1.329. */
export const adapter = defineAdapter({
  name: "claude-code",
  aliases: ["claude"],
  displayName: "Claude Code",
  adapterVersion: "1.0.0",
  runtimeVersionRange: ">=2.1 <3",
  options: claudeCodeOptions,
  outputs: [
    document(
      ({ instructionsFile = "CLAUDE.md" }: ClaudeCodeOptions) => ({
        project: instructionsFile,
        user: ".claude/CLAUDE.md",
      }),
      [
        allSurfaceSections,
        promptSection,
        personaSection,
        rootInstructions,
        nestedInstructions("CLAUDE.md"),
        knowledgePointer,
        imports,
      ],
      {
        // Claude Code reads AGENTS.md only where no CLAUDE.md is: a text that others put there is included, not repeated (decision R11).
        nested: "**/CLAUDE.md",
        includes: { file: "AGENTS.md", directive: "@AGENTS.md", alone: true },
        description: "root instructions, and one CLAUDE.md in each directory of the instruction tree",
      },
    ),
    files(".claude/rules/**/*.md", ruleFiles, {
      alwaysLoaded: ({ rules }) =>
        new Set((rules?.rules ?? []).filter(({ scope }) => scope !== "glob").map(({ id }) => id)),
      description: "rules; `paths` for scope glob",
    }),
    files(".claude/skills/**", skillFiles, {
      when: "writeSkills",
      description: "skills, as authored",
    }),
    files(".claude/agents/**/*.md", agentFiles, { description: "subagents" }),
    config("json", { project: ".mcp.json", user: ".claude.json" }, [servers], {
      when: "writeMcp",
      description: "MCP servers; in user scope the keys `mcpServers.<name>` of the state file",
    }),
    config("json", ".claude/settings.json", [passedThrough, model, permissions, switchedOff, deniedTools], {
      when: "writeSettings",
      description: "model, permissions and settings of the artifact",
    }),
    files(".agents/knowledge/**", knowledgeTree, { description: "knowledge, in one place for every runtime" }),
  ],
  unsupported: {
    memory: "Claude Code keeps its memory itself, outside the files that an artifact may own",
    secrets: "secrets stay in the environment; servers refer to them as ${NAME}",
  },
  modelParams: commonModelParams,
  capabilities,
  notices: [
    {
      paths: ".mcp.json",
      scope: "project",
      code: "trust-gated",
      message: "Claude Code starts these servers only after you approve them in the project",
      hint: "run claude in the project once and approve them",
    },
    {
      paths: ".claude/settings.json",
      scope: "project",
      key: "permissions.allow",
      code: "trust-gated",
      message: "Claude Code ignores these allow rules until you trust the folder; deny rules apply at once",
      hint: "run claude in the folder once and trust it",
    },
  ],
  runtimeFiles,
  import: {
    signs: ["CLAUDE.md", ".claude/**"],
    directories: [".claude"],
    layouts: [{ instructionsFile: ".claude/CLAUDE.md" }],
    optionsFor: (paths): JsonObject =>
      paths.has(".claude/CLAUDE.md") && !paths.has("CLAUDE.md") ? { instructionsFile: ".claude/CLAUDE.md" } : {},
    readers,
  },
  alsoReads: [
    { path: "CLAUDE.md", scope: "project", message: "Claude Code loads it beside the one that stax writes" },
    { path: ".claude/CLAUDE.md", scope: "project", message: "Claude Code loads it beside the one that stax writes" },
    { path: "CLAUDE.local.md", scope: "project", message: "Claude Code loads it after the files that stax writes" },
    { path: ".claude/settings.local.json", scope: "project", message: "its settings win over those that stax writes" },
  ],
});

/** claudeCode compiles options for Claude Code: `adapter: claudeCode({ model: "…" })`. */
export const claudeCode = adapter.configure;
